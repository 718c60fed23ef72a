"""Some entries of a log, each with its proof (C2SP tlog-proof), in files that verify without the log.

Beside the signed `checkpoint` lie `entries/<index>.json`, `proofs/<index>.tlog-proof`, and the hash tiles that the proofs were
made of. It shows that each entry is in the log as it stands there. That nothing else should have been selected, only the
whole log can show.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import Malformed, Span, split_hashes
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import NotProven, ProofFile, verify_inclusion
from amanah.tlog.tile_reader import Files, Missing
from amanah.tlog.verify.report import Finding

_file = re.compile(r"(?:entries/(?P<entry>[0-9]{9,19})\.json|proofs/(?P<proof>[0-9]{9,19})\.tlog-proof)")
_REMEMBERED = 512


def entry_path(index: int) -> str:
    """Where an entry's bytes lie."""
    return f"entries/{index:09}.json"


def proof_path(index: int) -> str:
    """Where its proof lies."""
    return f"proofs/{index:09}.tlog-proof"


def index_of(path: str) -> int | None:
    """The entry that a file is of; None for any other name."""
    found = _file.fullmatch(path)
    if found is None:
        return None
    index = int(found["entry"] or found["proof"])
    return index if path in (entry_path(index), proof_path(index)) else None


class Prover:
    """Makes proofs under a checkpoint from the log's hash tiles; of these a few are remembered.

    Raises Missing or Malformed when a tile is not there or has another size. A proof that it makes is not yet verified.
    """

    def __init__(self, files: Files, checkpoint: Checkpoint) -> None:
        self._files = files
        self._checkpoint = checkpoint
        self._tiles: dict[Span, tuple[bytes, ...]] = {}

    def inclusion(self, index: int) -> list[bytes]:
        """That entry `index` is in the log; raises ValueError when the log is shorter."""
        return self._make(proofs.inclusion_leaves(index, self._checkpoint.size))

    def consistency(self, old: int) -> list[bytes]:
        """That the log begins with its first `old` entries, 0 < old."""
        return self._make(proofs.consistency_leaves(old, self._checkpoint.size))

    def _make(self, path: Iterable[proofs.Leaves]) -> list[bytes]:
        return proofs.make(path, lambda node: node.root_in(self._tile(node.tile(self._checkpoint.size))))

    def _tile(self, span: Span) -> tuple[bytes, ...]:
        if span not in self._tiles:
            data = self._files.tile(span)
            if data is None:
                raise Missing(span.path)
            if len(self._tiles) >= _REMEMBERED:
                self._tiles.clear()
            self._tiles[span] = split_hashes(data, span.width)
        return self._tiles[span]


def check(
    files: Files, checkpoint: Checkpoint, note: str, indexes: Iterable[int], found: Callable[[Finding], None]
) -> Iterator[tuple[int, bytes]]:
    """Check entries of a selection, and give each that is there; `found` is told what does not hold.

    `checkpoint` is that of `note`, whose signatures were verified.
    """
    prover = Prover(files, checkpoint)
    for index in indexes:
        entry, proof = files.read(entry_path(index)), files.read(proof_path(index))
        if entry is None:
            found(Finding(entry_path(index), index, f"entry {index} is missing"))
            continue
        if proof is None:
            found(Finding(proof_path(index), index, f"the proof of entry {index} is missing"))
        else:
            try:
                _verify(prover, checkpoint, note, index, entry, proof)
            except (Malformed, NotProven, Missing) as error:
                found(Finding(proof_path(index), index, f"entry {index} is not proven: {error}"))
        yield index, entry


def _verify(prover: Prover, checkpoint: Checkpoint, note: str, index: int, entry: bytes, proof: bytes) -> None:
    """Raises NotProven or Malformed unless proof and tiles show the entry under the checkpoint, Missing without a tile."""
    try:
        held = ProofFile.parse(proof.decode())
    except UnicodeDecodeError:
        raise Malformed("a proof file is UTF-8") from None
    if held.index != index or held.checkpoint != note:
        raise NotProven("the proof is of another index, or under another checkpoint")
    verify_inclusion(index, checkpoint.size, leaf_hash(entry), held.proof, checkpoint.root)
    if tuple(prover.inclusion(index)) != held.proof:
        raise NotProven("the tiles lead to another proof")
