"""Verification of an export's selection of entries, and of the files that `export` made from the log."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from amanah.cli.audit.export import manifest as manifest_file
from amanah.cli.audit.export import table
from amanah.cli.audit.export.announcement import check_announcement
from amanah.cli.audit.export.entries import Filters, LogEntry
from amanah.cli.audit.export.log_files import AnchorList, read_entries
from amanah.cli.audit.export.manifest import Manifest
from amanah.cli.audit.export_check.anchors import AnchorCheck
from amanah.cli.audit.export_check.table import check_table
from amanah.cli.audit.output import (
    COSIGNATURE_ADVICE,
    CheckResult,
    error_text,
    fail,
    print_signatures,
    printable,
    unknown_signatures,
)
from amanah.cli.audit.sources import is_url, reader
from amanah.cli.log_copy import read_file
from amanah.tlog import layout, selection
from amanah.tlog.checkpoint import Checkpoint, NotCosigned, Note, NotSigned, Verifier, open_checkpoint
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed
from amanah.tlog.selection import Prover
from amanah.tlog.tile_reader import TileReader
from amanah.tlog.timestamps import Authority
from amanah.tlog.verify import VerificationReport

_PROVEN = "each of these entries is in the log that signed this checkpoint, and was not changed. Keep a copy of the checkpoint."
_EMPTY = "the checkpoint. There is no entry here, so no entry is proven."
_COMPLETENESS = (
    "that the selection is complete: only the whole log can show if other entries match. Make the same export from the log "
    "again"
)
_ORIGIN = f"when, from which address and by which version this was made, according to {manifest_file.FILE}"
_INFORMATIVE = "README.md, summary.pdf, cosignatures.csv and keys/, which are for reading and prove nothing"


def load_manifest(source: str) -> Manifest | None:
    """Loads the manifest of an export; None for an address, or a copy that `export` did not make."""
    if is_url(source):
        return None
    try:
        return Manifest.read(Path(source))
    except (ValueError, OSError) as error:
        fail(
            2,
            f"{source}/{manifest_file.FILE} cannot be read: {error_text(error)}. Remove it to check the folder as a whole log.",
        )


def load_authority(file: Path | None) -> Authority | None:
    """Loads the certificates of the time-stamping authority."""
    try:
        return Authority(read_file(file)) if file else None
    except (ValueError, OSError) as error:
        fail(2, f"{file} is not a file of certificates in PEM: {error_text(error)}.")


def unchecked_files(source: str) -> list[str]:
    """Returns the line about files of an export that cannot be checked, because the folder has no manifest."""
    names = [name for name in (table.FILE, "anchor/") if Path(source, name).exists()]
    return [f"{' and '.join(names)}: checked in an export only, and {manifest_file.FILE} is missing"] if names else []


class _EntryCheck:
    """Collects the listed anchors and the announcement from entries; reports entries that do not match the filters."""

    def __init__(self, manifest: Manifest, result: CheckResult) -> None:
        self.listed = AnchorList()
        self.announcement: LogEntry | None = None
        self._manifest = manifest
        self._result = result

    def collect(self, entries: Iterable[LogEntry], filters: Filters) -> Iterator[LogEntry]:
        """Yields the entries unchanged."""
        for entry in entries:
            self.listed.add(entry)
            if entry.index == self._manifest.announcement:
                self.announcement = entry
            elif not filters.match(entry):
                self._result.find(
                    manifest_file.FILE, entry.index, f"entry {entry.index} does not match the filters of the export"
                )
            yield entry


def verify_selection(
    source: str,
    manifest: Manifest,
    keys: Sequence[Verifier],
    witnesses: Sequence[Verifier],
    required: int,
    *,
    earlier: Checkpoint | None,
    tsa: Authority | None,
) -> None:
    """Verifies a selection: checkpoint, entries with their proofs, table and anchors. Exits with 1 or 2 on failure."""
    folder, filters, result = Path(source), manifest.filters or Filters(), CheckResult()
    try:
        note = read_file(folder / layout.CHECKPOINT).decode()
        checkpoint, signed = open_checkpoint(note, keys[0], witnesses, required, other_keys=keys[1:])
    except (OSError, UnicodeDecodeError):
        fail(2, f"{folder} has no checkpoint that can be read. Make the export again.")
    except (Malformed, NotSigned) as error:
        result.find(layout.CHECKPOINT, None, str(error))
        if isinstance(error, NotCosigned):
            result.reject(advice=COSIGNATURE_ADVICE)
        result.reject()
    indexes = _list_indexes(folder, result)
    typer.echo(
        f"Log {checkpoint.origin}: {len(indexes)} of {checkpoint.size} entries, root {encode_base64(checkpoint.root)}"
    )
    report = VerificationReport()
    report.set_head(checkpoint, signed, keys, witnesses)
    print_signatures(report)
    typer.echo(printable(f"  filters, according to {manifest_file.FILE}: {_describe(filters)}"))
    _check_manifest(manifest, checkpoint, len(indexes), result)
    check = _EntryCheck(manifest, result)
    with TileReader(reader(source), local=True) as files:
        proven = selection.verify_selection(files, checkpoint, note, indexes, result.add)
        entries = (LogEntry.parse(index, leaf) for index, leaf in proven)
        check_table(folder, check.collect(entries, filters), manifest.program, result)
        if not result.findings:
            result.confirmed.append(
                f"entries hashed and proven to be in the log: {len(indexes)}; {table.FILE} matches them"
            )
        check_announcement(manifest, check.announcement, result)
        anchors = AnchorCheck(folder, checkpoint, Prover(files, checkpoint), keys, tsa)
        anchors.run(check.listed, result, whole=False)
        if earlier:
            anchors.check_earlier(earlier, result)
    result.unchecked += [*unknown_signatures(report), _ORIGIN, _INFORMATIVE]
    result.unproven.append(_COMPLETENESS)
    result.finish(f"VERIFIED: {_PROVEN if indexes else _EMPTY}")


def verify_derived_files(source: str, manifest: Manifest, keys: Sequence[Verifier], tsa: Authority | None) -> None:
    """Verifies the table and the anchors that `export` made of a whole log, which verifies. Exits with 1 on failure."""
    folder, result = Path(source), CheckResult()
    checkpoint = Checkpoint.parse(Note.parse(read_file(folder / layout.CHECKPOINT)).text)
    _check_manifest(manifest, checkpoint, checkpoint.size, result)
    check = _EntryCheck(manifest, result)
    with TileReader(reader(source), local=True) as files:
        entries = read_entries(files, checkpoint.size, lambda done, total: None)
        check_table(folder, check.collect(entries, Filters()), manifest.program, result)
        if not result.findings:
            result.confirmed.append(f"{table.FILE} matches the entries")
        check_announcement(manifest, check.announcement, result)
        AnchorCheck(folder, checkpoint, Prover(files, checkpoint), keys, tsa).run(check.listed, result, whole=True)
    result.unchecked += [_ORIGIN, _INFORMATIVE]
    result.finish(
        "VERIFIED: the table and the dated checkpoints match this log.",
        "DOES NOT VERIFY: the log's own files verify, but files made from them were changed",
    )


def _check_manifest(manifest: Manifest, checkpoint: Checkpoint, entries: int, result: CheckResult) -> None:
    """Compares the manifest with the checkpoint and the number of entries."""
    if differing := manifest.differing_fields(checkpoint):
        result.find(manifest_file.FILE, None, f"it is of another checkpoint than the one here ({', '.join(differing)})")
    if manifest.entries != entries:
        result.find(manifest_file.FILE, None, f"the export had {manifest.entries} entries, but {entries} are here")


def _describe(filters: Filters) -> str:
    parts = [
        f"about {' or '.join(filters.subjects)}" if filters.subjects else "",
        f"by {filters.actor}" if filters.actor else "",
        f"from {filters.since:%Y-%m-%d %H:%M:%S %Z} on" if filters.since else "",
        f"before {filters.until:%Y-%m-%d %H:%M:%S %Z}" if filters.until else "",
    ]
    return "entries " + ", ".join(filter(None, parts))


def _list_indexes(folder: Path, result: CheckResult) -> list[int]:
    """Lists the entries of which the folder has files, sorted; reports other files."""
    found: set[int] = set()
    for name in ("entries", "proofs"):
        for file in sorted((folder / name).iterdir()) if (folder / name).is_dir() else ():
            if file.name.startswith("."):
                continue
            path = f"{name}/{file.name}"
            index = selection.index_of(path)
            if index is None:
                result.find(path, None, "a selection has no such file")
            else:
                found.add(index)
    return sorted(found)
