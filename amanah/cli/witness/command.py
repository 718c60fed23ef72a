"""`amanah witness`: cosign somebody else's log, so that it cannot show two histories. It needs no store and no other service.

Exit codes: 0 it was stopped, 1 what it remembers is damaged, 2 it cannot start.
"""

import asyncio
import base64
import binascii
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from amanah.cli.audit.sources import fail, key_of
from amanah.cli.runtime import locked, or_exit, serving, until_stopped
from amanah.cli.witness.server import Damaged, Witness
from amanah.runtime import settings as settings_module
from amanah.runtime import telemetry
from amanah.runtime.identity import written_once
from amanah.runtime.service import Service
from amanah.tlog.checkpoint import ED25519, Signer

app = typer.Typer(name="witness", help="Cosign a log, so that it cannot show two histories.", no_args_is_help=True)

Data = Annotated[
    Path, typer.Option(metavar="DIR", help="The witness's folder: its key, and what it cosigned. Made on first use.")
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Your name in cosignatures, such as witness.example.ac.id: given once, yours for good."
    ),
]


@app.command(epilog="Example: amanah witness key --data witness --name witness.example.ac.id")
def key(data: Data, name: Name = None) -> None:
    """Print this witness's verifier key: for the log's operator, and for whoever checks the log. Made on first use."""
    typer.echo(str(_signer(data, name).cosigner))


@app.command(epilog="Example: amanah witness serve --data witness --log amanah.local/log+1a2b3c4d+AbCd... --port 8010")
def serve(
    data: Data,
    log: Annotated[
        list[str],
        typer.Option(
            metavar="VKEY",
            help="The verifier key of a log that you cosign, which its operator tells you; may be repeated.",
        ),
    ],
    name: Name = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8010,
    host: Annotated[
        str, typer.Option(help="Address to listen on; a web server with TLS stands before it.")
    ] = "127.0.0.1",
) -> None:
    """Run the witness: cosign what these logs ask for, when it grew from what was cosigned of them before.

    For a log that changes its key, give both of its keys. Never run it on a folder from a backup or on a copy.

    Exit codes: 0 it was stopped, 1 what it remembers is damaged, 2 it cannot start.
    """
    keys = [key_of(text) for text in log]
    if wrong := [each.name for each in keys if each.kind != ED25519]:
        fail(2, f"The key of {wrong[0]} is a witness's. Give the log's own, from `amanah audit key`.")

    async def run() -> None:
        with locked(data):
            witness = Witness(data / "logs", _signer(data, name), keys)
            telemetry.configure(settings_module.load(data=data), "witness")
            service = Service("witness", prepare=_nothing, routes=witness.routes())
            async with service.running(), serving(service, host, port):
                typer.echo(f"The witness {witness.signer.cosigner} listens on http://{host}:{port}", err=True)
                await until_stopped()

    try:
        or_exit(lambda: uvloop.run(run()))
    except Damaged as damage:
        fail(1, f"{damage} It must not cosign again under this key: see docs/operate/witnesses.md.")
    except OSError as error:
        fail(2, f"{data} cannot be used: {error.strerror}.")


async def _nothing() -> None:
    """A witness has no store to prepare."""
    await asyncio.sleep(0)


def _signer(data: Path, name: str | None) -> Signer:
    """The witness's key with its name, made on first use; ends the command when the file or the name is another."""
    file = data / "witness.key"
    if name is None and not file.exists():
        fail(
            2, f"There is no witness in {data} yet. Give it its name with --name, such as --name witness.example.ac.id."
        )

    def make() -> str:
        return f"{name} {base64.b64encode(os.urandom(32)).decode()}\n"

    try:
        if name is not None:
            Signer(name, bytes(32))  # a name that cannot be is refused before it is written
        held, seed = written_once(file, make).split()
        signer = Signer(held, base64.b64decode(seed, validate=True))
    except (OSError, ValueError, binascii.Error) as error:
        fail(
            2, f"{file} holds no key of a witness: {error}. Is --data the witness's folder, and --name without spaces?"
        )
    if name is not None and name != signer.name:
        fail(2, f"The witness in {data} is called {signer.name}, not {name}. Its key belongs to that name.")
    return signer
