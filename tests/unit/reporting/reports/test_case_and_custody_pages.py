"""Reports of cases and of custody: their tables, their lists, and what is bold."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import fastexcel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.reports import ReportFormat, ReportLanguage, ReportTemplate
from services.reporting.figures.rules.balances import BalanceLine, good_balances
from services.reporting.figures.rules.cases import CaseCounts, CaseRow, is_overdue
from services.reporting.figures.rules.goods import Good
from services.reporting.reports.rendering import RENDERERS, BalanceFile, CaseFile, Spool
from services.reporting.reports.rules.i18n import number
from services.reporting.reports.rules.report import Content, Link

LINK = Link(number="rep_1", url="https://amanah.example/verify/rep_1")
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GOODS = (Good("BERAS", "Beras medium", "kg", 10_000), Good("MINYAK", "Minyak", "liter"))
Text = Callable[[bytes], str]


def case(reference: str, kind: str = "SHORT", level: str = "VILLAGE", status: str = "OPEN", due: int = 24) -> CaseRow:
    due_at = AT + timedelta(hours=due)
    late = is_overdue(status, due_at, NOW)
    return CaseRow(reference, kind, level, status, AT, due_at, late, "32.75.03.1001", "Aren Jaya", "SMS")


CASES = (
    case("K-1"), case("K-2", "NOT_RECEIVED", "DISTRICT", "ESCALATED", due=100), case("K-3", status="RESOLVED"),
    case("K-4", "STRANGE", "REGENCY", "ASSIGNED"),
)  # fmt: skip
LINES = (
    BalanceLine("GUDANG>POS", "BERAS", {"arrived": 100_000, "left": 97_000, "lost": 1_000, "difference": 2_000}),
    BalanceLine("POS>", "MINYAK", {"arrived": 1_500, "stock": 1_500}),
    BalanceLine("POS", "BERAS", {"made": 5_000, "arrived": 97_000, "stock": 17_000, "handed_over": 80_500, "difference": -500}),
    BalanceLine("=cmd()", "TEPUNG", {"arrived": 1_000, "stock": 1_000}),
)  # fmt: skip


@pytest.fixture
def cases(content: Content) -> Iterator[tuple[Content, Spool]]:
    tables = CaseCounts()
    for each in CASES:
        tables.add(each)
    with CaseFile(ReportLanguage.ID) as file:
        file.add(CASES)
        yield content.model_copy(update={
            "template": ReportTemplate.CASES, "cases_by_kind": tables.by_kind(), "cases_by_level": tables.by_level(),
            "ledger": file.summary(), "goods": (), "areas": (), "days": (),
        }), file  # fmt: skip


@pytest.fixture
def custody(content: Content) -> Iterator[tuple[Content, Spool]]:
    with BalanceFile({good.sku: good for good in GOODS}, ReportLanguage.ID) as file:
        file.add(LINES)
        yield content.model_copy(update={
            "template": ReportTemplate.RECONCILIATION, "custody": good_balances(GOODS, LINES), "ledger": file.summary(), "goods": (),
            "areas": (), "days": (),
        }), file  # fmt: skip


def render(kind: ReportFormat, made: tuple[Content, Spool]) -> bytes:
    return RENDERERS[kind](made[0], made[1], LINK)


@pytest.mark.parametrize("kind", sorted(RENDERERS))
def test_the_same_content_gives_the_same_bytes(
    kind: ReportFormat, cases: tuple[Content, Spool], custody: tuple[Content, Spool]
) -> None:
    for made in (cases, custody):
        assert render(kind, made) == render(kind, (Content.model_validate_json(made[0].model_dump_json()), made[1]))


def test_cases_stand_by_kind_and_level_with_those_that_are_overdue(
    cases: tuple[Content, Spool], pdf_text: Text
) -> None:
    text = pdf_text(render(ReportFormat.PDF, cases))
    for row in (
        ["Pengaduan terbuka", "3", "Terlambat", "2", "Selesai", "1", "Semua", "4"],
        ["tidak diterima", "0", "0", "1", "0", "1", "0"],
        ["jumlah kurang", "1", "0", "0", "1", "2", "1"],
        ["STRANGE", "0", "1", "0", "0", "1", "1"],
        ["kecamatan", "0", "0", "1", "0", "1", "0"],
        ["Jumlah", "1", "1", "1", "1", "4", "2"],
    ):
        assert "\n".join(row) in text
    assert "K-1\n2026-11-20 09:00" in text
    assert "2026-11-21 09:00\nya" in text


def test_custody_stands_by_good_place_and_leg(custody: tuple[Content, Spool], pdf_text: Text) -> None:
    text = pdf_text(render(ReportFormat.PDF, custody))
    for row in (
        ["BERAS", "Beras medium", "kg", "5", "17", "0", "80,5", "1", "0", "0", "1,5"],
        ["MINYAK", "Minyak", "liter", "0", "0", "1,5", "0", "0", "0", "0", "0"],
        ["ruas", "GUDANG", "POS", "BERAS", "kg", "0", "100", "97", "0", "0", "1", "0", "0", "2"],
        ["ruas", "POS", "(belum diketahui)", "MINYAK", "liter"],
        ["tempat", "POS", "BERAS", "kg", "5", "97", "0", "17", "80,5", "0", "0", "0", "-0,5"],
    ):
        assert "\n".join(row) in text


def test_the_workbooks_read_back(cases: tuple[Content, Spool], custody: tuple[Content, Spool]) -> None:
    book = fastexcel.read_excel(render(ReportFormat.XLSX, cases))
    assert book.sheet_names == ["ringkasan", "jenis", "tingkat", "pengaduan"]
    levels = book.load_sheet("tingkat").to_polars()
    assert levels["Semua"].to_list() == [2, 1, 1, 0, 4]
    assert book.load_sheet("pengaduan").to_polars()["Nomor pengaduan"].to_list() == ["K-1", "K-2", "K-3", "K-4"]
    book = fastexcel.read_excel(render(ReportFormat.XLSX, custody))
    assert book.sheet_names == ["ringkasan", "barang", "saldo"]
    balances = book.load_sheet("saldo").to_polars()
    assert balances["Selisih"].to_list() == [2, 0, -0.5, 0]
    assert balances["Tempat / dari"].to_list()[-1] == "'=cmd()"


def test_the_lists_hash_to_what_the_files_state(cases: tuple[Content, Spool], custody: tuple[Content, Spool]) -> None:
    for content, file in (cases, custody):
        lines = RENDERERS[ReportFormat.CSV](content, file, LINK).split(b"\r\n")
        rest = b"\r\n".join(line for line in lines if not line.startswith(b"#"))
        assert hashlib.sha256(rest).hexdigest() == content.ledger.sha256
        assert len(list(csv.DictReader(io.StringIO(rest.decode())))) == content.ledger.count == 4


def test_without_anything_they_say_so(content: Content, pdf_text: Text) -> None:
    empty: list[tuple[ReportTemplate, Spool, str]] = [
        (ReportTemplate.CASES, CaseFile(ReportLanguage.EN), "No cases"),
        (ReportTemplate.RECONCILIATION, BalanceFile({}, ReportLanguage.EN), "No packages"),
    ]  # fmt: skip
    for template, file, said in empty:
        with file:
            changed = {"template": template, "language": ReportLanguage.EN, "ledger": file.summary(), "goods": ()}
            assert said in pdf_text(RENDERERS[ReportFormat.PDF](content.model_copy(update=changed), file, LINK))


@given(
    st.lists(
        st.builds(
            case, st.just("K"), st.sampled_from(["SHORT", "OTHER", "NEW"]), st.sampled_from(["VILLAGE", "NATIONAL"]),
            st.sampled_from(["OPEN", "ASSIGNED", "ESCALATED", "RESOLVED"]), st.integers(0, 200),
        )
    )
)  # fmt: skip
def test_every_case_is_in_one_row_of_each_table(given_cases: list[CaseRow]) -> None:
    tables = CaseCounts()
    for each in given_cases:
        tables.add(each)
    for lines in (tables.by_kind(), tables.by_level()):
        assert sum(line.all for line in lines) == len(given_cases)
        assert sum(line.overdue for line in lines) == sum(each.overdue for each in given_cases)
    assert tables.unresolved() == sum(each.status != "RESOLVED" for each in given_cases)


@pytest.mark.parametrize(("status", "hours", "late"), [("OPEN", 78, True), ("OPEN", 79, False), ("RESOLVED", 1, False)])
def test_a_case_is_overdue_after_its_time_until_it_is_resolved(status: str, hours: int, late: bool) -> None:
    # From the opening to `NOW` are 79 hours.
    assert case("K", status=status, due=hours).overdue == late


@given(st.integers(-(10**12), 10**12))
def test_a_number_below_nought_keeps_its_sign(thousandths: int) -> None:
    shown = number(Decimal(thousandths) / 1000, ReportLanguage.EN)
    assert Decimal(shown.replace(",", "")) == Decimal(thousandths) / 1000
