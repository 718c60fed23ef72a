"""`amanah witness`: cosign another organisation's log, so that it cannot show two histories. It needs no store or service.

Exit codes: 0 it was stopped, 1 its state is damaged, 2 it cannot start.
"""

import asyncio
import base64
import binascii
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from amanah.cli.audit.options import parse_key
from amanah.cli.audit.output import fail
from amanah.cli.process import lock_data, or_exit, serving, until_stopped
from amanah.cli.witness.server import DamagedState, WitnessServer
from amanah.runtime import settings as settings_module
from amanah.runtime import telemetry
from amanah.runtime.identity import written_once
from amanah.runtime.service import Service
from amanah.tlog.checkpoint import ED25519, Signer

app = typer.Typer(name="witness", help="Cosign a log, so that it cannot show two histories.", no_args_is_help=True)

Data = Annotated[
    Path,
    typer.Option(
        metavar="DIR", help="The witness's folder: its key and the cosigned checkpoints. Created on first use."
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Your name in cosignatures, such as witness.example.ac.id. It is needed once and cannot be changed.",
    ),
]


@app.command(epilog="Example: amanah witness key --data witness --name witness.example.ac.id")
def key(data: Data, name: Name = None) -> None:
    """Print this witness's verifier key, for the log's operator and for auditors. Creates the key on first use."""
    typer.echo(str(_load_signer(data, name).cosigner))


@app.command(epilog="Example: amanah witness serve --data witness --log amanah.local/log+1a2b3c4d+AbCd... --port 8010")
def serve(
    data: Data,
    log: Annotated[
        list[str],
        typer.Option(
            metavar="VKEY",
            help="The verifier key of a log to cosign, from its operator. Can be repeated.",
        ),
    ],
    name: Name = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8010,
    host: Annotated[str, typer.Option(help="Address to listen on, behind a web server with TLS.")] = "127.0.0.1",
) -> None:
    """Run the witness: cosign checkpoints of these logs that are consistent with those cosigned before.

    During a key rotation give both keys of the log. Never run it on a folder from a backup or on a copy.

    Exit codes: 0 it was stopped, 1 its state is damaged, 2 it cannot start.
    """
    keys = [parse_key(text) for text in log]
    if wrong := [each.name for each in keys if each.kind != ED25519]:
        fail(2, f"The key of {wrong[0]} is a witness's key. Give the log's own key, from `amanah audit key`.")

    async def run() -> None:
        with lock_data(data):
            witness = WitnessServer(data / "logs", _load_signer(data, name), keys)
            telemetry.configure(settings_module.load(data=data), "witness")
            service = Service("witness", prepare=_nothing, routes=witness.routes())
            async with service.running(), serving(service, host, port):
                typer.echo(f"The witness {witness.signer.cosigner} listens on http://{host}:{port}", err=True)
                await until_stopped()

    try:
        or_exit(lambda: uvloop.run(run()))
    except DamagedState as damage:
        fail(1, f"{damage} This witness must not cosign again with this key; see docs/operate/witnesses.md.")
    except OSError as error:
        fail(2, f"{data} cannot be used: {error.strerror}. Give another --data.")


async def _nothing() -> None:
    """Prepares nothing: a witness has no store."""
    await asyncio.sleep(0)


def _load_signer(data: Path, name: str | None) -> Signer:
    """Loads the witness's key, or creates it; ends the command when the file is not valid or has another name."""
    file = data / "witness.key"
    if name is None and not file.exists():
        fail(2, f"There is no witness in {data} yet. Name it with --name, such as --name witness.example.ac.id.")

    def create() -> str:
        return f"{name} {base64.b64encode(os.urandom(32)).decode()}\n"

    try:
        if name is not None:
            Signer(name, bytes(32))  # rejects an invalid name before it is written
        stored_name, seed = written_once(file, create).split()
        signer = Signer(stored_name, base64.b64decode(seed, validate=True))
    except (OSError, ValueError, binascii.Error) as error:
        fail(
            2,
            f"{file} has no valid key of a witness: {error}. Check that --data is the witness's folder, and --name has no spaces.",
        )
    if name is not None and name != signer.name:
        fail(
            2,
            f"The witness in {data} is named {signer.name}, not {name}. Use its name, or another --data for a new witness.",
        )
    return signer
