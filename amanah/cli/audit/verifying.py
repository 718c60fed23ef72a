"""`amanah audit verify`: the whole log checked from outside. It trusts nothing but the key it is given."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from amanah.cli.audit.sources import Unreachable, fail, key_of, reader
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Missing, Report, verify_log

_SHOWN = 20


def _kept(file: Path, key: Verifier) -> Checkpoint:
    try:
        checkpoint, _ = open_checkpoint(file.read_bytes(), key)
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(2, f"{file} is no checkpoint of this log: {error}. Give the file that you kept from /log/checkpoint.")
    return checkpoint


def verify(
    source: Annotated[str, typer.Argument(metavar="URL|DIR", help="The log's address, or an exported folder.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, from `amanah audit key`.")],
    old: Annotated[
        Path | None, typer.Option(metavar="CHECKPOINT", help="A checkpoint file that you kept earlier.")
    ] = None,
    witness: Annotated[list[str] | None, typer.Option(metavar="VKEY", help="A witness's key; may be repeated.")] = None,
) -> None:
    """Check the whole log: every entry, every tile, the root, the signatures, and that it only grew."""
    log = key_of(key)
    kept = _kept(old, log) if old else None
    witnesses = [key_of(w) for w in witness or ()]
    try:
        fetch = reader(source)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Checking entries", total=None)
            report = verify_log(
                fetch,
                log,
                kept=kept,
                witnesses=witnesses,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except Missing:
        fail(2, f"There is no log at {source}: it has no checkpoint. The gateway serves the log under /log.")
    except Unreachable as error:
        fail(2, f"{error}. Is it running, and is the address right?")
    _tell(report)
    if not report.verified:
        raise typer.Exit(1)


def _tell(report: Report) -> None:
    if report.origin:
        typer.echo(f"Log {report.origin}: {report.size} entries, root {report.root.hex()}")
        typer.echo(f"  signature of {report.key}")
        typer.echo(f"  {report.entries} entries hashed again, {report.tiles} tiles built again")
        typer.echo(f"  cosigned by {', '.join(report.witnesses)}" if report.witnesses else "  no witness was checked")
        if report.unknown_signatures:
            typer.echo(f"  {report.unknown_signatures} signatures of unknown keys passed over; --witness checks them")
    if report.continues is not None:
        typer.echo(f"  continues the checkpoint you kept ({report.continues} entries)")
    if report.verified:
        typer.echo("VERIFIED: nothing was changed, removed or inserted below this checkpoint. Keep a copy of it.")
        return
    typer.echo("DOES NOT VERIFY")
    for finding in report.findings[:_SHOWN]:
        typer.echo(f"  {finding.path}: {finding.message}")
    if len(report.findings) > _SHOWN:
        typer.echo(f"  and {len(report.findings) - _SHOWN} more")
    if report.first_index is not None:
        typer.echo(f"The first entry that differs is {report.first_index}.")
    typer.echo("Keep the files and the checkpoint as evidence (amanah audit export), and compare with another copy.")
