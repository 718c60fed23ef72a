"""Rules of cases: deadlines, levels, allowed actions and references."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from amanah.contracts.cases import CaseAction, CaseKind, CaseLevel, CaseStatus
from amanah.contracts.errors import Refused
from amanah.contracts.time_zones import local_zone
from services.distribution.cases.rules import cases
from services.distribution.cases.rules.cases import CaseState, Deadlines
from services.distribution.cases.rules.working_time import after_working_hours, is_working_day
from services.distribution.settings import WORKING_HOURS, DistributionSettings

VILLAGE, PAPUA = "32.01.05.2001", "91.01.01.2001"
# A Tuesday, 10:00 in West Java.
TUESDAY = datetime(2026, 11, 24, 3, tzinfo=UTC)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda t: t.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "hours", "ends"),
    [
        (TUESDAY, 2, TUESDAY + timedelta(hours=2)),
        (TUESDAY, 6, datetime(2026, 11, 24, 9, tzinfo=UTC)),  # until the office closes
        (TUESDAY, 7, datetime(2026, 11, 25, 2, tzinfo=UTC)),  # one hour of the next day
        (TUESDAY, 16, datetime(2026, 11, 26, 3, tzinfo=UTC)),
        (datetime(2026, 11, 27, 8, tzinfo=UTC), 2, datetime(2026, 11, 30, 2, tzinfo=UTC)),  # over the weekend
        (datetime(2026, 11, 28, 5, tzinfo=UTC), 1, datetime(2026, 11, 30, 2, tzinfo=UTC)),  # begins on a Saturday
        (datetime(2026, 11, 23, 20, tzinfo=UTC), 1, datetime(2026, 11, 24, 2, tzinfo=UTC)),  # before it opens
    ],
)
def test_working_hours_are_those_of_the_office(start: datetime, hours: int, ends: datetime) -> None:
    assert after_working_hours(start, hours, VILLAGE) == ends


def test_a_holiday_does_not_count_and_clocks_are_those_of_the_area() -> None:
    assert after_working_hours(TUESDAY, 8, VILLAGE, {date(2026, 11, 25)}) == datetime(2026, 11, 26, 3, tzinfo=UTC)
    # 12:00 in Papua: four hours are left of the day.
    assert after_working_hours(TUESDAY, 4, PAPUA) == datetime(2026, 11, 24, 7, tzinfo=UTC)


@given(moments, st.integers(1, 200), st.integers(0, 200), st.sampled_from([VILLAGE, "51.01", PAPUA]))
def test_more_hours_end_later_and_within_working_hours(start: datetime, hours: int, more: int, area: str) -> None:
    end = after_working_hours(start, hours, area)
    assert end >= start + timedelta(hours=hours)
    assert after_working_hours(start, hours + more, area) >= end
    here = end.astimezone(local_zone(area))
    assert is_working_day(here.date())
    assert (8, 0) <= (here.hour, here.minute)
    assert here <= here.replace(hour=16, minute=0, second=0, microsecond=0)


def test_every_kind_has_its_hours_for_every_level() -> None:
    assert set(WORKING_HOURS) == set(CaseKind)
    assert all(len(hours) == len(CaseLevel) and min(hours) > 0 for hours in WORKING_HOURS.values())
    deadlines = Deadlines(DistributionSettings().case_hours)
    assert deadlines.due(CaseKind.NOT_RECEIVED, CaseLevel.VILLAGE, VILLAGE, TUESDAY) == TUESDAY + timedelta(days=2)
    assert deadlines.due(CaseKind.OTHER, CaseLevel.VILLAGE, VILLAGE, TUESDAY) == TUESDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("area", "level"),
    [(VILLAGE, "VILLAGE"), ("32.01.05", "DISTRICT"), ("32.01", "REGENCY"), ("32", "NATIONAL"), ("ID", "NATIONAL")],
)
def test_the_area_says_who_answers_first(area: str, level: str) -> None:
    assert cases.first_level(area) == level


def test_levels_end_at_the_nation() -> None:
    assert [cases.next_level(level) for level in CaseLevel] == [*list(CaseLevel)[1:], None]


@pytest.mark.parametrize(
    ("status", "level", "action", "given_", "code"),
    [
        (CaseStatus.RESOLVED, CaseLevel.VILLAGE, CaseAction.ASSIGN, {"assignee": "usr_1"}, "case_resolved"),
        (CaseStatus.RESOLVED, CaseLevel.VILLAGE, CaseAction.ESCALATE, {}, "case_resolved"),
        (CaseStatus.RESOLVED, CaseLevel.VILLAGE, CaseAction.RESOLVE, {"note": "done"}, "case_resolved"),
        (CaseStatus.OPEN, CaseLevel.VILLAGE, CaseAction.REOPEN, {}, "case_not_resolved"),
        (CaseStatus.OPEN, CaseLevel.NATIONAL, CaseAction.ESCALATE, {}, "case_at_top"),
        (CaseStatus.OPEN, CaseLevel.VILLAGE, CaseAction.ASSIGN, {}, "assignee_missing"),
        (CaseStatus.OPEN, CaseLevel.VILLAGE, CaseAction.RESOLVE, {"note": "  "}, "note_missing"),
        (CaseStatus.OPEN, CaseLevel.VILLAGE, CaseAction.NOTE, {}, "note_missing"),
        (CaseStatus.RESOLVED, CaseLevel.VILLAGE, CaseAction.NOTE, {"note": "later"}, None),
        (CaseStatus.RESOLVED, CaseLevel.VILLAGE, CaseAction.REOPEN, {}, None),
        (CaseStatus.ESCALATED, CaseLevel.REGENCY, CaseAction.ESCALATE, {}, None),
        (CaseStatus.OPEN, CaseLevel.VILLAGE, CaseAction.ASSIGN, {"assignee": "usr_1"}, None),
        (CaseStatus.ASSIGNED, CaseLevel.VILLAGE, CaseAction.RESOLVE, {"note": "found"}, None),
    ],
)
def test_what_may_be_done(
    status: CaseStatus, level: CaseLevel, action: CaseAction, given_: dict[str, str], code: str | None
) -> None:
    state = CaseState(status, level)
    note, assignee = given_.get("note"), given_.get("assignee")
    if code is None:
        cases.check(state, action, note=note, assignee=assignee)
    else:
        with pytest.raises(Refused) as caught:
            cases.check(state, action, note=note, assignee=assignee)
        assert caught.value.code == code


def test_what_becomes_of_a_case() -> None:
    opened = CaseState(CaseStatus.OPEN, CaseLevel.VILLAGE)
    assigned = cases.after(opened, CaseAction.ASSIGN, "usr_1")
    assert assigned == CaseState(CaseStatus.ASSIGNED, CaseLevel.VILLAGE, "usr_1")
    assert cases.after(assigned, CaseAction.NOTE) == assigned
    assert cases.after(assigned, CaseAction.ESCALATE) == CaseState(CaseStatus.ESCALATED, CaseLevel.DISTRICT)
    resolved = cases.after(assigned, CaseAction.RESOLVE)
    assert resolved == CaseState(CaseStatus.RESOLVED, CaseLevel.VILLAGE, "usr_1")
    assert cases.after(resolved, CaseAction.REOPEN) == opened


@given(st.lists(st.sampled_from(list(CaseAction)), max_size=12))
def test_no_order_of_actions_leaves_the_table(actions: list[CaseAction]) -> None:
    state = CaseState(CaseStatus.OPEN, CaseLevel.VILLAGE)
    for action in actions:
        try:
            cases.check(state, action, note="seen", assignee="usr_1")
        except Refused:
            continue
        before, state = state, cases.after(state, action, "usr_1")
        assert state.status in set(CaseStatus)
        assert cases.LEVELS.index(CaseLevel(state.level)) >= cases.LEVELS.index(CaseLevel(before.level))


def test_overdue_is_what_is_open_and_late() -> None:
    later = TUESDAY + timedelta(seconds=1)
    assert cases.overdue(CaseStatus.ASSIGNED, TUESDAY, later)
    assert not cases.overdue(CaseStatus.RESOLVED, TUESDAY, later)
    assert not cases.overdue(CaseStatus.OPEN, later, TUESDAY)


@given(st.integers(0, 2**30 - 1), st.integers(0, 2**30 - 1))
def test_references_differ_with_their_bits(one: int, other: int) -> None:
    first, second = (cases.reference(TUESDAY, VILLAGE, bits) for bits in (one, other))
    assert (first == second) == (one == other)
    assert first.startswith("ADU-2611-")
    assert len(first) == len("ADU-2611-7K3M9Q")


def test_operators_may_set_the_hours_of_some_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMANAH_DISTRIBUTION_CASE_HOURS", '{"OTHER": [1, 2, 3, 4]}')
    monkeypatch.setenv("AMANAH_DISTRIBUTION_HOLIDAYS", '["2026-11-25"]')
    settings = DistributionSettings()
    deadlines = Deadlines(settings.case_hours, frozenset(settings.holidays))
    assert deadlines.due(CaseKind.OTHER, CaseLevel.DISTRICT, VILLAGE, TUESDAY) == TUESDAY + timedelta(hours=2)
    assert deadlines.due(CaseKind.NOT_RECEIVED, CaseLevel.VILLAGE, VILLAGE, TUESDAY) == TUESDAY + timedelta(days=3)


@pytest.mark.parametrize("hours", ['{"LOST": [1, 2, 3, 4]}', '{"OTHER": [0, 2, 3, 4]}', '{"OTHER": [1, 2]}'])
def test_hours_that_cannot_be_are_named_at_start(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("AMANAH_DISTRIBUTION_CASE_HOURS", hours)
    with pytest.raises(ValidationError, match="case_hours"):
        DistributionSettings()
