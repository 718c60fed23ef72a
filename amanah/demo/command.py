"""The command `amanah demo`."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from amanah.cli.process import or_exit

FEWEST = 20


def demo(
    recipients: Annotated[int | None, typer.Option(min=FEWEST, help="Number of invented people (default 500)")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the invented people (default 1)")] = None,
    leave: Annotated[
        bool, typer.Option("--exit", help="Exit when the demo has finished instead of staying up")
    ] = False,
    report: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the summary as JSON")] = None,
    data: Annotated[Path, typer.Option(help="Data folder; delete it to start again from nothing")] = Path(".amanah"),
    port: Annotated[int, typer.Option(help="Port of the gateway on 127.0.0.1")] = 8000,
) -> None:
    """Run a whole program with invented people: list, roster, shipments, handovers, fraud, reports, audit.

    The same command on the same data continues where it stopped. Example: amanah demo --recipients 100 --exit
    """
    # The area table, Pillow and the writer of spreadsheets take a second that no other command should wait for.
    from amanah.demo.run import run_demo

    codes: list[int] = []
    or_exit(lambda: codes.append(uvloop.run(run_demo(data, port, recipients, seed, report, leave))))
    raise typer.Exit(codes[0])
