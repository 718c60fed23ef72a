"""What `verify` checks of an export beyond the log's own files: a selection's proofs, the table, and the anchors."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from amanah.cli.audit.export import manifest, table
from amanah.cli.audit.export.anchoring import Listed
from amanah.cli.audit.export.entries import Entry, read
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.export.log_files import entries as entries_of
from amanah.cli.audit.export.manifest import About
from amanah.cli.audit.export_check.anchors import Anchored
from amanah.cli.audit.export_check.announced import Announced
from amanah.cli.audit.export_check.outcome import Outcome
from amanah.cli.audit.export_check.table import compare
from amanah.cli.audit.output import UNCOSIGNED, tell_signed, unknown
from amanah.cli.audit.sources import fail, plain, reader, reason
from amanah.cli.log_copy import read_file
from amanah.runtime.timestamps import Authority
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotCosigned, Note, NotSigned, Verifier, open_checkpoint
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed
from amanah.tlog.selection import Prover, check, index_of
from amanah.tlog.tile_reader import Files
from amanah.tlog.verify import Report


def about(source: str) -> About | None:
    """What an exported folder says of itself; None for an address, or a copy that was not made by `export`."""
    if source.startswith(("http://", "https://")):
        return None
    try:
        return About.read(Path(source))
    except (ValueError, OSError) as error:
        fail(
            2,
            f"{source}/{manifest.FILE} cannot be read: {reason(error)}. Without that file the folder is checked as a whole log.",
        )


def unchecked(source: str) -> list[str]:
    """What `export` made of a log and nobody can check, since the folder does not say that it is an export."""
    made = [name for name in (table.FILE, "anchor/") if Path(source, name).exists()]
    return [f"{' and '.join(made)}: these are checked in an export, and {manifest.FILE} is not here"] if made else []


def authority(file: Path | None) -> Authority | None:
    """The time-stamping authority whose certificates somebody gave."""
    try:
        return Authority(read_file(file)) if file else None
    except (ValueError, OSError) as error:
        fail(2, f"{file} holds no certificates in PEM: {reason(error)}.")


def verify_selection(
    source: str,
    told: About,
    keys: Sequence[Verifier],
    witnesses: Sequence[Verifier],
    *,
    quorum: int | None,
    kept: Checkpoint | None,
    tsa: Authority | None,
) -> None:
    """Check a selection: the checkpoint, each entry with its proof, the table, and the anchors. Exits with 1 or 2."""
    folder, outcome, listed, announced = Path(source), Outcome(), Listed(), Announced(told)
    try:
        note = read_file(folder / layout.CHECKPOINT).decode()
        enough = len(witnesses) if quorum is None else quorum
        checkpoint, signed = open_checkpoint(note, keys[0], witnesses, enough, also=keys[1:])
    except (OSError, UnicodeDecodeError):
        fail(2, f"{folder} has no checkpoint that can be read: make the export again.")
    except (Malformed, NotSigned) as error:
        outcome.find(layout.CHECKPOINT, None, str(error))
        if isinstance(error, NotCosigned):
            outcome.reject(advice=UNCOSIGNED)
        outcome.reject()
    indexes = _indexes(folder, outcome)
    typer.echo(
        f"Log {checkpoint.origin}: {len(indexes)} of {checkpoint.size} entries, root {encode_base64(checkpoint.root)}"
    )
    report = Report()
    report.head(checkpoint, signed, keys, witnesses)
    tell_signed(report)
    typer.echo(plain(f"  asked for, as {manifest.FILE} says: {_asked(told.filters or Filters())}"))
    _compare(told, checkpoint, len(indexes), outcome)
    with Files(reader(source), at_hand=True) as files:
        proven = check(files, checkpoint, note, indexes, outcome.add)
        compare(folder, _fitting(proven, announced, listed, outcome), told.program, outcome)
        if not outcome.findings:
            outcome.holds.append(
                f"entries hashed and proven to be in the log: {len(indexes)}; {table.FILE} says what they say"
            )
        announced.check(outcome)
        anchored = Anchored(folder, checkpoint, Prover(files, checkpoint), keys, tsa)
        anchored.check(listed, outcome, whole=False)
        if kept:
            anchored.continues(kept, outcome)
    outcome.unchecked += [*unknown(report), _MADE, _FOR_READING]
    outcome.unshown.append(_LEFT_OUT)
    outcome.tell(f"VERIFIED: {_PROVEN if indexes else _NONE}")


_PROVEN = "each of these entries is in the log that this checkpoint signs, and was not changed. Keep a copy of the checkpoint."
_NONE = "the checkpoint. No entry is here, so of none anything is proven."
_LEFT_OUT = (
    "that nothing was left out: whether other entries fit what was asked for, only the whole log shows. Make the same "
    "export from the log again"
)
_MADE = f"when, from which address and by which version this was made, as {manifest.FILE} says"
_FOR_READING = "README.md, summary.pdf, cosignatures.csv and keys/, which are for reading and prove nothing"


def verify_made(source: str, told: About, keys: Sequence[Verifier], tsa: Authority | None) -> None:
    """Check what `export` made of a whole log that verifies: the table, and the anchors. Exits with 1."""
    folder, outcome, listed, announced = Path(source), Outcome(), Listed(), Announced(told)
    checkpoint = Checkpoint.parse(Note.parse(read_file(folder / layout.CHECKPOINT)).text)

    def seen(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            listed.add(entry)
            announced.add(entry)
            yield entry

    _compare(told, checkpoint, checkpoint.size, outcome)
    with Files(reader(source), at_hand=True) as files:
        entries = entries_of(files, checkpoint.size, lambda done, size: None)
        compare(folder, seen(entries), told.program, outcome)
        if not outcome.findings:
            outcome.holds.append(f"{table.FILE} says what the entries say")
        announced.check(outcome)
        Anchored(folder, checkpoint, Prover(files, checkpoint), keys, tsa).check(listed, outcome, whole=True)
    outcome.unchecked += [_MADE, _FOR_READING]
    outcome.tell(
        "VERIFIED: the table and the dated checkpoints are of this log.",
        "DOES NOT VERIFY, though the log's own files do: what was made of them was changed",
    )


def _compare(told: About, checkpoint: Checkpoint, entries: int, outcome: Outcome) -> None:
    """Hold what `export.json` says of the log, and of how many entries it has, against what is here."""
    if differing := told.differing(checkpoint):
        outcome.find(manifest.FILE, None, f"it is of another checkpoint than the one here ({', '.join(differing)})")
    if told.entries != entries:
        outcome.find(manifest.FILE, None, f"the export was of {told.entries} entries, and {entries} are here")


def _asked(filters: Filters) -> str:
    """What an export was asked for, in English alone."""
    parts = [
        f"about {' or '.join(filters.subjects)}" if filters.subjects else "",
        f"done by {filters.actor}" if filters.actor else "",
        f"from {filters.since:%Y-%m-%d %H:%M:%S %Z} on" if filters.since else "",
        f"before {filters.until:%Y-%m-%d %H:%M:%S %Z}" if filters.until else "",
    ]
    return "entries " + ", ".join(filter(None, parts))


def _indexes(folder: Path, outcome: Outcome) -> list[int]:
    """The entries that the folder has files of, in their order."""
    found: set[int] = set()
    for room in ("entries", "proofs"):
        for file in sorted((folder / room).iterdir()) if (folder / room).is_dir() else ():
            if file.name.startswith("."):
                continue
            path = f"{room}/{file.name}"
            index = index_of(path)
            if index is None:
                outcome.find(path, None, "there is no such file in a selection")
            else:
                found.add(index)
    return sorted(found)


def _fitting(
    proven: Iterable[tuple[int, bytes]], announced: Announced, listed: Listed, outcome: Outcome
) -> Iterator[Entry]:
    filters = announced.told.filters or Filters()
    for index, leaf in proven:
        entry = read(index, leaf)
        listed.add(entry)
        announced.add(entry)
        if not filters.fits(entry) and entry is not announced.entry:
            outcome.find(manifest.FILE, index, f"entry {index} is none of those that were asked for")
        yield entry
