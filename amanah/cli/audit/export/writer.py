"""Entries that were asked for, with what proves them."""

from collections.abc import Iterable
from pathlib import Path

from amanah.cli.audit.export.anchoring import Anchor, Listed
from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.export.log_files import write
from amanah.cli.audit.export.manifest import Head
from amanah.cli.audit.export.table import Table
from amanah.cli.audit.export.tally import Tally
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.proofs import NotProven, ProofFile, verify_consistency, verify_inclusion
from amanah.tlog.selection import Prover, entry_path, proof_path


def select(
    entries: Iterable[Entry], filters: Filters, prover: Prover, head: Head, folder: Path
) -> tuple[Tally, Listed]:
    """Writes the entries that fit, and the export's announcement, with their proofs and the table. No entry is written that
    the log does not prove.

    `entries` are all of the log: hashed together they must have its root, so that none that fits was kept back.
    Raises NotProven, and what the prover raises.
    """
    tally, listed, checkpoint, edge = Tally(), Listed(), head.checkpoint, RightEdge()
    with Table(folder) as table:
        for entry in entries:
            leaf = leaf_hash(entry.leaf)
            edge.extend((leaf,))
            listed.add(entry)
            if not filters.fits(entry) and entry.index != head.announced:
                continue
            proof = prover.inclusion(entry.index)
            verify_inclusion(entry.index, checkpoint.size, leaf, proof, checkpoint.root)
            write(folder / entry_path(entry.index), entry.leaf)
            write(
                folder / proof_path(entry.index), str(ProofFile(entry.index, tuple(proof), head.data.decode())).encode()
            )
            table.add(entry)
            tally.add(entry)
    if edge.root() != checkpoint.root:
        raise NotProven("the entries served are not those that were signed")
    return tally, listed


def continue_from(anchors: Iterable[Anchor], prover: Prover, head: Head) -> None:
    """That the log continues every anchor; the tiles that show it are kept. Raises NotProven."""
    checkpoint = head.checkpoint
    for anchor in anchors:
        old = anchor.checkpoint
        proof = prover.consistency(old.size) if 0 < old.size <= checkpoint.size else []
        verify_consistency(old.size, old.root, checkpoint.size, checkpoint.root, proof)
