"""What `verify` checks of an export beyond the log's own files: a selection's proofs, the table, and the anchors."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import typer

from amanah.cli.audit.exporting import head, table
from amanah.cli.audit.exporting.anchoring import Listed
from amanah.cli.audit.exporting.copying import entries as entries_of
from amanah.cli.audit.exporting.entry import Entry, read
from amanah.cli.audit.exporting.head import About
from amanah.cli.audit.exporting.readme import scope
from amanah.cli.audit.sources import fail, reader
from amanah.timestamps import Authority, NotStamped
from amanah.tlog import anchors, layout
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, verify_consistency
from amanah.tlog.selection import Prover, check, index_of
from amanah.tlog.verify import Finding, Missing
from amanah.tlog.verify.reading import Files

_KEPT_FINDINGS = 1000
_SHOWN = 20


@dataclass
class Outcome:
    """What was found, what holds, and what could not be checked."""

    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    holds: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def find(self, finding: Finding) -> None:
        """Takes down what does not hold; of very many the first."""
        if len(self.findings) < _KEPT_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    def tell(self, verdict: str, failed: str = "DOES NOT VERIFY") -> None:
        """Prints it all, and `failed` where something does not hold: that ends the command with 1."""
        for line in self.holds:
            typer.echo(f"  {line}")
        for line in self.unchecked:
            typer.echo(f"  NOT CHECKED: {line}")
        if not self.findings:
            typer.echo(verdict)
            return
        typer.echo(failed)
        for finding in self.findings[:_SHOWN]:
            typer.echo(f"  {finding.path}: {finding.message}")
        if (beyond := len(self.findings) - _SHOWN + self.more) > 0:
            typer.echo(f"  and {beyond} more")
        raise typer.Exit(1)


def about(source: str) -> About | None:
    """What an exported folder says of itself; None for an address, or a copy that was not made by `export`."""
    if source.startswith(("http://", "https://")):
        return None
    try:
        return About.read(Path(source))
    except (ValueError, OSError) as error:
        fail(
            2, f"{source}/{head.FILE} cannot be read: {error}. Without that file the folder is checked as a whole log."
        )


def authority(file: Path | None) -> Authority | None:
    """The time-stamping authority whose certificates somebody gave."""
    try:
        return Authority(file.read_bytes()) if file else None
    except (ValueError, OSError) as error:
        fail(2, f"{file} holds no certificates in PEM: {error}.")


def verify_selection(
    source: str,
    told: About,
    key: Verifier,
    witnesses: Sequence[Verifier],
    *,
    quorum: int | None,
    kept: Checkpoint | None,
    tsa: Authority | None,
) -> None:
    """Check a selection: the checkpoint, each entry with its proof, the table, and the anchors. Exits with 1 or 2."""
    folder, outcome = Path(source), Outcome()
    with Files(reader(source), at_hand=True) as files:
        try:
            note = (folder / layout.CHECKPOINT).read_bytes().decode()
            checkpoint, _ = open_checkpoint(note, key, witnesses, len(witnesses) if quorum is None else quorum)
        except (OSError, UnicodeDecodeError):
            fail(2, f"{folder} has no checkpoint: the export was not finished. Make it again.")
        except (Malformed, NotSigned) as error:
            fail(1, f"DOES NOT VERIFY\n  {layout.CHECKPOINT}: {error}")
        prover = Prover(files, checkpoint)
        indexes = _indexes(folder, outcome)
        typer.echo(
            f"Log {checkpoint.origin}: {len(indexes)} of {checkpoint.size} entries, root {checkpoint.root.hex()}"
        )
        typer.echo(f"  signature of {key}")
        typer.echo(f"  asked for: {scope(told.filters) if told.filters else ''}")
        if told.entries != len(indexes):
            message = f"the export was of {told.entries} entries, and {len(indexes)} are here"
            outcome.find(Finding(head.FILE, None, message))
        proven = check(files, checkpoint, note, indexes, outcome.find)
        listed = Listed()
        _compare_table(folder, _fitting(proven, told, listed, outcome), told, outcome)
        if not outcome.findings:
            outcome.holds.append(f"{len(indexes)} entries are proven, and {table.FILE} says what they say")
        if witnesses:
            outcome.holds.append("cosigned by the witnesses that were asked for")
        _check_anchors(folder, listed, prover, checkpoint, key, tsa, outcome)
        _continues(prover, checkpoint, kept, outcome)
    outcome.tell(
        "VERIFIED: each of these entries is in the log as it stands here. Whether others fit what was asked for, only the "
        "whole log shows."
    )


def verify_made(source: str, told: About, key: Verifier, tsa: Authority | None) -> None:
    """Check what `export` made of a whole log that verifies: the table, and the anchors. Exits with 1."""
    folder, outcome, listed = Path(source), Outcome(), Listed()
    checkpoint = Checkpoint.parse(Note.parse((folder / layout.CHECKPOINT).read_bytes()).text)

    def seen(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            listed.add(entry)
            yield entry

    with Files(reader(source), at_hand=True) as files:
        entries = entries_of(files, checkpoint.size, lambda done, size: None)
        _compare_table(folder, seen(entries), told, outcome)
        if not outcome.findings:
            outcome.holds.append(f"{table.FILE} says what the entries say")
        lacking = _check_anchors(folder, listed, Prover(files, checkpoint), checkpoint, key, tsa, outcome, whole=True)
        if lacking:
            outcome.unchecked.append(
                f"{len(lacking)} files of anchors, which are not here ({', '.join(lacking[:_SHOWN])})"
            )
    outcome.tell(
        "VERIFIED: the table and the dated checkpoints are of this log.",
        "DOES NOT VERIFY, though the log's own files do: what was made of them was changed",
    )


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
                outcome.find(Finding(path, None, "there is no such file in a selection"))
            else:
                found.add(index)
    return sorted(found)


def _fitting(proven: Iterable[tuple[int, bytes]], told: About, listed: Listed, outcome: Outcome) -> Iterator[Entry]:
    for index, leaf in proven:
        entry = read(index, leaf)
        listed.add(entry)
        if told.filters is not None and not told.filters.fits(entry):
            outcome.find(Finding(head.FILE, index, f"entry {index} is none of those that were asked for"))
        yield entry


def _compare_table(folder: Path, entries: Iterable[Entry], told: About, outcome: Outcome) -> None:
    """Hold the table against the entries: a line each, in their order, and each cell as it would be written anew."""
    worded, same_program = 0, told.program == version("amanah")
    try:
        lines = table.rows(folder / table.FILE)
        if tuple(next(lines, ())) != table.COLUMNS:
            outcome.find(Finding(table.FILE, None, "the first line does not name the columns"))
        line = next(lines, None)
        for entry in entries:
            while line is not None and _index(line) < entry.index:
                outcome.find(
                    Finding(table.FILE, None, f"the line of {_shown(line)} is of no entry here, or stands twice")
                )
                line = next(lines, None)
            if line is None or _index(line) > entry.index:
                outcome.find(Finding(table.FILE, entry.index, f"entry {entry.index} has no line"))
                continue
            differing = [at for at, (is_, due) in enumerate(zip(line, table.row(entry), strict=False)) if is_ != due]
            if len(line) != len(table.COLUMNS):
                outcome.find(Finding(table.FILE, entry.index, f"the line of entry {entry.index} has other columns"))
            elif not same_program and table.WORDED.issuperset(differing):
                worded += bool(differing)
            elif differing:
                names = ", ".join(table.COLUMNS[at] for at in differing)
                message = f"the line of entry {entry.index} does not say what the entry says ({names})"
                outcome.find(Finding(table.FILE, entry.index, message))
            line = next(lines, None)
        while line is not None:
            outcome.find(Finding(table.FILE, None, f"the line of {_shown(line)} is of no entry here, or stands twice"))
            line = next(lines, None)
    except (OSError, ValueError) as error:
        outcome.find(Finding(table.FILE, None, f"the table cannot be read ({error})"))
        for _ in entries:  # they are checked all the same
            pass
    if worded:
        outcome.unchecked.append(f"{worded} lines of {table.FILE} word areas or actions as version {told.program} did")


def _index(line: Sequence[str]) -> int:
    text = line[0] if line else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1


def _shown(line: Sequence[str]) -> str:
    return repr(line[0][:20]) if line else "nothing"


def _check_anchors(
    folder: Path,
    listed: Listed,
    prover: Prover,
    checkpoint: Checkpoint,
    key: Verifier,
    tsa: Authority | None,
    outcome: Outcome,
    *,
    whole: bool = False,
) -> list[str]:
    """Each anchor is a beginning of this log, as its entries list it, and was stamped; which listed files are not here."""
    here: set[tuple[str, str]] = set()
    times: list[datetime] = []
    continued = unstamped = others = 0
    for file in sorted((folder / "anchor").glob("*/*")):
        path = file.relative_to(folder).as_posix()
        name, kind = file.parent.name, file.name
        if kind.startswith("."):
            continue
        if not anchors.is_path(path):
            outcome.find(Finding(path, None, "an anchor has no such file"))
            continue
        here.add((name, kind))
        data = file.read_bytes()
        named = listed.files.get((name, kind))
        if named != _hash(data) if named is not None else whole:
            outcome.find(Finding(path, None, "the log does not list this file, or lists another"))
        try:
            if kind == anchors.CHECKPOINT:
                others += not _check_anchor(data, prover, checkpoint, key)
                continued += 1
            elif tsa is None:
                unstamped += 1
            else:
                times.append(tsa.check(data, (file.parent / anchors.CHECKPOINT).read_bytes()))
        except (Malformed, NotSigned, NotProven, NotStamped, Missing, OSError) as error:
            outcome.find(Finding(path, None, str(error)))
    if continued:
        outcome.holds.append(f"dated checkpoints that this log continues: {continued}")
    if times:
        outcome.holds.append(f"time stamps that hold: {len(times)}, the first of {min(times):%Y-%m-%d %H:%M:%S} UTC")
    if unstamped:
        outcome.unchecked.append(f"time stamps ({unstamped}); --tsa-certificates checks them")
    if others:
        outcome.unchecked.append(f"signatures of dated checkpoints ({others}), by keys that you did not give")
    return [anchors.path(*file) for file in sorted(listed.files.keys() - here)]


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _check_anchor(data: bytes, prover: Prover, checkpoint: Checkpoint, key: Verifier) -> bool:
    """Raises unless the log continues the anchor; whether the key signed it, as another may have before a rotation."""
    note = Note.parse(data)
    old = Checkpoint.parse(note.text)
    if old.origin != checkpoint.origin:
        raise NotProven(f"it is of the log {old.origin}")
    proof = prover.consistency(old.size) if 0 < old.size <= checkpoint.size else []
    verify_consistency(old.size, old.root, checkpoint.size, checkpoint.root, proof)
    ours = any((each.name, each.key_id) == (key.name, key.key_id) for each in note.signatures)
    if ours:
        note.verify([key])
    return ours


def _continues(prover: Prover, checkpoint: Checkpoint, kept: Checkpoint | None, outcome: Outcome) -> None:
    if kept is None:
        return
    try:
        proof = prover.consistency(kept.size) if 0 < kept.size <= checkpoint.size else []
        verify_consistency(kept.size, kept.root, checkpoint.size, checkpoint.root, proof)
        outcome.holds.append(f"continues the checkpoint you kept ({kept.size} entries)")
    except (Missing, Malformed):
        outcome.unchecked.append(
            "the checkpoint you kept: the tiles for it are not in this selection; use the whole log"
        )
    except NotProven as error:
        outcome.find(Finding(layout.CHECKPOINT, None, f"it does not continue the checkpoint you kept: {error}"))
