"""A small log, served from a dictionary."""

from collections.abc import Callable, Sequence

import pytest

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.verify import Fetch, Missing

Serve = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("log.example/audit", bytes(range(32)))


@pytest.fixture(scope="session")
def witness() -> Signer:
    return Signer("witness.example/w", bytes([9] * 32))


@pytest.fixture(scope="session")
def serve(signer: Signer, witness: Signer) -> Serve:
    """Everything that a log of these entries serves, by path; it was published at each of the `sizes`, and at its end."""

    def build(entries: Sequence[bytes], sizes: Sequence[int] = (), *, cosigned: bool = False) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        edge = RightEdge()
        for size in (*sizes, len(entries)):
            tiles = edge.extend(map(leaf_hash, entries[edge.size : size])) + edge.partials()
            files |= {tile.span.path: tile.data for tile in tiles}
            for span in layout.level_spans(0, size):
                files[span.bundle] = layout.encode_bundle(entries[span.first : span.first + span.width])
        head = Checkpoint(signer.name, len(entries), edge.root())
        cosignature = witness.cosign(head.text, 1_700_000_000) if cosigned else ""
        files["checkpoint"] = (head.signed(signer) + cosignature).encode()
        return files

    return build


@pytest.fixture(scope="session")
def reader() -> Callable[[dict[str, bytes]], Fetch]:
    def read(files: dict[str, bytes]) -> Fetch:
        def fetch(path: str) -> bytes:
            try:
                return files[path]
            except KeyError:
                raise Missing(path) from None

        return fetch

    return read
