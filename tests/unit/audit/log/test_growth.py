import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.layout import Tile
from amanah.tlog.merkle import EMPTY_ROOT
from amanah.tlog.verify import verify_log
from services.audit.alarms.rules import LogBroken
from services.audit.log.rules import full_bundles_end, grow, next_size, replaced_partials

SIGNER = Signer("log.example", bytes(32))
EMPTY = Checkpoint(SIGNER.name, 0, EMPTY_ROOT)
ENTRIES = [b'{"entry":%d}' % i for i in range(6000)]


def above(files: dict[str, bytes], size: int) -> list[Tile]:
    return [
        Tile(s.level, s.number, layout.split_hashes(files[s.path], s.width))
        for s in layout.partial_spans(size)
        if s.level > 0
    ]


def step(files: dict[str, bytes], head: Checkpoint, end: int) -> Checkpoint:
    growth = grow(head, above(files, head.size), ENTRIES[full_bundles_end(head.size) : end])
    files.update(growth.files)
    files["checkpoint"] = growth.head.signed(SIGNER).encode()
    return growth.head


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_every_published_size_stays_verifiable(steps: list[int]) -> None:
    files: dict[str, bytes] = {}
    head = EMPTY
    heads = []
    for more in steps:
        head = step(files, head, head.size + more)
        heads.append(head)
    for earlier in heads:
        then = files | {"checkpoint": earlier.signed(SIGNER).encode()}
        assert verify_log(then.__getitem__, SIGNER.verifier).verified
        assert verify_log(files.__getitem__, SIGNER.verifier, earlier=earlier).verified


def test_growing_twice_gives_the_same_files() -> None:
    files: dict[str, bytes] = {}
    head = step(files, EMPTY, 300)
    first = grow(head, above(files, 300), ENTRIES[256:900])
    assert grow(head, above(files | first.files, 300), ENTRIES[256:900]) == first


@given(st.integers(1, 600), st.data())
@settings(max_examples=30, deadline=None)
def test_nothing_is_signed_over_a_changed_past(size: int, data: st.DataObject) -> None:
    files: dict[str, bytes] = {}
    head = step(files, EMPTY, size)
    entries = ENTRIES[full_bundles_end(size) : size + 10]
    if size % 256:
        changed = list(entries)
        changed[data.draw(st.integers(0, size % 256 - 1))] = b"forged"
        with pytest.raises(LogBroken):
            grow(head, above(files, size), changed)
    for tile in above(files, size):
        forged = [Tile(tile.level, tile.number, (bytes(32), *tile.hashes[1:]))]
        with pytest.raises(LogBroken):
            grow(head, forged, entries)
    with pytest.raises(LogBroken):
        grow(Checkpoint(head.origin, size, bytes(32)), above(files, size), entries)
    if size % 256:
        with pytest.raises(LogBroken):
            grow(head, above(files, size), entries[: size % 256 - 1])


@pytest.mark.parametrize(
    ("head", "stored", "end"), [(0, 0, 0), (0, 10, 10), (10, 2048, 2048), (10, 9000, 2048), (300, 9000, 2304)]
)
def test_a_step_takes_a_few_tiles_and_ends_at_a_full_one(head: int, stored: int, end: int) -> None:
    assert next_size(head, stored) == end


@pytest.mark.parametrize("bundles", [1, 255, 256, 257, 512, 600])
def test_partials_are_outgrown_when_their_tile_is_full_and_each_once(bundles: int) -> None:
    told = [prefix for bundle in range(bundles) for prefix in replaced_partials(bundle)]
    full = [path for path in layout.paths(bundles * layout.WIDTH) if ".p/" not in path]
    assert sorted(told) == sorted(f"{path}.p/" for path in full)
