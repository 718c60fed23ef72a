"""`amanah audit key`: print, rotate and retire the log's signing keys, and follow a rotation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.audit.options import parse_key
from amanah.cli.audit.output import fail
from amanah.cli.log_copy import read_file
from amanah.runtime.settings import BadSettings, Settings, load
from amanah.tlog.checkpoint import NotSigned, Signer
from amanah.tlog.key_rotation import KeyRotation
from amanah.tlog.layout import Malformed
from services.audit.log import keys as log_keys

app = typer.Typer(
    help="Print the log's verifier key, which is public. The operator rotates and retires keys; auditors follow a rotation.",
    invoke_without_command=True,
)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data folder of `amanah up`.")]
Into = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write the keys to this file instead, when they are in a secret store as AMANAH_AUDIT_KEY.",
    ),
]

_DATA = Path(".amanah")


@app.callback(epilog="Example: amanah audit key --data .amanah")
def key(context: typer.Context, data: Data = _DATA) -> None:
    """Print the log's verifier key, which is public and which `verify` needs."""
    if context.invoked_subcommand is not None:
        if data != _DATA:
            fail(2, f"Write --data after the command: amanah audit key {context.invoked_subcommand} --data {data}")
        return
    newest, *older = signing_keys(data)
    typer.echo(str(newest.verifier))
    for other in older:
        typer.echo(f"{other.verifier} also signs, until `amanah audit key retire`", err=True)


@app.command(epilog="Example: amanah audit key rotate --data .amanah")
def rotate(data: Data = _DATA, into: Into = None) -> None:
    """Create a new signing key. After a restart of the audit service both keys sign, until the old one is retired.

    It also writes a note signed by both keys, by which whoever trusts the old key can trust the new one.
    """
    settings, text = _load(data)
    signers = log_keys.parse(settings.audit_origin, text)
    if len(signers) > 1:
        fail(1, f"A key rotation is in progress: {_names(signers)}. Retire the old key first: amanah audit key retire.")
    file = _target(settings, into)
    created = log_keys.new_key()
    (new,) = log_keys.parse(settings.audit_origin, created)
    rotation = KeyRotation(new.name, signers[0].verifier, new.verifier, datetime.now(UTC).date())
    note = file.with_name(f"succession-{new.verifier.key_id.hex()}.note")
    try:
        # The note is written first: without it nobody who knows the old key could trust the new one.
        note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        note.write_text(rotation.signed(signers[0], new))
        log_keys.replace(file, [created.strip(), *log_keys.lines(text)])
    except OSError as error:
        note.unlink(missing_ok=True)
        fail(2, f"{error.filename} cannot be written: {error.strerror}.")
    typer.echo(str(new.verifier))
    typer.echo(
        f"The keys are in {file}. Restart the audit service, so that both keys sign. Give the new key (the line above) and "
        f"{note} to auditors and witnesses. When they have it: amanah audit key retire.",
        err=True,
    )


@app.command(epilog="Example: amanah audit key retire --data .amanah")
def retire(data: Data = _DATA, into: Into = None) -> None:
    """End a key rotation: after a restart of the audit service only the newest key signs."""
    settings, text = _load(data)
    newest, *older = log_keys.parse(settings.audit_origin, text)
    if not older:
        fail(1, "There is no old key to retire. `amanah audit key rotate` creates a new key.")
    file = _target(settings, into)
    try:
        log_keys.replace(file, log_keys.lines(text)[:1])
    except OSError as error:
        fail(2, f"{error.filename} cannot be written: {error.strerror}.")
    typer.echo(str(newest.verifier))
    typer.echo(
        f"{_names(older)} is retired. Restart the audit service, and destroy all copies of the old key.", err=True
    )


@app.command(epilog="Example: amanah audit key follow succession-1a2b3c4d.note --key amanah.local/log+0a0b0c0d+AbCd...")
def follow(
    note: Annotated[Path, typer.Argument(metavar="NOTE", help="The note that `rotate` wrote.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The verifier key that you trust already.")],
) -> None:
    """Print the key that replaces the one you trust. It needs only the note and that key."""
    try:
        found = KeyRotation.open(read_file(note), parse_key(key))
    except OSError as error:
        fail(2, f"{note} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(1, f"{note} does not verify: {error}. Ask the log's operator and other auditors for the note again.")
    typer.echo(str(found.new))


def signing_keys(data: Path) -> tuple[Signer, ...]:
    """Returns the log's signing keys, the newest first; ends the command with exit code 2 when there is none."""
    settings, text = _load(data)
    return log_keys.parse(settings.audit_origin, text)


def _load(data: Path) -> tuple[Settings, str]:
    """Loads the settings and the text with the keys."""
    try:
        settings = load(data=data)
        text = settings.audit_key or (settings.data / log_keys.FILE).read_text()
        log_keys.parse(settings.audit_origin, text)
    except BadSettings as error:
        fail(2, f"{error}. Restore AMANAH_AUDIT_KEY or {data / log_keys.FILE} from your copy.")
    except OSError:
        fail(
            2,
            f"There is no key at {data / log_keys.FILE}. Start `amanah up --data {data}` once, or give the right --data.",
        )
    return settings, text


def _target(settings: Settings, into: Path | None) -> Path:
    if into is not None:
        return into
    if settings.audit_key:
        fail(
            2,
            "The keys are in AMANAH_AUDIT_KEY, which this command cannot change. Give --into FILE, copy its content to the "
            "variable, and destroy the file.",
        )
    return settings.data / log_keys.FILE


def _names(keys: list[Signer] | tuple[Signer, ...]) -> str:
    return " and ".join(str(each.verifier) for each in keys)
