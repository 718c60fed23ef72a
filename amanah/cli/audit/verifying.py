"""`amanah audit verify`: the whole log checked from outside. It trusts nothing but the keys it is given."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from amanah.cli.audit import exported
from amanah.cli.audit.sources import Unreachable, fail, key_of, listing, plain, reader, witnesses_of
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.text import encode_base64
from amanah.tlog.verify import Missing, Report, State, verify_log

_SHOWN = 20


def verify(
    source: Annotated[str, typer.Argument(metavar="URL|DIR", help="The log's address, or a folder with a copy.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, from `amanah audit key`.")],
    old: Annotated[
        Path | None, typer.Option(metavar="CHECKPOINT", help="A checkpoint file that you kept earlier.")
    ] = None,
    old_key: Annotated[
        str | None, typer.Option(metavar="VKEY", help="The key that signed it, where the log has another one since.")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="VKEY", help="A witness that must have cosigned; may be repeated.")
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So many of the witnesses are enough.", show_default="all")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep there how far the log is verified, and go on from there."),
    ] = None,
    tsa_certificates: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="Certificates by which to check the time stamps in an exported folder."),
    ] = None,
) -> None:
    """Check the whole log: every entry, every tile, the root, the signatures, and that it only grew."""
    log = key_of(key)
    earlier = key_of(old_key) if old_key else log
    if earlier.name != log.name:
        fail(2, f"--old-key is of the log {earlier.name}, --key of {log.name}.")
    kept = _kept(old, earlier) if old else None
    witnesses = witnesses_of(witness, log)
    if quorum is not None and quorum > len(witnesses):
        fail(2, f"--quorum {quorum} needs that many --witness; {len(witnesses)} were given.")
    made, tsa = exported.about(source), exported.authority(tsa_certificates)
    # A folder with bundles is a whole log, whatever it says of itself: who changed it may have written that as well.
    if made and made.filters and not (Path(source) / "tile" / "entries").exists():
        return exported.verify_selection(source, made, log, witnesses, quorum=quorum, kept=kept, tsa=tsa)
    if tsa and not made:
        fail(2, "--tsa-certificates needs a folder that `amanah audit export` wrote: time stamps are checked there.")
    reached = _reached(state, log) if state else None
    bar = Progress(
        TextColumn("Checking entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None)
    try:
        with bar:
            report = verify_log(
                reader(source),
                log,
                kept=kept,
                witnesses=witnesses,
                quorum=quorum,
                listing=listing(source),
                state=reached,
                save=(lambda reached: _save(state, reached)) if state else None,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except Missing:
        fail(2, f"There is no log at {source}: it has no checkpoint. The gateway serves the log under /log.")
    except Unreachable as error:
        fail(2, f"{error}. Is it running, and is the address right?" + (_AGAIN if state else ""))
    _tell(report, whole=listing(source) is not None)
    if not report.verified:
        if reached:
            typer.echo(f"If the log was repaired since, remove {state} and begin anew.")
        raise typer.Exit(1)
    if made:
        exported.verify_made(source, made, log, tsa)


_AGAIN = " The same command goes on from where this one stopped."


def _kept(file: Path, key: Verifier) -> Checkpoint:
    try:
        checkpoint, _ = open_checkpoint(file.read_bytes(), key)
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(
            2,
            f"{file} is no checkpoint of this log: {error}. Give the file that you kept from /log/checkpoint, "
            "and --old-key where the log had another key then.",
        )
    return checkpoint


def _reached(file: Path, key: Verifier) -> State | None:
    try:
        return State.decode(file.read_bytes(), key)
    except FileNotFoundError:
        return None
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(2, f"{file} cannot be gone on from: {error}. Give another --state, or remove it to begin anew.")


def _save(file: Path, state: State) -> None:
    """Writes the state whole or not at all, and for good."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as out:
            out.write(state.encode())
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        fail(2, f"{file} cannot be written: {error.strerror}.")


def _tell(report: Report, *, whole: bool) -> None:
    if report.origin:
        _tell_checked(report)
        _tell_not_covered(report, whole=whole)
    if report.verified:
        typer.echo("VERIFIED: nothing was changed, removed or inserted below this checkpoint. Keep a copy of it.")
        return
    typer.echo("DOES NOT VERIFY")
    for finding in report.findings[:_SHOWN]:
        typer.echo(plain(f"  {finding.path}: {finding.message}"))
    if len(report.findings) > _SHOWN:
        typer.echo(f"  and {len(report.findings) - _SHOWN} more")
    if report.first_index is not None:
        typer.echo(f"The first entry that differs is {report.first_index}.")
    typer.echo("Keep the files and the checkpoint as evidence (amanah audit export), and compare with another copy.")


def _tell_checked(report: Report) -> None:
    typer.echo(f"Log {report.origin}: {report.size} entries, root {encode_base64(report.root)}")
    typer.echo(f"  signature of {report.key}")
    typer.echo(f"  {report.entries} entries hashed again, {report.tiles} tiles built again")
    if report.begun:
        typer.echo(f"  the first {report.begun} entries were verified by an earlier run")
    if report.earlier:
        typer.echo(f"  {report.earlier} partial tiles and bundles of earlier sizes agree")
    for name, time in report.witnesses:
        typer.echo(f"  cosigned by {name}{'' if time is None else _moment(time)}")
    if not report.witnesses:
        typer.echo("  no witness was checked")
    for size in sorted(set(report.continues)):
        typer.echo(f"  continues the checkpoint you kept ({size} entries)")


def _tell_not_covered(report: Report, *, whole: bool) -> None:
    if report.unknown:
        names = plain(", ".join(report.unknown[:_SHOWN]))
        typer.echo(f"  NOT CHECKED: signatures of keys that you did not give ({names}); --witness checks them")
    if report.stopped is not None:
        typer.echo(f"  NOT CHECKED: entry {report.stopped} and all after it, since too much is lost there")
    if report.beyond:
        paths = ", ".join(sorted(report.beyond)[:_SHOWN])
        typer.echo(f"  NOT COVERED: {len(report.beyond)} files beyond this checkpoint, which nothing signs ({paths})")
    if not whole:
        typer.echo("  NOT LOOKED FOR: old partial tiles of tiles that are full; a copy in a folder is checked for them")


def _moment(time: int) -> str:
    try:
        return f" at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f" at the time {time}"
