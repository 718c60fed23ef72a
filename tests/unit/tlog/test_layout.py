import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog import layout
from amanah.tlog.layout import Malformed, Span


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (999, 256, "tile/0/999"),
        (1000, 256, "tile/0/x001/000"),
        (1_234_067, 256, "tile/0/x001/x234/067"),
        (1_234_067, 8, "tile/0/x001/x234/067.p/8"),
    ],
)
def test_paths(number: int, width: int, path: str) -> None:
    assert layout.tile_path(0, number, width) == path
    assert layout.bundle_path(number, width) == path.replace("tile/0", "tile/entries")
    assert layout.is_path(path)
    assert layout.parse_path(path) == Span(0, number, width)
    assert layout.parse_path(path.replace("tile/0", "tile/entries")) == Span(0, number, width)


@given(st.integers(0, 63), st.integers(0, 2**55 - 1), st.integers(1, 256))
def test_a_path_reads_back_and_is_the_only_one(level: int, number: int, width: int) -> None:
    path = layout.tile_path(level, number, width)
    assert layout.parse_path(path) == Span(level, number, width)
    head, _, last = path.partition("/x") if "/x" in path else path.rpartition("/")
    assert layout.parse_path(f"{head}/x000/{'x' if '/x' in path else ''}{last}") is None


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0/0", "tile/64/000", "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/x000/000", "tile/0/x000/x001/000", "tile/0/x001/x001/x001/x001/x001/x001/000",
        "tile/0/../../etc/passwd", "tile/0/001/000", "tile/0/x001/000/", "/tile/0/000", "checkpoint\n", "tile/0/٠٠٠",
    ],
)  # fmt: skip
def test_other_paths_are_rejected(path: str) -> None:
    assert not layout.is_path(path)


def test_a_log_of_70_000_entries() -> None:
    level0 = list(layout.level_spans(0, 70_000))
    assert [s.width for s in level0] == [256] * 273 + [112]
    assert list(layout.level_spans(1, 70_000)) == [Span(1, 0, 256), Span(1, 1, 17)]
    assert list(layout.level_spans(2, 70_000)) == [Span(2, 0, 1)]
    assert [s.path for s in layout.partial_spans(70_000)] == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert len(list(layout.paths(70_000))) == 274 * 2 + 2 + 1
    with pytest.raises(ValueError, match="no tile 274"):
        layout.span(0, 274, 70_000)


def test_full_tiles_need_no_partial() -> None:
    assert [s.path for s in layout.partial_spans(256)] == ["tile/1/000.p/1"]
    assert list(layout.paths(0)) == []


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_holds_what_was_put_in(entries: list[bytes]) -> None:
    assert layout.decode_bundle(layout.encode_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.data())
def test_a_truncated_bundle_or_one_of_another_width_is_rejected(entries: list[bytes], data: st.DataObject) -> None:
    bundle = layout.encode_bundle(entries)
    cut = data.draw(st.integers(0, len(bundle) - 1))
    with pytest.raises(Malformed):
        layout.decode_bundle(bundle[:cut], len(entries))
    with pytest.raises(Malformed):
        layout.decode_bundle(bundle, len(entries) + 1)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.binary(min_size=1, max_size=3), st.data())
def test_a_bundle_holds_nothing_else_and_its_first_entries_are_a_bundle(
    entries: list[bytes], junk: bytes, data: st.DataObject
) -> None:
    bundle = layout.encode_bundle(entries)
    with pytest.raises(Malformed):
        layout.decode_bundle(bundle + junk, len(entries))
    width = data.draw(st.integers(1, len(entries)))
    assert layout.cut_bundle(bundle, width) == layout.encode_bundle(entries[:width])
    with pytest.raises(Malformed):
        layout.cut_bundle(bundle, len(entries) + 1)


def test_the_largest_entry() -> None:
    largest = bytes(65_535)
    assert layout.decode_bundle(layout.encode_bundle([largest]), 1) == [largest]
    with pytest.raises(ValueError, match="65535"):
        layout.encode_bundle([largest + b"\0"])


def test_a_tile_of_the_wrong_length_is_rejected() -> None:
    assert layout.split_hashes(bytes(64), 2) == (bytes(32), bytes(32))
    with pytest.raises(Malformed):
        layout.split_hashes(bytes(65), 2)
