from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from amanah.contracts.reports import ReportTemplate
from services.reporting.figures.rules.goods import Good
from services.reporting.reports.rules.periods import Period, report_period
from services.reporting.reports.rules.report import AreaCounts
from services.reporting.reports.rules.tables import Amount, area_lines, goods_lines, tally

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("template", "since", "until", "days"),
    [
        ("FINAL", None, None, (None, None)),
        ("FINAL", date(2026, 11, 1), None, (date(2026, 11, 1), None)),
        ("DAILY", None, None, (TODAY, TODAY)),
        ("DAILY", date(2026, 11, 2), None, (date(2026, 11, 2), date(2026, 11, 2))),
        ("DAILY", None, date(2026, 11, 3), (date(2026, 11, 3), date(2026, 11, 3))),
        ("WEEKLY", None, None, (date(2026, 11, 18), TODAY)),
        ("WEEKLY", date(2026, 11, 2), None, (date(2026, 11, 2), date(2026, 11, 8))),
        ("WEEKLY", None, date(2026, 11, 8), (date(2026, 11, 2), date(2026, 11, 8))),
        ("WEEKLY", date(2026, 11, 2), date(2026, 11, 8), (date(2026, 11, 2), date(2026, 11, 8))),
    ],
)
def test_each_template_covers_its_days(
    template: ReportTemplate, since: date | None, until: date | None, days: tuple[date | None, date | None]
) -> None:
    assert report_period(template, since, until, TODAY) == Period(*days)


@pytest.mark.parametrize(
    ("template", "since", "until", "code"),
    [
        ("FINAL", date(2026, 11, 3), date(2026, 11, 2), "period_reversed"),
        ("DAILY", date(2026, 11, 2), date(2026, 11, 3), "period_wrong_length"),
        ("WEEKLY", date(2026, 11, 2), date(2026, 11, 9), "period_wrong_length"),
    ],
)
def test_a_period_that_cannot_be_is_refused(template: ReportTemplate, since: date, until: date, code: str) -> None:
    with pytest.raises(Refused) as refused:
        report_period(template, since, until, TODAY)
    assert refused.value.code == code


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_what_remains_is_of_the_whole_round_whatever_the_period(entitled: int, delivered: int, failed: int) -> None:
    total = {"entitled": entitled, "delivered": delivered, "failed": failed}
    made = tally(total, {"delivered": 1})
    assert made.remaining == entitled - delivered - failed
    assert (made.reached, made.delivered, made.failed) == (delivered, 1, 0)


def test_goods_stand_in_the_rounds_order_and_none_that_was_counted_is_missing() -> None:
    lines = goods_lines(
        [Good("MINYAK", "Minyak", "liter"), Good("BERAS", "Beras", "kg")],
        {"BERAS": Amount(10_000, 12_000), "GULA": Amount(0, 500)},
        {"BERAS": Amount(0, 2_000)},
    )
    assert [(line.sku, line.entitled, line.delivered, line.remaining) for line in lines] == [
        ("MINYAK", 0, 0, 0),
        ("BERAS", 10_000, 2_000, 0),
        ("GULA", 0, 0, 0),
    ]


def test_areas_are_followed_by_those_below_them() -> None:
    codes = ["32.75.04", "32.75.03.1002", "32.75", "32.75.03.1001", "32.75.03"]
    lines = area_lines("32.75", {code: code for code in codes}, {code: AreaCounts() for code in codes})
    assert [(line.area, line.depth) for line in lines] == [
        ("32.75.03", 0),
        ("32.75.03.1001", 1),
        ("32.75.03.1002", 1),
        ("32.75.04", 0),
    ]
    nation = area_lines(
        "ID", {"ID": "", "32": "", "32.75": ""}, {"ID": AreaCounts(), "32": AreaCounts(), "32.75": AreaCounts()}
    )
    assert [(line.area, line.depth) for line in nation] == [("32", 0), ("32.75", 1)]


def test_a_village_stands_for_itself() -> None:
    code = "32.75.03.1001"
    assert [line.area for line in area_lines(code, {code: "Aren Jaya"}, {code: AreaCounts(entitled=5)})] == [code]
