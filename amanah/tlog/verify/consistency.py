"""Check that a log is append-only: it must begin with the entries of every checkpoint seen earlier."""

from collections.abc import Callable, Iterable, Sequence

from amanah.tlog import layout, proofs
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import Span
from amanah.tlog.merkle import EMPTY_ROOT
from amanah.tlog.proofs import NotProven, verify_consistency
from amanah.tlog.verify.report import VerificationReport


def reachable(earlier: Iterable[Checkpoint], size: int, report: VerificationReport) -> list[Checkpoint]:
    """Returns the checkpoints that a log of `size` entries can continue; reports the larger ones as findings."""
    found = []
    for each in earlier:
        if each.size <= size:
            found.append(each)
        else:
            message = f"the log has {size} entries, fewer than the {each.size} of the earlier checkpoint"
            report.add(layout.CHECKPOINT, size, message)
    return found


def required_tiles(earlier: Iterable[Checkpoint], size: int) -> set[Span]:
    """Returns the tiles of a log of `size` entries from which the consistency proofs are built."""
    return {
        span
        for each in earlier
        if each.size > 0
        for span in proofs.required_tiles(proofs.consistency_path(each.size, size), size)
    }


def check(
    earlier: Iterable[Checkpoint],
    size: int,
    root: bytes,
    hashes: Callable[[Span], Sequence[bytes]],
    report: VerificationReport,
) -> None:
    """Checks by consistency proofs that the tree of `size` entries under `root` continues each checkpoint (RFC 6962 2.1.2).

    `hashes` returns those of a tile, and raises LookupError when it is missing.
    """
    for each in earlier:
        try:
            _verify(each, size, root, hashes)
        except NotProven:
            message = f"the first {each.size} entries are not those of the earlier checkpoint"
            report.add(layout.CHECKPOINT, None, message)
        except LookupError as error:
            message = f"{error} is missing, so consistency with the earlier checkpoint cannot be checked"
            report.add(layout.CHECKPOINT, None, message)
        else:
            report.continued_sizes.append(each.size)


def _verify(earlier: Checkpoint, size: int, root: bytes, hashes: Callable[[Span], Sequence[bytes]]) -> None:
    if earlier.size == 0:
        if earlier.root != EMPTY_ROOT:
            raise NotProven("the root is not that of the empty tree")
        return
    path = proofs.consistency_path(earlier.size, size)
    proof = proofs.build(path, proofs.node_reader(hashes, size))
    verify_consistency(earlier.size, earlier.root, size, root, proof)
