"""`amanah audit verify`: verify a whole log or an export, trusting only the given keys."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from amanah.cli.audit.export_check import verify as export_check
from amanah.cli.audit.options import (
    LogKeys,
    Quorum,
    WitnessKeys,
    parse_log_keys,
    parse_witness_keys,
    required_cosignatures,
)
from amanah.cli.audit.output import (
    COSIGNATURE_ADVICE,
    FAILED,
    MAX_SHOWN,
    fail,
    print_findings,
    print_signatures,
    printable,
    unknown_signatures,
)
from amanah.cli.audit.sources import listing, reader
from amanah.cli.log_copy import Unreachable, hash_processes, read_file
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Verifier, open_checkpoint
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Missing, VerificationReport, VerificationState, verify_log

_RESUME = " Run the same command again to resume."
_EVIDENCE_ADVICE = "Keep the files and the checkpoint as evidence (amanah audit export), and compare with another copy."


def verify(
    source: Annotated[
        str, typer.Argument(metavar="URL|DIR", help="The log's address, or a folder with a copy or an export.")
    ],
    key: LogKeys,
    old: Annotated[
        Path | None,
        typer.Option(metavar="CHECKPOINT", help="An earlier checkpoint file, which the log must continue."),
    ] = None,
    old_key: Annotated[
        str | None, typer.Option(metavar="VKEY", help="The key that signed --old, when it is not --key.")
    ] = None,
    witness: WitnessKeys = None,
    quorum: Quorum = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File for the progress: the next run with this file reads only new entries."),
    ] = None,
    tsa_certificates: Annotated[
        Path | None,
        typer.Option(
            metavar="PEM", help="The time-stamping authority's certificates, to check the time stamps in an export."
        ),
    ] = None,
) -> None:
    """Verify the whole log: every entry, every tile, the root, the signatures, and that it is append-only.

    Of a selection by `amanah audit export` it verifies every entry with its proof, and the table.

    It trusts only the keys that you give.

    Exit codes: 0 it verifies, 1 it does not, 2 it could not be read or the command was wrong.
    """
    log, *others = keys = parse_log_keys(key)
    old_keys = parse_log_keys([old_key]) if old_key else keys
    if old_keys[0].name != log.name:
        fail(2, f"--old-key is of the log {old_keys[0].name}, --key of {log.name}. Give keys of the same log.")
    earlier = _load_checkpoint(old, old_keys) if old else None
    witnesses = parse_witness_keys(witness, keys)
    required = required_cosignatures(witnesses, quorum)
    manifest, tsa = export_check.load_manifest(source), export_check.load_authority(tsa_certificates)
    # A folder with bundles is verified as a whole log, whatever its manifest says: whoever changed it may have added that.
    if manifest and manifest.filters and not (Path(source) / "tile" / "entries").exists():
        if state:
            fail(2, "--state is for a whole log; a selection is verified in one run. Leave --state out.")
        with _handle_errors(source):
            return export_check.verify_selection(source, manifest, keys, witnesses, required, earlier=earlier, tsa=tsa)
    if tsa and not manifest:
        fail(2, "--tsa-certificates needs a folder written by `amanah audit export`, which contains the time stamps.")
    reached = _load_state(state, keys) if state else None
    bar = Progress(
        TextColumn("Checking entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None)
    with _handle_errors(source, _RESUME if state else ""), bar, hash_processes() as hashers:
        report = verify_log(
            reader(source),
            log,
            other_keys=others,
            earlier=earlier,
            witnesses=witnesses,
            quorum=required,
            listing=listing(source),
            state=reached,
            save=(lambda reached: _save_state(state, reached)) if state else None,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            hashers=hashers,
        )
    unchecked = [] if manifest else export_check.unchecked_files(source)
    _print_report(report, earlier=earlier, listed=listing(source) is not None, unchecked=unchecked)
    if not report.verified:
        if reached and not report.lacks_cosignatures:
            typer.echo(f"If the log was repaired since, remove {state} and start again.")
        raise typer.Exit(1)
    if manifest:
        with _handle_errors(source):
            export_check.verify_derived_files(source, manifest, keys, tsa)


@contextmanager
def _handle_errors(source: str, resume: str = "") -> Iterator[None]:
    """Ends the command with exit code 2 when the log cannot be read, which is no verdict."""
    try:
        yield
    except Missing:
        fail(2, f"There is no log at {source}: it has no checkpoint. The gateway serves the log under /log.")
    except Unreachable as error:
        fail(2, printable(f"{error}. Check that it is running and that the address is right.{resume}"))
    except OSError as error:
        if error.filename is None:  # an error of the output, such as a closed pipe
            raise
        fail(2, printable(f"{error.filename} cannot be read: {error.strerror}."))


def _load_checkpoint(file: Path, keys: Sequence[Verifier]) -> Checkpoint:
    try:
        checkpoint, _ = open_checkpoint(read_file(file), keys[0], other_keys=keys[1:])
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(
            2,
            f"{file} is not a checkpoint of this log: {error}. Give a file saved from /log/checkpoint, and --old-key when "
            "the log had another key then.",
        )
    return checkpoint


def _load_state(file: Path, keys: Sequence[Verifier]) -> VerificationState | None:
    try:
        return VerificationState.decode(read_file(file), *keys)
    except FileNotFoundError:
        return None
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        fail(2, f"{file} cannot be used: {error}. Give another --state, or remove the file to start again.")


def _save_state(file: Path, state: VerificationState) -> None:
    """Writes the state atomically and durably."""
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


def _print_report(
    report: VerificationReport, *, earlier: Checkpoint | None, listed: bool, unchecked: Sequence[str]
) -> None:
    if report.origin:
        typer.echo(f"Log {report.origin}: {report.size} entries, root {encode_base64(report.root)}")
        print_signatures(report)
        _print_reading(report)
        _print_consistency(report, earlier)
        _print_limits(report, listed=listed, unchecked=unchecked)
    if report.verified:
        typer.echo("VERIFIED: nothing was changed, removed or inserted below this checkpoint. Keep a copy of it.")
        return
    print_findings(FAILED, report.findings)
    if report.first_index is not None:
        typer.echo(f"The first entry that differs is {report.first_index}.")
    typer.echo(COSIGNATURE_ADVICE if report.lacks_cosignatures else _EVIDENCE_ADVICE)


def _print_reading(report: VerificationReport) -> None:
    """Prints what this run read, and what earlier runs did; the last partial bundle of these is read again."""
    first, tiles = _first_read(report), f"tiles compared: {report.tiles}"
    due, new = report.size - first, report.size - report.start
    hashed = f"hashed {'all' if report.entries == due else f'{report.entries} of'} {due} entries"
    if not report.start:
        typer.echo(f"  this run {hashed}; {tiles}")
        return
    if due == 0:
        typer.echo(f"  this run hashed no entry, since none is new; {tiles}")
    else:
        known = due - new
        parts = [f"{new or 'none'} of them new", *([f"{known} hashed by earlier runs too"] if known else [])]
        typer.echo(f"  this run {hashed} from number {first} on ({', '.join(parts)}); {tiles}")
    typer.echo(f"  earlier runs hashed the first {report.start} entries, according to the --state file")


def _first_read(report: VerificationReport) -> int:
    return report.start - report.start % layout.WIDTH


def _print_consistency(report: VerificationReport, earlier: Checkpoint | None) -> None:
    if report.earlier_files:
        typer.echo(f"  {report.earlier_files} partial tiles and bundles of earlier sizes agree")
    for size in sorted(set(report.continued_sizes)):
        which = "in --old" if earlier and earlier.size == size else "of the earlier run"
        typer.echo(f"  continues the checkpoint {which} ({size} entries)")


def _print_limits(report: VerificationReport, *, listed: bool, unchecked: Sequence[str]) -> None:
    for line in (*unknown_signatures(report), *unchecked):
        typer.echo(printable(f"  NOT CHECKED: {line}"))
    if first := _first_read(report):
        typer.echo(f"  NOT READ AGAIN: the first {first} entries as they are served now; without --state all are read")
    if report.stopped_at is not None:
        typer.echo(f"  NOT CHECKED: entry {report.stopped_at} and all later ones, because too many files are missing")
    if report.beyond_checkpoint:
        paths = ", ".join(sorted(report.beyond_checkpoint)[:MAX_SHOWN])
        typer.echo(f"  NOT COVERED: {len(report.beyond_checkpoint)} files beyond this checkpoint, not signed ({paths})")
    if not listed:
        typer.echo("  NOT LOOKED FOR: old partial tiles of full tiles; these are checked in a local copy only")
