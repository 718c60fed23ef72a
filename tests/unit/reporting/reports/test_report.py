import hashlib
import string
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.ids import kind_of
from amanah.contracts.reports import ReportLanguage
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.report import Content


def test_the_input_hash_is_that_of_the_canonical_json(content: Content) -> None:
    assert content.input_hash == hashlib.sha256(rfc8785.dumps(content.model_dump(mode="json"))).hexdigest()


def test_equal_content_has_one_number_and_other_content_another(content: Content) -> None:
    same = Content.model_validate_json(content.model_dump_json())
    assert same.number("PDF") == content.number("PDF") != content.number("XLSX")
    assert kind_of(content.number("PDF")) == "Report"
    later = content.model_dump() | {"position": "distribution.events.v1 0:813 1:790"}
    assert Content.model_validate(later).number("PDF") != content.number("PDF")


def test_both_languages_have_a_word_for_everything() -> None:
    indonesian, english = i18n.TEXTS[ReportLanguage.ID], i18n.TEXTS[ReportLanguage.EN]
    assert indonesian.keys() == english.keys()
    for key, text in indonesian.items():
        assert {f for _, f, _, _ in string.Formatter().parse(text)} == {
            f for _, f, _, _ in string.Formatter().parse(english[key])
        }


@given(st.decimals(0, 10**9, places=3))
def test_a_number_reads_back_in_both_languages(value: Decimal) -> None:
    indonesian, english = i18n.number(value, ReportLanguage.ID), i18n.number(value, ReportLanguage.EN)
    assert Decimal(english.replace(",", "")) == value
    assert Decimal(indonesian.replace(".", "").replace(",", ".")) == value


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(0, 0, "–"), (0, 5, "0%"), (999, 1000, "99,9%"), (9999, 10000, "99,9%"), (5, 5, "100%")]
)
def test_only_all_of_it_is_a_hundred_percent(part: int, whole: int, text: str) -> None:
    assert i18n.percent(part, whole, ReportLanguage.ID) == text


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        (None, None, "Seluruh tahap"),
        (date(2026, 11, 2), date(2026, 11, 2), "2 November 2026"),
        (date(2026, 10, 31), date(2026, 11, 6), "31 Oktober 2026 s.d. 6 November 2026"),
        (None, date(2026, 11, 6), "Awal tahap s.d. 6 November 2026"),
        (date(2026, 11, 6), None, "6 November 2026 s.d. data terakhir"),
    ],
)
def test_the_period_is_said_in_words(content: Content, since: date | None, until: date | None, text: str) -> None:
    assert i18n.period(content.model_copy(update={"since": since, "until": until})) == text


def test_times_are_those_of_the_place() -> None:
    moment = datetime(2026, 11, 23, 16, 15, 7, tzinfo=UTC)
    assert i18n.long_time(moment, "32.75", ReportLanguage.ID) == "23 November 2026 23:15:07 WIB"
    assert i18n.long_time(moment, "91.71", ReportLanguage.EN) == "24 November 2026 01:15:07 WIT"
