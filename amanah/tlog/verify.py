"""The outsider's check of a whole log, with the log's public key and nothing of whoever runs it.

Every leaf is hashed again from the served entries, every tile and the root are built again from the leaves and held
against what is served and signed. Tiles come and go one by one: memory does not grow with the log.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import HASH_BYTES, Malformed, Span, Tile
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.proofs import NotProven, ProofFile, verify_inclusion

Fetch = Callable[[str], bytes]
"""Reads a path of the log, from several threads at once. Raises Missing when nothing is there."""
Progress = Callable[[int, int], None]

_READERS = 8
_AHEAD = 32


class Missing(LookupError):
    """The log does not serve this path."""


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: the file it shows in, and the first entry it concerns where that is known."""

    path: str
    index: int | None
    message: str


@dataclass
class Report:
    """What was checked, and what did not hold."""

    key: str
    origin: str = ""
    size: int = 0
    root: bytes = b""
    entries: int = 0
    tiles: int = 0
    witnesses: tuple[str, ...] = ()
    unknown_signatures: int = 0
    continues: int | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """Whether everything holds."""
        return not self.findings

    @property
    def first_index(self) -> int | None:
        """The first entry that differs; None when nothing does, or when it cannot be told."""
        return min((f.index for f in self.findings if f.index is not None), default=None)


def verify_log(
    fetch: Fetch,
    key: Verifier,
    *,
    kept: Checkpoint | None = None,
    witnesses: Iterable[Verifier] = (),
    progress: Progress | None = None,
) -> Report:
    """Check the whole log that `fetch` reads; `kept` is a checkpoint that the auditor saw earlier.

    What does not hold is in the report's findings. Raises Missing when there is not even a checkpoint, and whatever
    `fetch` raises besides Missing.
    """
    report = Report(str(key))
    try:
        checkpoint, note = open_checkpoint(fetch(layout.CHECKPOINT), key, witnesses)
    except (Malformed, NotSigned) as error:
        report.findings.append(Finding(layout.CHECKPOINT, None, str(error)))
        return report
    known = {(w.name, w.key_id) for w in witnesses}
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root
    report.witnesses = tuple(s.name for s in note.signatures if (s.name, s.key_id) in known)
    report.unknown_signatures = len(note.signatures) - len(report.witnesses) - 1
    _Walk(fetch, report, kept, progress).run(checkpoint)
    return report


class _Walk:
    """One pass over the entries from left to right, with the tree's right edge beside it."""

    def __init__(self, fetch: Fetch, report: Report, kept: Checkpoint | None, progress: Progress | None) -> None:
        self.fetch = fetch
        self.report = report
        self.kept = kept
        self.progress = progress
        self.edge = RightEdge()

    def run(self, checkpoint: Checkpoint) -> None:
        self._compare_kept(0)
        spans = layout.level_spans(0, checkpoint.size)
        served = _read_ahead(
            self.fetch, (path for s in layout.level_spans(0, checkpoint.size) for path in (s.bundle, s.path))
        )
        for span in spans:
            leaves = self._leaves(span, next(served), next(served))
            if leaves is None:
                return
            for tile in self._extend(leaves):
                if tile.level > 0:
                    self._compare_above(tile)
            if self.progress:
                self.progress(self.edge.size, checkpoint.size)
        for tile in self.edge.partials():
            if tile.level > 0:
                self._compare_above(tile)
        self._compare_root(checkpoint)

    def _find(self, path: str, index: int | None, message: str) -> None:
        self.report.findings.append(Finding(path, index, message))

    def _leaves(self, span: Span, bundle: bytes | None, tile: bytes | None) -> Sequence[bytes] | None:
        """The leaf hashes under `span`: from its entries, or from its tile when the entries are lost; None without both."""
        whole = bundle is not None
        leaves: list[bytes] = []
        if bundle is None:
            self._find(span.bundle, span.first, f"{span.bundle} is missing")
        else:
            try:
                leaves.extend(map(leaf_hash, layout.read_bundle(bundle)))
            except Malformed:
                whole = False
            whole = whole and len(leaves) == span.width
        if tile is None:
            self._find(span.path, span.first, f"{span.path} is missing")
            if bundle is not None and not whole:
                self._find(span.bundle, span.first + len(leaves), f"{span.bundle} does not hold {span.width} entries")
            return leaves if whole else None
        hashes = _chunks(tile)
        self.report.tiles += 1
        if bundle is not None:
            self.report.entries += span.width
            at = _first_difference(leaves, hashes)
            if at is not None:
                index = span.first + at
                self._find(span.bundle, index, f"entry {index} in {span.bundle} and its hash in {span.path} differ")
        if whole:
            return leaves
        return hashes if len(tile) == span.width * HASH_BYTES else None

    def _extend(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Append, stopping at the size of the kept checkpoint to compare its root."""
        before = self.edge.size
        if self.kept is None or not before < self.kept.size <= before + len(leaves):
            return self.edge.extend(leaves)
        cut = self.kept.size - before
        full = self.edge.extend(leaves[:cut])
        self._compare_kept(self.kept.size)
        return full + self.edge.extend(leaves[cut:])

    def _compare_above(self, tile: Tile) -> None:
        """Hold a tile of hashes over tiles against the served one; what a finding below explains is not told again."""
        span = tile.span
        try:
            served = self.fetch(span.path)
        except Missing:
            self._find(span.path, span.first, f"{span.path} is missing")
            return
        self.report.tiles += 1
        at = _first_difference(tile.hashes, _chunks(served))
        if at is None:
            return
        leaves = 1 << (8 * tile.level)
        first = span.first + at * leaves
        if not any(f.index is not None and first <= f.index < first + leaves for f in self.report.findings):
            self._find(span.path, first, f"{span.path} is not built over the entries from {first} on")

    def _compare_kept(self, size: int) -> None:
        if self.kept is None or self.kept.size != size:
            return
        if self.edge.root() == self.kept.root:
            self.report.continues = size
        else:
            self._find(layout.CHECKPOINT, None, f"the first {size} entries are not those of the checkpoint you kept")

    def _compare_root(self, checkpoint: Checkpoint) -> None:
        if self.edge.root() != checkpoint.root:
            self._find(layout.CHECKPOINT, None, f"the {checkpoint.size} entries served are not those that were signed")
        if self.kept is not None and self.kept.size > checkpoint.size:
            message = (
                f"the log has {checkpoint.size} entries, fewer than the {self.kept.size} of the checkpoint you kept"
            )
            self._find(layout.CHECKPOINT, checkpoint.size, message)


def _chunks(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _first_difference(ours: Sequence[bytes], served: Sequence[bytes]) -> int | None:
    for at, (own, other) in enumerate(zip(ours, served, strict=False)):
        if own != other:
            return at
    return None if len(ours) == len(served) else min(len(ours), len(served))


def _read_ahead(fetch: Fetch, paths: Iterable[str]) -> Iterator[bytes | None]:
    """What `fetch` reads, in order, a few reads ahead; None where it is missing."""

    def read(path: str) -> bytes | None:
        try:
            return fetch(path)
        except Missing:
            return None

    with ThreadPoolExecutor(_READERS) as pool:
        pending: deque[Future[bytes | None]] = deque()
        try:
            for path in paths:
                pending.append(pool.submit(read, path))
                if len(pending) >= _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for left in pending:
                left.cancel()


def verify_entry(entry: bytes, proof: str, key: Verifier, witnesses: Iterable[Verifier] = ()) -> Checkpoint:
    """Check one entry with its proof file; returns the checkpoint it is under. Raises Malformed, NotSigned or NotProven."""
    held = ProofFile.parse(proof)
    checkpoint, _ = open_checkpoint(held.checkpoint, key, witnesses)
    if held.index >= checkpoint.size:
        raise NotProven(f"the checkpoint covers {checkpoint.size} entries, not entry {held.index}")
    verify_inclusion(held.index, checkpoint.size, leaf_hash(entry), held.proof, checkpoint.root)
    return checkpoint
