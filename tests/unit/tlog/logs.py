"""A small log, served from a dictionary."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.verify import Fetch, Missing

Files = dict[str, bytes]
Read = Callable[[Files], Fetch]

SIGNER = Signer("log.example/audit", bytes(range(32)))
WITNESS = Signer("witness.example/w", bytes([9] * 32))


class Serve(Protocol):
    """Returns the files of a log of these entries, by path; it was published at each of the `sizes`, and at its end."""

    def __call__(self, entries: Sequence[bytes], sizes: Sequence[int] = (), *, cosigned: bool = False) -> Files: ...


def numbered(count: int) -> list[bytes]:
    return [b'{"entry":%d}' % i for i in range(count)]


def write_files(folder: Path, files: Files) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def signer() -> Signer:
    return SIGNER


@pytest.fixture(scope="session")
def witness() -> Signer:
    return WITNESS


@pytest.fixture(scope="session")
def serve(signer: Signer, witness: Signer) -> Serve:
    def build(entries: Sequence[bytes], sizes: Sequence[int] = (), *, cosigned: bool = False) -> Files:
        files: Files = {}
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
def reader() -> Read:
    def read(files: Files) -> Fetch:
        def fetch(path: str) -> bytes:
            try:
                return files[path]
            except KeyError:
                raise Missing(path) from None

        return fetch

    return read
