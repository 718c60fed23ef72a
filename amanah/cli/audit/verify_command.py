"""`amanah audit verify`: the whole log checked from outside. It trusts nothing but the keys it is given."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from amanah.cli.audit.export_check import verify as export_check
from amanah.cli.audit.output import KEY, SHOWN, UNCOSIGNED, tell_signed, unknown
from amanah.cli.audit.sources import (
    Quorum,
    Unreachable,
    WitnessKeys,
    fail,
    keys_of,
    listing,
    plain,
    reader,
    witnesses_of,
)
from amanah.cli.log_copy import processes, read_file
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Verifier, open_checkpoint
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Missing, Report, State, verify_log


def verify(
    source: Annotated[
        str, typer.Argument(metavar="URL|DIR", help="The log's address, or a folder with a copy or an export.")
    ],
    key: Annotated[list[str], typer.Option(metavar="VKEY", help=KEY)],
    old: Annotated[
        Path | None,
        typer.Option(metavar="CHECKPOINT", help="A checkpoint file that you kept: the log must continue it."),
    ] = None,
    old_key: Annotated[
        str | None, typer.Option(metavar="VKEY", help="The key that signed --old, where it is not --key.")
    ] = None,
    witness: WitnessKeys = None,
    quorum: Quorum = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to keep how far the log is verified: the next run with this file reads only what is new.",
        ),
    ] = None,
    tsa_certificates: Annotated[
        Path | None,
        typer.Option(
            metavar="PEM", help="The time-stamping authority's certificates, to check the time stamps in an export."
        ),
    ] = None,
) -> None:
    """Check the whole log: every entry, every tile, the root, the signatures, and that it only grew.

    Of a selection that `amanah audit export` made: every entry in it with its proof, and its table.

    Nothing is trusted but the keys that you give.

    Exit codes: 0 it verifies, 1 it does not, 2 it could not be read or the command was wrong.
    """
    log, *also = keys = keys_of(key)
    earlier = keys_of([old_key]) if old_key else keys
    if earlier[0].name != log.name:
        fail(2, f"--old-key is of the log {earlier[0].name}, --key of {log.name}.")
    kept = _kept(old, earlier) if old else None
    witnesses = witnesses_of(witness, keys)
    if quorum is not None and quorum > len(witnesses):
        fail(2, f"--quorum {quorum} needs that many --witness; {len(witnesses)} were given.")
    made, tsa = export_check.about(source), export_check.authority(tsa_certificates)
    # A folder with bundles is a whole log, whatever it says of itself: who changed it may have written that as well.
    if made and made.filters and not (Path(source) / "tile" / "entries").exists():
        if state:
            fail(2, "--state is for a whole log. A selection is checked all at once: leave it out.")
        with _troubles(source):
            return export_check.verify_selection(source, made, keys, witnesses, quorum=quorum, kept=kept, tsa=tsa)
    if tsa and not made:
        fail(2, "--tsa-certificates needs a folder that `amanah audit export` wrote: time stamps are checked there.")
    reached = _reached(state, keys) if state else None
    bar = Progress(
        TextColumn("Checking entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None)
    with _troubles(source, _AGAIN if state else ""), bar, processes() as hashers:
        report = verify_log(
            reader(source),
            log,
            also=also,
            kept=kept,
            witnesses=witnesses,
            quorum=quorum,
            listing=listing(source),
            state=reached,
            save=(lambda reached: _save(state, reached)) if state else None,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            hashers=hashers,
        )
    besides = [] if made else export_check.unchecked(source)
    _tell(report, kept=kept, whole=listing(source) is not None, besides=besides)
    if not report.verified:
        if reached and not report.uncosigned:
            typer.echo(f"If the log was repaired since, remove {state} and begin anew.")
        raise typer.Exit(1)
    if made:
        with _troubles(source):
            export_check.verify_made(source, made, keys, tsa)


_AGAIN = " The same command goes on from where this one stopped."


@contextmanager
def _troubles(source: str, again: str = "") -> Iterator[None]:
    """What cannot be read is no verdict: it ends the command with 2."""
    try:
        yield
    except Missing:
        fail(2, f"There is no log at {source}: it has no checkpoint. The gateway serves the log under /log.")
    except Unreachable as error:
        fail(2, plain(f"{error}. Is it running, and is the address right?{again}"))
    except OSError as error:
        if error.filename is None:  # it is none of reading, but of telling: nobody listens any more
            raise
        fail(2, plain(f"{error.filename} cannot be read: {error.strerror}."))


def _kept(file: Path, keys: Sequence[Verifier]) -> Checkpoint:
    try:
        checkpoint, _ = open_checkpoint(read_file(file), keys[0], also=keys[1:])
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(
            2,
            f"{file} is no checkpoint of this log: {error}. Give the file that you kept from /log/checkpoint, "
            "and --old-key where the log had another key then.",
        )
    return checkpoint


def _reached(file: Path, keys: Sequence[Verifier]) -> State | None:
    try:
        return State.decode(read_file(file), *keys)
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


def _tell(report: Report, *, kept: Checkpoint | None, whole: bool, besides: Sequence[str]) -> None:
    if report.origin:
        typer.echo(f"Log {report.origin}: {report.size} entries, root {encode_base64(report.root)}")
        tell_signed(report)
        _tell_read(report)
        _tell_grown(report, kept)
        _tell_not_covered(report, whole=whole, besides=besides)
    if report.verified:
        typer.echo("VERIFIED: nothing was changed, removed or inserted below this checkpoint. Keep a copy of it.")
        return
    typer.echo("DOES NOT VERIFY")
    for finding in report.findings[:SHOWN]:
        typer.echo(plain(f"  {finding.path}: {finding.message}"))
    if len(report.findings) > SHOWN:
        typer.echo(f"  and {len(report.findings) - SHOWN} more")
    if report.first_index is not None:
        typer.echo(f"The first entry that differs is {report.first_index}.")
    typer.echo(UNCOSIGNED if report.uncosigned else _EVIDENCE)


_EVIDENCE = "Keep the files and the checkpoint as evidence (amanah audit export), and compare with another copy."


def _tell_read(report: Report) -> None:
    """What this run read, apart from what earlier runs did: a bundle that they did not see full is read again."""
    first, tiles = _first_read(report), f"tiles held against them: {report.tiles}"
    due, new = report.size - first, report.size - report.begun
    hashed = f"hashed {'all' if report.entries == due else f'{report.entries} of'} {due} entries"
    if not report.begun:
        typer.echo(f"  this run {hashed}; {tiles}")
        return
    if due == 0:
        typer.echo(f"  this run hashed no entry, since none is new; {tiles}")
    else:
        typer.echo(f"  this run {hashed} from number {first} on ({_parts(new, due - new)}); {tiles}")
    typer.echo(f"  earlier runs hashed the first {report.begun} entries, as the --state file says")


def _parts(new: int, known: int) -> str:
    parts = [f"{new or 'none'} of them new", f"{known} hashed by earlier runs too" if known else ""]
    return ", ".join(filter(None, parts))


def _first_read(report: Report) -> int:
    return report.begun - report.begun % layout.WIDTH


def _tell_grown(report: Report, kept: Checkpoint | None) -> None:
    if report.earlier:
        typer.echo(f"  {report.earlier} partial tiles and bundles of earlier sizes agree")
    for size in sorted(set(report.continues)):
        whose = "you kept" if kept and kept.size == size else "of the earlier run"
        typer.echo(f"  continues the checkpoint {whose} ({size} entries)")


def _tell_not_covered(report: Report, *, whole: bool, besides: Sequence[str]) -> None:
    for line in (*unknown(report), *besides):
        typer.echo(plain(f"  NOT CHECKED: {line}"))
    if first := _first_read(report):
        typer.echo(f"  NOT READ AGAIN: the first {first} entries, as they are served now; without --state all are read")
    if report.stopped is not None:
        typer.echo(f"  NOT CHECKED: entry {report.stopped} and all after it, since too much is lost there")
    if report.beyond:
        paths = ", ".join(sorted(report.beyond)[:SHOWN])
        typer.echo(f"  NOT COVERED: {len(report.beyond)} files beyond this checkpoint, which nothing signs ({paths})")
    if not whole:
        typer.echo("  NOT LOOKED FOR: old partial tiles of tiles that are full; a copy in a folder is checked for them")
