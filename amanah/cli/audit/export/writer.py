"""Writer of an export: a copy of the whole log, or a selection of entries with their proofs, and the files made of them."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from amanah.cli.audit.export import readme, summary
from amanah.cli.audit.export.entries import EntryCounts, Filters, LogEntry
from amanah.cli.audit.export.log_files import (
    Anchor,
    AnchorList,
    Progress,
    copy_log,
    read_anchors,
    read_entries,
    through_folder,
    write_file,
)
from amanah.cli.audit.export.manifest import ExportHead, write_manifest
from amanah.cli.audit.export.table import Table
from amanah.cli.audit.sources import listing, reader
from amanah.tlog import layout
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.proofs import NotProven, ProofFile, verify_consistency, verify_inclusion
from amanah.tlog.selection import Prover, entry_path, proof_path
from amanah.tlog.tile_reader import TileReader
from amanah.tlog.verify import Fetch


@dataclass(frozen=True)
class Writer:
    """Writes an export of the log that `fetch` reads, under `head`. `progress` opens a progress bar with a title."""

    fetch: Fetch
    head: ExportHead
    filters: Filters
    progress: Callable[[str], AbstractContextManager[Progress]]

    @property
    def _log(self) -> TileReader:
        return TileReader(self.fetch, local=listing(self.head.url) is not None)

    def copy(self, folder: Path) -> str:
        """Copies the whole log into the folder, and adds the table and the anchors; returns a summary."""
        size = self.head.checkpoint.size
        with self._log as files, self.progress("Copying") as bar:
            copied = copy_log(files, folder, size, bar)
        counts, listed = EntryCounts(), AnchorList()
        with (
            TileReader(reader(str(folder)), local=True) as files,
            Table(folder) as table,
            self.progress("Listing") as bar,
        ):
            for entry in read_entries(files, size, bar):
                listed.add(entry)
                table.add(entry)
                counts.add(entry)
        with TileReader(through_folder(self.fetch, folder), local=True) as files:
            anchors, missing = read_anchors(files, listed)
        self._finish(counts, anchors, missing, folder)
        return f"{size} entries are in {folder} ({copied} new files)."

    def select(self, folder: Path) -> str:
        """Writes the matching entries with their proofs into a new folder, all or nothing; returns a summary."""
        checkpoint = self.head.checkpoint
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
            draft = Path(place) / "draft"
            with (
                self._log as files,
                TileReader(through_folder(self.fetch, draft), local=True) as saved,
                self.progress("Reading") as bar,
            ):
                prover = Prover(saved, checkpoint)
                counts, listed = self._write_entries(read_entries(files, checkpoint.size, bar), prover, draft)
                anchors, missing = read_anchors(saved, listed)
                self._prove_anchors(anchors, prover)
            self._finish(counts, anchors, missing, draft)
            draft.replace(folder)
        announced = self.head.announcement is not None
        nothing = f" No entry{' but the announcement' if announced else ''} matches. Check the ids and times."
        return f"{counts.entries} of {checkpoint.size} entries are in {folder}.{'' if counts.entries > announced else nothing}"

    def _write_entries(
        self, entries: Iterable[LogEntry], prover: Prover, folder: Path
    ) -> tuple[EntryCounts, AnchorList]:
        """Writes the matching entries and the announcement, each with a verified proof, and the table.

        `entries` are all of the log: together they must have its root, so that no matching entry was withheld. Raises
        NotProven, and what the prover raises.
        """
        counts, listed, checkpoint, edge = EntryCounts(), AnchorList(), self.head.checkpoint, RightEdge()
        with Table(folder) as table:
            for entry in entries:
                leaf = leaf_hash(entry.leaf)
                edge.extend((leaf,))
                listed.add(entry)
                if not self.filters.match(entry) and entry.index != self.head.announcement_index:
                    continue
                proof = prover.inclusion(entry.index)
                verify_inclusion(entry.index, checkpoint.size, leaf, proof, checkpoint.root)
                file = ProofFile(entry.index, tuple(proof), self.head.data.decode())
                write_file(folder / entry_path(entry.index), entry.leaf)
                write_file(folder / proof_path(entry.index), str(file).encode())
                table.add(entry)
                counts.add(entry)
        if edge.root() != checkpoint.root:
            raise NotProven("the entries served do not have the signed root")
        return counts, listed

    def _prove_anchors(self, anchors: Iterable[Anchor], prover: Prover) -> None:
        """Verifies that the log continues every anchor, and so saves the tiles that prove it. Raises NotProven."""
        size, root = self.head.checkpoint.size, self.head.checkpoint.root
        for anchor in anchors:
            old = anchor.checkpoint
            proof = prover.consistency(old.size) if 0 < old.size <= size else []
            verify_consistency(old.size, old.root, size, root, proof)

    def _finish(self, counts: EntryCounts, anchors: list[Anchor], missing: list[str], folder: Path) -> None:
        """Writes manifest, README and summary, and last the checkpoint, which makes the folder an export."""
        if missing:
            typer.echo(f"Not served yet, and left out: {', '.join(missing)}", err=True)
        head, filters = self.head, self.filters
        write_manifest(folder, head, filters, counts.entries)
        write_file(folder / readme.FILE, readme.render(head, filters, counts.entries).encode())
        write_file(folder / summary.FILE, summary.render(head, filters, counts, anchors))
        write_file(folder / layout.CHECKPOINT, head.data)
