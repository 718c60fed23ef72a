"""Extra files: partial tiles of earlier sizes, and files beyond the checkpoint."""

import pytest

from amanah.tlog import layout
from amanah.tlog.verify import VerificationReport, verify_log
from tests.unit.tlog.logs import SIGNER, Files, Serve
from tests.unit.tlog.logs import numbered as entries

KEY = SIGNER.verifier


def copy(files: Files) -> VerificationReport:
    return verify_log(files.__getitem__, KEY, listing=lambda: [path for path in files if path != "checkpoint"])


def url(files: Files) -> VerificationReport:
    return verify_log(files.__getitem__, KEY)


def flipped(files: Files, path: str, at: int) -> Files:
    data = files[path]
    return files | {path: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]}


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/0/001.p/1"])
def test_partials_of_the_last_tile_are_checked_at_an_address_too(serve: Serve, path: str) -> None:
    files = serve(entries(320), [100, 257, 300])
    assert url(files).verified
    assert url(files).earlier_files == 4
    for check in (url, copy):
        report = check(flipped(files, path, len(files[path]) - 1))
        assert [(finding.path, finding.index) for finding in report.findings] == [
            (path, 256 if path.endswith("/1") else 299)
        ]


def test_partials_of_higher_levels_are_checked(serve: Serve) -> None:
    files = serve(entries(1500), [600, 1000])
    assert url(flipped(files, "tile/1/000.p/3", 70)).first_index == 512
    assert url(files).earlier_files == 2


def test_partials_of_full_tiles_are_checked_in_a_copy(serve: Serve) -> None:
    files = serve(entries(320), [100, 300])
    broken = flipped(files, "tile/0/000.p/100", 64)
    assert url(broken).verified
    assert copy(broken).first_index == 2
    assert not copy(files | {"tile/0/000.p/100": files["tile/0/000.p/100"][:-1]}).verified


def test_a_full_tile_may_replace_the_partial(serve: Serve) -> None:
    """C2SP tlog-tiles: a log may delete partial tiles once the full tile exists."""
    files = serve(entries(600), [500]) | {"checkpoint": serve(entries(500))["checkpoint"]}
    del files["tile/0/001.p/244"], files["tile/entries/001.p/244"]
    for check in (url, copy):
        assert check(files).verified
        assert check(flipped(files, "tile/0/001", 0)).first_index == 256
        assert check(flipped(files, "tile/entries/001", 9)).first_index == 256


def beyond(serve: Serve) -> Files:
    """A copy made while the log grew from 300 to 600: it has the newer files, but the older checkpoint."""
    return serve(entries(600), [300]) | {"checkpoint": serve(entries(300))["checkpoint"]}


def test_files_beyond_the_checkpoint_are_listed(serve: Serve) -> None:
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
def test_files_beyond_the_checkpoint_must_be_consistent(serve: Serve, path: str, at: int) -> None:
    assert not copy(flipped(beyond(serve), path, at)).verified


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(64)])
def test_files_beyond_the_checkpoint_must_be_well_formed(serve: Serve, data: bytes) -> None:
    files = serve(entries(300))
    assert not copy(files | {"tile/0/007.p/1": data}).verified
    assert copy(files | {"tile/0/007.p/1": bytes(32)}).beyond_checkpoint == ["tile/0/007.p/1"]


@pytest.mark.parametrize("path", ["tile/0/1", "tile/0/x000/001", "tile/64/000", "tile/0/000.p/256", "tile/notes.txt"])
def test_paths_that_no_log_has_are_findings(serve: Serve, path: str) -> None:
    files = serve(entries(300))
    assert not copy(files | {path: files["tile/0/000"]}).verified


def test_an_address_is_asked_only_for_possible_files(serve: Serve) -> None:
    files = serve(entries(1023))
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return files[path]

    assert verify_log(fetch, KEY).verified
    assert len(asked) == len(set(asked)) == 1 + len(list(layout.paths(1023))) + 254 * 2 + 2
