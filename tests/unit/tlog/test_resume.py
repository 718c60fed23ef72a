"""Resuming a verification that was stopped, or finished at an earlier size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Signer, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import VerificationReport, VerificationState, verify_log
from tests.unit.tlog.logs import SIGNER, Files, Serve
from tests.unit.tlog.logs import numbered as entries

KEY = SIGNER.verifier


def run(
    files: Files, state: VerificationState | None = None, earlier: Checkpoint | None = None
) -> tuple[VerificationReport, VerificationState | None]:
    """Returns the report, and the last saved state, encoded and decoded once."""
    saved: list[VerificationState] = []
    report = verify_log(files.__getitem__, KEY, state=state, save=saved.append, earlier=earlier)
    return report, VerificationState.decode(saved[-1].encode(), KEY) if saved else None


def state_of(files: Files) -> VerificationState:
    report, state = run(files)
    assert report.verified
    assert state is not None
    return state


@given(st.integers(0, 1100), st.integers(0, 1100))
@settings(max_examples=25, deadline=None)
def test_the_next_run_reads_only_new_entries(serve: Serve, before: int, more: int) -> None:
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
def test_a_stopped_run_resumes_and_reads_each_entry_once(serve: Serve, size: int, data: st.DataObject) -> None:
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
def test_rewritten_entries_are_found_without_reading_them_again(
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


def test_a_shorter_log_is_found_and_the_state_is_kept(serve: Serve) -> None:
    state = state_of(serve(entries(700)))
    report, later = run(serve(entries(600)), state)
    assert [finding.message for finding in report.findings] == [
        "the log has 600 entries, fewer than the 700 of the earlier checkpoint"
    ]
    assert (report.start, report.entries, later) == (0, 600, None)


def test_findings_stay_until_the_state_is_removed(serve: Serve) -> None:
    files = serve(entries(600))
    flipped = files | {"tile/0/000": bytes(32) + files["tile/0/000"][32:]}
    report, state = run(flipped)
    assert report.first_index == 0
    again, _ = run(serve(entries(700)), state)
    assert again.findings == report.findings
    assert run(serve(entries(700)))[0].verified


def test_a_checkpoint_older_than_the_state_is_checked_by_tiles(serve: Serve) -> None:
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


def test_partial_tiles_of_another_log_fail_at_the_root(serve: Serve) -> None:
    files = serve(entries(1000))
    stopped = state_of(serve(entries(512)))
    wrong = VerificationState(KEY, files["checkpoint"].decode(), state_of(serve([b"other"] * 512)).edge)
    assert run(files, VerificationState(KEY, files["checkpoint"].decode(), stopped.edge))[0].verified
    report, later = run(files, wrong)
    assert not report.verified
    assert later is None


def test_states_of_other_logs_are_rejected(serve: Serve) -> None:
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
def test_invalid_states_are_rejected(serve: Serve, what: str, instead: str) -> None:
    text = state_of(serve(entries(600))).encode().decode()
    assert what in text
    with pytest.raises((Malformed, NotSigned)):
        VerificationState.decode(text.replace(what, instead, 1).encode(), KEY)


def test_partial_tiles_must_match_the_checkpoint_of_the_state(serve: Serve) -> None:
    one, other = state_of(serve(entries(600))), state_of(serve([b"other"] * 600))
    with pytest.raises(Malformed, match="does not match"):
        VerificationState.decode(VerificationState(KEY, one.note, other.edge).encode(), KEY)
