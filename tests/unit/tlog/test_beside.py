"""What lies beside the files that the newest checkpoint needs."""

from collections.abc import Callable

import pytest

from amanah.tlog import layout
from amanah.tlog.checkpoint import Signer
from amanah.tlog.verify import VerificationReport, verify_log

Files = dict[str, bytes]
Serve = Callable[..., Files]

KEY = Signer("log.example/audit", bytes(range(32))).verifier


def entries(count: int) -> list[bytes]:
    return [b'{"entry":%d}' % i for i in range(count)]


def copy(files: Files) -> VerificationReport:
    return verify_log(files.__getitem__, KEY, listing=lambda: [path for path in files if path != "checkpoint"])


def url(files: Files) -> VerificationReport:
    return verify_log(files.__getitem__, KEY)


def flipped(files: Files, path: str, at: int) -> Files:
    data = files[path]
    return files | {path: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]}


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/0/001.p/1"])
def test_partials_of_the_last_tile_are_read_of_an_address_too(serve: Serve, path: str) -> None:
    files = serve(entries(320), [100, 257, 300])
    assert url(files).verified
    assert url(files).earlier_files == 4
    for check in (url, copy):
        report = check(flipped(files, path, len(files[path]) - 1))
        assert [(finding.path, finding.index) for finding in report.findings] == [
            (path, 256 if path.endswith("/1") else 299)
        ]


def test_partials_of_a_higher_level_are_read(serve: Serve) -> None:
    files = serve(entries(1500), [600, 1000])
    assert url(flipped(files, "tile/1/000.p/3", 70)).first_index == 512
    assert url(files).earlier_files == 2


def test_partials_of_full_tiles_are_read_in_a_copy(serve: Serve) -> None:
    files = serve(entries(320), [100, 300])
    broken = flipped(files, "tile/0/000.p/100", 64)
    assert url(broken).verified
    assert copy(broken).first_index == 2
    assert not copy(files | {"tile/0/000.p/100": files["tile/0/000.p/100"][:-1]}).verified


def test_a_full_tile_may_stand_for_the_partial(serve: Serve) -> None:
    """C2SP tlog-tiles: partials may go once the full tile is there."""
    files = serve(entries(600), [500]) | {"checkpoint": serve(entries(500))["checkpoint"]}
    del files["tile/0/001.p/244"], files["tile/entries/001.p/244"]
    for check in (url, copy):
        assert check(files).verified
        assert check(flipped(files, "tile/0/001", 0)).first_index == 256
        assert check(flipped(files, "tile/entries/001", 9)).first_index == 256


def beyond(serve: Serve) -> Files:
    """A copy taken while the log grew from 300 to 600: the files of the next head are there, its checkpoint is not."""
    return serve(entries(600), [300]) | {"checkpoint": serve(entries(300))["checkpoint"]}


def test_what_lies_beyond_the_checkpoint_is_told(serve: Serve) -> None:
    report = copy(beyond(serve))
    assert report.verified
    assert sorted(report.beyond_checkpoint) == [
        "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("tile/0/001", 0),
        ("tile/entries/001", 9),
        ("tile/0/001", 8000),
        ("tile/0/002.p/88", 0),
        ("tile/entries/002.p/88", 9),
        ("tile/1/000.p/2", 0),
        ("tile/1/000.p/2", 33),
    ],
)
def test_what_lies_beyond_must_agree_with_all_that_is_there(serve: Serve, path: str, at: int) -> None:
    assert not copy(flipped(beyond(serve), path, at)).verified


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(64)])
def test_what_lies_beyond_must_be_well_formed(serve: Serve, data: bytes) -> None:
    files = serve(entries(300))
    assert not copy(files | {"tile/0/007.p/1": data}).verified
    assert copy(files | {"tile/0/007.p/1": bytes(32)}).beyond_checkpoint == ["tile/0/007.p/1"]


@pytest.mark.parametrize("path", ["tile/0/1", "tile/0/x000/001", "tile/64/000", "tile/0/000.p/256", "tile/notes.txt"])
def test_what_no_log_has_is_found(serve: Serve, path: str) -> None:
    files = serve(entries(300))
    assert not copy(files | {path: files["tile/0/000"]}).verified


def test_of_an_address_no_more_is_asked_for_than_may_be_there(serve: Serve) -> None:
    files = serve(entries(1023))
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return files[path]

    assert verify_log(fetch, KEY).verified
    assert len(asked) == len(set(asked)) == 1 + len(list(layout.paths(1023))) + 254 * 2 + 2
