"""A small log, served from a dictionary."""

from collections.abc import Callable, Sequence

import pytest

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.verify import Fetch, Missing

Serve = Callable[[Sequence[bytes]], dict[str, bytes]]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("log.example/audit", bytes(range(32)))


@pytest.fixture(scope="session")
def serve(signer: Signer) -> Serve:
    """Everything that a log of these entries serves, by path."""

    def build(entries: Sequence[bytes]) -> dict[str, bytes]:
        edge = RightEdge()
        tiles = edge.extend(map(leaf_hash, entries)) + edge.partials()
        files = {tile.span.path: tile.data for tile in tiles}
        for span in layout.level_spans(0, len(entries)):
            files[span.bundle] = layout.encode_bundle(entries[span.first : span.first + span.width])
        files["checkpoint"] = Checkpoint(signer.name, len(entries), edge.root()).signed(signer).encode()
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
