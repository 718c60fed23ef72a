"""`amanah up`: runs everything on one machine."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from amanah.cli.partners import make_sandbox
from amanah.cli.process import or_exit, running, token, until_stopped


def up(
    port: Annotated[int, typer.Option(help="Port of the gateway on 127.0.0.1")] = 8000,
    data: Annotated[Path, typer.Option(help="Data folder; delete it to start again from nothing")] = Path(".amanah"),
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Register a partner to try events with; print its secrets once")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log errors only")] = False,
) -> None:
    """Run everything on one machine; prints one line when it is ready. Ctrl-C stops it.

    Example: amanah up --port 8000 --data .amanah
    """

    async def run() -> None:
        async with running(data, port, quiet=quiet) as found:
            print(f"Amanah is ready at {found.url} (data in {data}; trial tokens: `amanah token --help`)", flush=True)
            if sandbox:
                print(await make_sandbox(found.url, token(data, "ADMIN", "ID", "Sandbox administrator")), flush=True)
            await until_stopped()

    or_exit(lambda: uvloop.run(run()))
