"""Names and paths of anchors."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog import anchors, layout

MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(UTC))


def test_names_are_in_utc() -> None:
    jakarta = timezone(timedelta(hours=7))
    assert anchors.day_of(datetime(2026, 11, 25, 6, 59, tzinfo=jakarta)) == "2026-11-24"
    assert anchors.period_of(datetime(2026, 11, 24, 17, 30, tzinfo=UTC), 6) == "2026-11-24T12"
    assert anchors.period_of(datetime(2026, 11, 24, 5, 59, tzinfo=UTC), 6) == "2026-11-24"


@given(MOMENTS, st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24]))
def test_every_name_has_paths_of_its_own(moment: datetime, hours: int) -> None:
    for file in (anchors.CHECKPOINT, anchors.TIMESTAMP):
        path = anchors.path(anchors.period_of(moment, hours), file)
        assert anchors.is_path(path)
        assert not layout.is_path(path)


@pytest.mark.parametrize(
    "path",
    ["anchor/2026-11-24/other", "anchor/../2026-11-24/checkpoint", "anchor/2026-11-24/checkpoint/", "checkpoint",
     "anchor/2026-11-24T6/checkpoint", "anchor/2026-11-24/checkpoint\n", "/anchor/2026-11-24/checkpoint"],
)  # fmt: skip
def test_other_paths_are_rejected(path: str) -> None:
    assert not anchors.is_path(path)
