"""The command as it is typed."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from amanah.cli.process import or_exit

FEWEST = 20


def demo(
    recipients: Annotated[int | None, typer.Option(min=FEWEST, help="How many invented people; 500 by default")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Which invented people; 1 by default")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End when the story is over, instead of staying up")] = False,
    report: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the outcome as JSON")] = None,
    data: Annotated[Path, typer.Option(help="Folder that holds everything; delete it to begin anew")] = Path(".amanah"),
    port: Annotated[int, typer.Option(help="Port of the gateway on 127.0.0.1")] = 8000,
) -> None:
    """Play a whole program with invented people: list, roster, shipments, handovers, fraud, reports, audit.

    Started again on the same data it goes on where it stood. Example: amanah demo --recipients 100 --exit
    """
    # The area table, Pillow and the writer of spreadsheets take a second that no other command should wait for.
    from amanah.demo.performance import perform

    codes: list[int] = []
    or_exit(lambda: codes.append(uvloop.run(perform(data, port, recipients, seed, report, leave))))
    raise typer.Exit(codes[0])
