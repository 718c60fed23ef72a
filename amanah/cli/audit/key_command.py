"""`amanah audit key`: the log's keys, as the operator who holds them sees them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.audit.sources import fail, key_of
from amanah.cli.log_copy import read_file
from amanah.runtime import log_keys as logkeys
from amanah.runtime.settings import BadSettings, Settings, load
from amanah.tlog.checkpoint import NotSigned, Signer
from amanah.tlog.key_rotation import Succession
from amanah.tlog.layout import Malformed

app = typer.Typer(
    help="Print the log's verifier key, which anyone may have. The operator rotates and retires keys; outsiders follow.",
    invoke_without_command=True,
)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data folder, as `amanah up` has it.")]
Into = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write the keys to this file instead, if your secret store holds them as AMANAH_AUDIT_KEY.",
    ),
]

_DATA = Path(".amanah")


@app.callback(epilog="Example: amanah audit key --data .amanah")
def key(context: typer.Context, data: Data = _DATA) -> None:
    """Print the log's verifier key, which anyone may have and which `verify` needs."""
    if context.invoked_subcommand is not None:
        if data != _DATA:
            fail(2, f"Write --data behind the command: amanah audit key {context.invoked_subcommand} --data {data}")
        return
    newest, *older = signing_keys(data)
    typer.echo(str(newest.verifier))
    for other in older:
        typer.echo(f"{other.verifier} signs as well, until `amanah audit key retire`", err=True)


@app.command(epilog="Example: amanah audit key rotate --data .amanah")
def rotate(data: Data = _DATA, into: Into = None) -> None:
    """Make a new signing key. From the next start of the audit service both keys sign, until the old one is retired.

    Beside the keys it writes a note that both of them sign: whoever trusts the old key can trust the new one by it.
    """
    settings, text = _held(data)
    held = logkeys.parse(settings.audit_origin, text)
    if len(held) > 1:
        fail(1, f"A rotation is under way: {_names(held)}. Retire the old key first: amanah audit key retire.")
    file = _where(settings, into)
    made = logkeys.new_key()
    (new,) = logkeys.parse(settings.audit_origin, made)
    note = Succession(new.name, held[0].verifier, new.verifier, datetime.now(UTC).date())
    told = file.with_name(f"succession-{new.verifier.key_id.hex()}.note")
    try:
        # The note first: without it the new key could be trusted by nobody who knows the old one.
        told.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        told.write_text(note.signed(held[0], new))
        logkeys.replace(file, [made.strip(), *logkeys.lines(text)])
    except OSError as error:
        told.unlink(missing_ok=True)
        fail(2, f"{error.filename} cannot be written: {error.strerror}.")
    typer.echo(str(new.verifier))
    typer.echo(
        f"The keys are in {file}. Restart the audit service: then both keys sign. Give outsiders and witnesses the "
        f"line above and {told}, and when they have them: amanah audit key retire.",
        err=True,
    )


@app.command(epilog="Example: amanah audit key retire --data .amanah")
def retire(data: Data = _DATA, into: Into = None) -> None:
    """End a rotation: from the next start of the audit service only the newest key signs."""
    settings, text = _held(data)
    newest, *older = logkeys.parse(settings.audit_origin, text)
    if not older:
        fail(1, "There is no old key to retire: amanah audit key rotate makes a new one.")
    file = _where(settings, into)
    try:
        logkeys.replace(file, logkeys.lines(text)[:1])
    except OSError as error:
        fail(2, f"{error.filename} cannot be written: {error.strerror}.")
    typer.echo(str(newest.verifier))
    typer.echo(
        f"{_names(older)} is retired. Restart the audit service, and destroy the copies of the old key.", err=True
    )


@app.command(epilog="Example: amanah audit key follow succession-1a2b3c4d.note --key amanah.local/log+0a0b0c0d+AbCd...")
def follow(
    note: Annotated[Path, typer.Argument(metavar="NOTE", help="The note that `rotate` wrote.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The verifier key that you trust already.")],
) -> None:
    """Print the key that took over from the one you trust. It needs nothing but the note and that key."""
    try:
        found = Succession.open(read_file(note), key_of(key))
    except OSError as error:
        fail(2, f"{note} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(1, f"{note} does not hold: {error}. Ask the log's operator, and other auditors, for the note again.")
    typer.echo(str(found.new))


def signing_keys(data: Path) -> tuple[Signer, ...]:
    """The log's signing keys, the newest first: AMANAH_AUDIT_KEY, or those below the data folder. Exits with 2 without."""
    settings, text = _held(data)
    return logkeys.parse(settings.audit_origin, text)


def _held(data: Path) -> tuple[Settings, str]:
    """The settings, and the keys as they are written."""
    try:
        settings = load(data=data)
        text = settings.audit_key or (settings.data / logkeys.FILE).read_text()
        logkeys.parse(settings.audit_origin, text)
    except BadSettings as error:
        fail(2, f"{error}. Restore AMANAH_AUDIT_KEY or {data / logkeys.FILE} from where you keep it.")
    except OSError:
        fail(
            2,
            f"There is no key at {data / logkeys.FILE}. Start `amanah up --data {data}` once, or give the right --data.",
        )
    return settings, text


def _where(settings: Settings, into: Path | None) -> Path:
    if into is not None:
        return into
    if settings.audit_key:
        fail(
            2,
            "AMANAH_AUDIT_KEY holds the keys, and this command cannot change it. Give --into FILE, put what the file "
            "holds into the variable, and destroy the file.",
        )
    return settings.data / logkeys.FILE


def _names(keys: list[Signer] | tuple[Signer, ...]) -> str:
    return " and ".join(str(each.verifier) for each in keys)
