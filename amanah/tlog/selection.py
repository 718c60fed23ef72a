"""Selection of a log's entries, each with its proof file (C2SP tlog-proof), which verifies without the log.

Its files are the signed `checkpoint`, `entries/<index>.json`, `proofs/<index>.tlog-proof`, and the hash tiles from which the
proofs were built. It proves that each entry is in the log. It cannot prove that it is complete: only the whole log can.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import Malformed, Span, split_hashes
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import NotProven, ProofFile, verify_inclusion
from amanah.tlog.tile_reader import Missing, TileReader
from amanah.tlog.verify.report import Finding

_file = re.compile(r"(?:entries/(?P<entry>[0-9]{9,19})\.json|proofs/(?P<proof>[0-9]{9,19})\.tlog-proof)")
_CACHED_TILES = 512


def entry_path(index: int) -> str:
    """Returns the path of an entry's file."""
    return f"entries/{index:09}.json"


def proof_path(index: int) -> str:
    """Returns the path of an entry's proof file."""
    return f"proofs/{index:09}.tlog-proof"


def index_of(path: str) -> int | None:
    """Returns the index of the entry of a file in a selection; None for any other name."""
    found = _file.fullmatch(path)
    if found is None:
        return None
    index = int(found["entry"] or found["proof"])
    return index if path in (entry_path(index), proof_path(index)) else None


class Prover:
    """Builds proofs under a checkpoint from the log's hash tiles, some of which it caches.

    Raises Missing or Malformed when a tile is missing or has the wrong size. The proofs are not verified yet.
    """

    def __init__(self, files: TileReader, checkpoint: Checkpoint) -> None:
        self._files = files
        self._checkpoint = checkpoint
        self._tiles: dict[Span, tuple[bytes, ...]] = {}

    def inclusion(self, index: int) -> list[bytes]:
        """Builds the inclusion proof of entry `index`. Raises ValueError when the log is shorter."""
        return self._build(proofs.inclusion_path(index, self._checkpoint.size))

    def consistency(self, old: int) -> list[bytes]:
        """Builds the consistency proof from size `old`, 0 < old."""
        return self._build(proofs.consistency_path(old, self._checkpoint.size))

    def _build(self, path: Iterable[proofs.Subtree]) -> list[bytes]:
        return proofs.build(path, lambda node: node.root_in(self._tile(node.tile(self._checkpoint.size))))

    def _tile(self, span: Span) -> tuple[bytes, ...]:
        if span not in self._tiles:
            data = self._files.tile(span)
            if data is None:
                raise Missing(span.path)
            if len(self._tiles) >= _CACHED_TILES:
                self._tiles.clear()
            self._tiles[span] = split_hashes(data, span.width)
        return self._tiles[span]


def verify_selection(
    files: TileReader, checkpoint: Checkpoint, note: str, indexes: Iterable[int], report: Callable[[Finding], None]
) -> Iterator[tuple[int, bytes]]:
    """Verifies entries of a selection and yields each that is there; calls `report` with every finding.

    `checkpoint` is that of `note`, whose signatures are verified already.
    """
    prover = Prover(files, checkpoint)
    for index in indexes:
        entry, proof = files.read(entry_path(index)), files.read(proof_path(index))
        if entry is None:
            report(Finding(entry_path(index), index, f"entry {index} is missing"))
            continue
        if proof is None:
            report(Finding(proof_path(index), index, f"the proof of entry {index} is missing"))
        else:
            try:
                _verify(prover, checkpoint, note, index, entry, proof)
            except (Malformed, NotProven, Missing) as error:
                report(Finding(proof_path(index), index, f"the proof of entry {index} does not verify: {error}"))
        yield index, entry


def _verify(prover: Prover, checkpoint: Checkpoint, note: str, index: int, entry: bytes, proof: bytes) -> None:
    """Verifies one entry by its proof file and by the tiles. Raises NotProven, Malformed, or Missing without a tile."""
    try:
        file = ProofFile.parse(proof.decode())
    except UnicodeDecodeError:
        raise Malformed("a proof file must be UTF-8") from None
    if file.index != index or file.checkpoint != note:
        raise NotProven("the proof file has another index or another checkpoint")
    verify_inclusion(index, checkpoint.size, leaf_hash(entry), file.proof, checkpoint.root)
    if tuple(prover.inclusion(index)) != file.proof:
        raise NotProven("the proof built from the tiles is different")
