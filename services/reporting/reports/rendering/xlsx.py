"""The report as a workbook: a sheet per table, numbers as numbers, reproducible byte for byte."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import xlsxwriter

from amanah.contracts.message import from_milli
from services.reporting.figures.rules.cases import CaseLine
from services.reporting.reports.rendering.handovers import FIXED
from services.reporting.reports.rendering.lists import OF_BALANCES, OF_CASES
from services.reporting.reports.rendering.pages.tables import CASE_COLUMNS, GOOD_COLUMNS, case_header
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import AreaCounts, Content, Link

LISTED = 1_000_000
"""The most lines of a list on a sheet (Excel has 1,048,576 rows); the summary states their number."""

_COLUMNS = ("entitled", "delivered", "failed", "remaining", "flagged", "disputed", "open_cases")
_BY_DAY = ("delivered", "failed", "flagged")

Cell = str | int | float | date


def render_xlsx(content: Content, listing: Listing, link: Link) -> bytes:
    """Renders the workbook."""
    out = io.BytesIO()
    # constant_memory writes each row at once, so that memory does not grow with the number of handovers.
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": i18n.title(content.template, content.round_name, i18n.place(content), content.language),
            "author": content.author.name,
            "created": content.as_of.replace(tzinfo=None),
        }
    )
    sheets = _Sheets(book, TEXTS[content.language], i18n.checkpoint_line(content))
    match content.template:
        case "CASES":
            _facts(sheets, content, link)
            _case_tables(sheets, content)
            _cases(sheets, listing)
        case "RECONCILIATION":
            _facts(sheets, content, link)
            _custody(sheets, content)
            _balances(sheets, listing)
        case _:
            _summary(sheets, content, link)
            _areas(sheets, content)
            _days(sheets, content)
            _handovers(sheets, content, listing)
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes tables with a frozen bold header in the workbook's formats; `foot` is at the bottom of each printed page."""

    def __init__(self, book: xlsxwriter.Workbook, labels: dict[str, str], foot: str) -> None:
        self.labels = labels
        self._foot = foot
        self._book = book
        self._head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1, "text_wrap": True})
        self._strong = book.add_format({"bold": True})
        self._date = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})

    def table(
        self, name: str, header: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]
    ) -> tuple[Any, int]:
        """Adds a sheet with one table. Returns the sheet and the first row below the table."""
        sheet = self._book.add_worksheet(self.labels[name])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer(f"&L&8{self._foot}&R&8&P / &N")
        for column, text in enumerate(header):
            sheet.write_string(0, column, text, self._head)
        below = 1
        for below, row in enumerate(rows, start=1):
            self.row(sheet, below, row)
        return sheet, below + 1

    def row(self, sheet: Any, at: int, row: Sequence[Cell], *, strong: bool = False) -> None:
        """Writes a row: text as text, numbers as numbers, days and times as Excel's."""
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value, self._strong if strong else None)
            elif isinstance(value, date):
                sheet.write_datetime(at, column, value, self._time if isinstance(value, datetime) else self._date)
            else:
                sheet.write_number(at, column, value, self._strong if strong else None)


def _facts(sheets: _Sheets, content: Content, link: Link, *more: Sequence[Cell]) -> tuple[Any, int]:
    """Adds the first sheet, with the facts of the report. Returns the sheet and the first row below."""
    labels = sheets.labels
    lists = {"CASES": "case_list", "RECONCILIATION": "balances"}
    facts: list[Sequence[Cell]] = [
        (labels["program"], content.program_name),
        (labels["round"], content.round_name),
        (labels["area"], i18n.place(content)),
        (labels["area_code"], content.area),
        (labels["period"], i18n.period(content)),
        (labels["author"], f"{content.author.name} ({content.author.role})"),
        (labels["as_of"], i18n.long_time(content.as_of, content.area, content.language)),
        (labels["position"], content.position),
        (labels["input_hash"], content.input_hash),
        *i18n.checkpoint(content),
        (labels["number"], link.number),
        (labels["verify"], link.url),
        (labels[lists.get(content.template, "handovers")], content.ledger.count),
        (labels["ledger_hash"].format(count=content.ledger.count), content.ledger.sha256),
    ]
    if content.ledger.reversed:
        facts.append((labels["reversed_note"].format(count=content.ledger.reversed),))
    title = labels[content.template]
    return sheets.table("sheet_summary", (title,), (44, 70, 12, 14, 14, 16), [*facts, *more])


def _summary(sheets: _Sheets, content: Content, link: Link) -> None:
    labels = sheets.labels
    counts = [(labels[name], getattr(content.totals, name)) for name in _COLUMNS]
    sheet, below = _facts(sheets, content, link, *counts)
    header = [labels[name] for name in ("sku", "name", "unit", "goods_entitled", "goods_delivered", "goods_remaining")]
    sheets.row(sheet, below + 1, header, strong=True)
    for at, good in enumerate(content.goods, start=below + 2):
        amounts = (good.entitled, good.delivered, good.remaining)
        sheets.row(sheet, at, [good.sku, good.name, good.unit, *(float(from_milli(a)) for a in amounts)])
    if content.since or content.until:
        sheets.row(sheet, below + 3 + len(content.goods), [labels["period_note"]])


def _areas(sheets: _Sheets, content: Content) -> None:
    labels = sheets.labels
    header = [labels["area_code"], labels["area"], labels["level"], *(labels[name] for name in _COLUMNS)]
    sheet, below = sheets.table(
        "sheet_areas",
        header,
        (16, 32, 9, *(12 for _ in _COLUMNS)),
        ((line.area, line.name, line.depth + 1, *_counts(line.tally)) for line in content.areas),
    )
    sheets.row(sheet, below, [content.area, labels["total"], 0, *_counts(content.totals)], strong=True)


def _counts(tally: AreaCounts) -> tuple[int, ...]:
    return tuple(getattr(tally, name) for name in _COLUMNS)


def _days(sheets: _Sheets, content: Content) -> None:
    labels = sheets.labels
    header = [labels["day"], *(labels[name] for name in _BY_DAY)]
    rows = ((line.day, *(getattr(line, name) for name in _BY_DAY)) for line in content.days)
    sheet, below = sheets.table("sheet_days", header, (14, 12, 12, 12), rows)
    totals = [sum(getattr(line, name) for line in content.days) for name in _BY_DAY]
    sheets.row(sheet, below, [labels["total"], *totals], strong=True)


def _handovers(sheets: _Sheets, content: Content, listing: Listing) -> None:
    goods = [f"{good.name} ({good.unit})" for good in content.goods]
    header = [*(sheets.labels[name] for name in FIXED), *goods]
    widths = (34, 20, 16, 28, 34, 12, 24, 68, *(16 for _ in goods))
    listed = (_handover(row) for row in islice(listing.rows(), LISTED))
    sheets.table("sheet_handovers", header, widths, listed)


def _handover(row: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = list(row)
    cells[FIXED.index("at")] = _clock(row[FIXED.index("at")])
    cells[len(FIXED) :] = [float(amount) for amount in row[len(FIXED) :]]
    return cells


def _case_tables(sheets: _Sheets, content: Content) -> None:
    for sheet_name, name, lines in (
        ("sheet_kinds", "kind", content.cases_by_kind),
        ("sheet_levels", "case_level", content.cases_by_level),
    ):
        rows: list[Sequence[Cell]] = [(sheets.labels.get(line.name, line.name), *_of_case(line)) for line in lines]
        sheet, below = sheets.table(sheet_name, case_header(name, content), (26, *(12 for _ in CASE_COLUMNS)), rows)
        sums = [sum(column) for column in zip(*(_of_case(line) for line in lines), strict=True)]
        sheets.row(sheet, below, [sheets.labels["total"], *sums], strong=True)


def _of_case(line: CaseLine) -> list[int]:
    return [getattr(line, column) for column in CASE_COLUMNS]


def _cases(sheets: _Sheets, listing: Listing) -> None:
    times = (OF_CASES.index("opened_at"), OF_CASES.index("due_at"))

    def cells(row: Sequence[str]) -> list[Cell]:
        return [_clock(cell) if at in times else cell for at, cell in enumerate(row)]

    header = [sheets.labels[name] for name in OF_CASES]
    listed = (cells(row) for row in islice(listing.rows(), LISTED))
    sheets.table("sheet_cases", header, (18, 20, 16, 28, 20, 18, 16, 20, 10, 12), listed)


def _custody(sheets: _Sheets, content: Content) -> None:
    header = [sheets.labels[name] for name in ("sku", "name", "unit", *GOOD_COLUMNS)]
    rows: list[Sequence[Cell]] = [
        (line.sku, line.name, line.unit, *(float(from_milli(getattr(line, c))) for c in GOOD_COLUMNS))
        for line in content.custody
    ]
    sheets.table("sheet_custody", header, (20, 28, 10, *(14 for _ in GOOD_COLUMNS)), rows)


def _balances(sheets: _Sheets, listing: Listing) -> None:
    first = OF_BALANCES.index("made")
    header = [sheets.labels[name] for name in OF_BALANCES]

    def cells(row: Sequence[str]) -> list[Cell]:
        return [*row[:first], *(float(cell) for cell in row[first:])]

    rows = (cells(row) for row in islice(listing.rows(), LISTED))
    sheets.table("sheet_balances", header, (10, 28, 28, 20, 10, *(12 for _ in OF_BALANCES[first:])), rows)


def _clock(moment: str) -> datetime:
    """A local time as Excel keeps it: without its zone."""
    return datetime.fromisoformat(moment).replace(tzinfo=None)
