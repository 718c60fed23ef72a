"""That a log only grew: it begins with the entries of every checkpoint that was seen earlier."""

from collections.abc import Callable, Iterable, Sequence

from amanah.tlog import layout, proofs
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import Span
from amanah.tlog.merkle import EMPTY_ROOT
from amanah.tlog.proofs import NotProven, verify_consistency
from amanah.tlog.verify.report import Report


def reached(kept: Iterable[Checkpoint], size: int, report: Report) -> list[Checkpoint]:
    """Those of the kept checkpoints that a log of `size` entries can continue; that it lacks entries of others is told."""
    found = []
    for each in kept:
        if each.size <= size:
            found.append(each)
        else:
            message = f"the log has {size} entries, fewer than the {each.size} of the checkpoint you kept"
            report.find(layout.CHECKPOINT, size, message)
    return found


def tiles(kept: Iterable[Checkpoint], size: int) -> set[Span]:
    """The tiles from which it can be told whether a log of `size` entries continues these."""
    return {
        span
        for each in kept
        if each.size > 0
        for span in proofs.tiles(proofs.consistency_leaves(each.size, size), size)
    }


def compare(
    kept: Iterable[Checkpoint], size: int, root: bytes, hashes: Callable[[Span], Sequence[bytes]], report: Report
) -> None:
    """Hold the tree of `size` entries under `root` against each kept checkpoint, by a consistency proof (RFC 6962 2.1.2).

    `hashes` gives those of a tile, and raises LookupError when it is lost.
    """
    for each in kept:
        try:
            _prove(each, size, root, hashes)
        except NotProven:
            message = f"the first {each.size} entries are not those of the checkpoint you kept"
            report.find(layout.CHECKPOINT, None, message)
        except LookupError as error:
            message = f"without {error} it cannot be told whether the log continues the checkpoint you kept"
            report.find(layout.CHECKPOINT, None, message)
        else:
            report.continues.append(each.size)


def _prove(kept: Checkpoint, size: int, root: bytes, hashes: Callable[[Span], Sequence[bytes]]) -> None:
    if kept.size == 0:
        if kept.root != EMPTY_ROOT:
            raise NotProven("the empty tree has another root")
        return
    path = proofs.consistency_leaves(kept.size, size)
    proof = proofs.make(path, proofs.read_from(hashes, size))
    verify_consistency(kept.size, kept.root, size, root, proof)
