"""A verification that was stopped, or done a month ago, goes on from where it came."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import layout
from amanah.tlog.checkpoint import NotSigned, Signer, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Fetch, VerificationReport, VerificationState, verify_log

Files = dict[str, bytes]
Serve = Callable[..., Files]
Read = Callable[[Files], Fetch]

SIGNER = Signer("log.example/audit", bytes(range(32)))
KEY = SIGNER.verifier


def entries(count: int) -> list[bytes]:
    return [b'{"entry":%d}' % i for i in range(count)]


def run(
    files: Files, state: VerificationState | None = None, **known: object
) -> tuple[VerificationReport, VerificationState | None]:
    """The report, and the state that was saved last; it has been on disk in between."""
    saved: list[VerificationState] = []
    report = verify_log(files.__getitem__, KEY, state=state, save=saved.append, **known)
    return report, VerificationState.decode(saved[-1].encode(), KEY) if saved else None


def state_of(files: Files) -> VerificationState:
    report, state = run(files)
    assert report.verified
    assert state is not None
    return state


@given(st.integers(0, 1100), st.integers(0, 1100))
@settings(max_examples=25, deadline=None)
def test_the_next_months_run_reads_only_what_is_new(serve: Serve, before: int, more: int) -> None:
    state = state_of(serve(entries(before)))
    report, later = run(serve(entries(before + more), [before]), state)
    assert report.verified
    assert report.continued_sizes == [before]
    assert (report.start, report.entries) == (before, before + more - before // 256 * 256)
    assert later is not None
    assert later.size == before + more


class Stopped(Exception):
    pass


@given(st.integers(1, 1100), st.data())
@settings(max_examples=25, deadline=None)
def test_a_stopped_run_goes_on_and_reads_each_entry_once(serve: Serve, size: int, data: st.DataObject) -> None:
    files = serve(entries(size))
    number = data.draw(st.integers(0, (size - 1) // 256))
    stop = layout.span(0, number, size).bundle

    def fetch(path: str) -> bytes:
        if path == stop:
            raise Stopped
        return files[path]

    saved: list[VerificationState] = []
    with pytest.raises(Stopped):
        verify_log(fetch, KEY, save=saved.append)
    assert [state.size for state in saved] == ([number * 256] if number else [])
    report, _ = run(files, saved[-1] if saved else None)
    assert report.verified
    assert report.entries == size - number * 256


@given(st.integers(1, 600), st.integers(0, 600), st.data())
@settings(max_examples=25, deadline=None)
def test_entries_rewritten_since_are_found_though_they_are_not_read(
    serve: Serve, before: int, more: int, data: st.DataObject
) -> None:
    state = state_of(serve(entries(before)))
    changed = data.draw(st.integers(0, before - 1))
    forged = entries(before + more)
    forged[changed] = b"forged"
    report, later = run(serve(forged, [before]), state)
    assert "verified earlier" in report.findings[-1].message
    assert report.continued_sizes == []
    assert later is None, "what was known before is the evidence"
    if changed >= before // 256 * 256:
        assert report.first_index == changed


def test_a_log_that_shrank_is_found_and_the_state_stays(serve: Serve) -> None:
    state = state_of(serve(entries(700)))
    report, later = run(serve(entries(600)), state)
    assert [finding.message for finding in report.findings] == [
        "the log has 600 entries, fewer than the 700 of the earlier checkpoint"
    ]
    assert (report.start, report.entries, later) == (0, 600, None)


def test_findings_stay_until_somebody_begins_anew(serve: Serve) -> None:
    files = serve(entries(600))
    flipped = files | {"tile/0/000": bytes(32) + files["tile/0/000"][32:]}
    report, state = run(flipped)
    assert report.first_index == 0
    again, _ = run(serve(entries(700)), state)
    assert again.findings == report.findings
    assert run(serve(entries(700)))[0].verified


def test_a_checkpoint_kept_before_the_state_is_held_against_the_tiles(serve: Serve) -> None:
    def head(count: int) -> Files:
        return serve(entries(count))

    old, _ = open_checkpoint(head(300)["checkpoint"], KEY)
    other, _ = open_checkpoint(serve([b"other"] * 300)["checkpoint"], KEY)
    state = state_of(head(700))
    files = serve(entries(900), [700])
    assert run(files, state, earlier=old)[0].continued_sizes == [300, 700]
    report, _ = run(files, state, earlier=other)
    assert report.continued_sizes == [700]
    assert not report.verified
    report, _ = run({path: data for path, data in files.items() if path != "tile/0/001"}, state, earlier=old)
    assert (
        "tile/0/001 is missing, so consistency with the earlier checkpoint cannot be checked"
        in report.findings[0].message
    )


def test_an_edge_that_is_not_the_logs_is_caught_by_the_root(serve: Serve) -> None:
    files = serve(entries(1000))
    stopped = state_of(serve(entries(512)))
    wrong = VerificationState(KEY, files["checkpoint"].decode(), state_of(serve([b"other"] * 512)).edge)
    assert run(files, VerificationState(KEY, files["checkpoint"].decode(), stopped.edge))[0].verified
    report, later = run(files, wrong)
    assert not report.verified
    assert later is None


def test_what_is_no_state_of_this_log(serve: Serve) -> None:
    text = state_of(serve(entries(600))).encode().decode()
    other = Signer(SIGNER.name, bytes(32)).verifier
    with pytest.raises(NotSigned, match="of a log with the key"):
        VerificationState.decode(text.encode(), other)
    with pytest.raises(NotSigned):
        VerificationState.decode(text.replace(str(KEY), str(other)).encode(), other)
    assert state_of(serve([])).size == 0


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("{", ""),
        ("audit-verification/v1", "audit-verification/v2"),
        ('"size": 600', '"size": 601'),
        ('"size": 600', '"size": -600'),
        ('"size": 600', '"size": "600"'),
        ('"size": 600', '"size": 1e400'),
        ('"checkpoint": "', '"checkpoint": 7, "x": "'),
        ('"edge": {', '"edge": 7, "x": {'),
        ('"tile/0/002.p/88": "', '"tile/0/002.p/88": "AAAA'),
        ('"tile/0/002.p/88"', '"tile/0/003.p/88"'),
        ('"findings": []', '"findings": 7'),
        ('"findings": []', '"findings": [["tile/0/000", "0", "message"]]'),
        ('"findings": []', '"findings": [[]]'),
        ("\\n\\n", "\\n"),
    ],
)
def test_a_state_that_is_broken_is_refused(serve: Serve, what: str, instead: str) -> None:
    text = state_of(serve(entries(600))).encode().decode()
    assert what in text
    with pytest.raises((Malformed, NotSigned)):
        VerificationState.decode(text.replace(what, instead, 1).encode(), KEY)


def test_an_edge_that_is_not_its_checkpoints_is_refused(serve: Serve) -> None:
    one, other = state_of(serve(entries(600))), state_of(serve([b"other"] * 600))
    with pytest.raises(Malformed, match="does not match"):
        VerificationState.decode(VerificationState(KEY, one.note, other.edge).encode(), KEY)
