"""Pages of the reports of cases and of custody: a few tables each."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from services.reporting.figures.rules.balances import GoodBalance
from services.reporting.figures.rules.cases import CaseLine
from services.reporting.reports.rendering.lists import OF_BALANCES
from services.reporting.reports.rendering.pages.facts import LISTED, count, head, listed_note
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import Content, Link

CASE_COLUMNS = ("open", "assigned", "escalated", "resolved", "all", "overdue")
GOOD_COLUMNS = ("made", "at_places", "on_the_way", "handed_over", "lost", "damaged", "returned", "difference")

_OF_CASES = {
    "open": "OPEN", "assigned": "ASSIGNED", "escalated": "ESCALATED", "resolved": "RESOLVED", "all": "all_cases",
    "overdue": "overdue",
}  # fmt: skip
_QUANTITIES = OF_BALANCES.index("made")
_DIFFERENCE = OF_BALANCES.index("difference")


def cases_page(content: Content, listing: Listing, link: Link) -> dict[str, Any]:
    """Returns the values of `tables.typ` for cases."""
    labels = TEXTS[content.language]
    lines = content.cases_by_level
    sums = {"open_cases": sum(c.all - c.resolved for c in lines), "overdue": sum(c.overdue for c in lines)}
    shown = {**sums, "RESOLVED": sum(c.resolved for c in lines), "all_cases": sum(c.all for c in lines)}
    return head(content, link) | {
        "landscape": False,
        "headline": [[_capital(labels[name]), count(value, content)] for name, value in shown.items()],
        "sections": [
            _case_table("cases_by_kind", "kind", content.cases_by_kind, content),
            _case_table("cases_by_level", "case_level", content.cases_by_level, content),
            _section(
                labels["case_list"],
                labels["no_cases"] if not content.ledger.count else listed_note(content, "listed_cases"),
                (24, 23, 0, 24, 22, 20, 23, 15),
                99,
                [
                    labels[n]
                    for n in ("case", "opened_at", "area", "kind", "case_level", "case_status", "due_at", "overdue")
                ],
                (_case(row) for row in islice(listing.rows(), LISTED)),
                size=7.5,
            ),
        ],
    }


def case_header(name: str, content: Content) -> list[str]:
    """Returns the header of a table of cases, whose first column is `name`."""
    labels = TEXTS[content.language]
    return [labels[name], *(_capital(labels[_OF_CASES[column]]) for column in CASE_COLUMNS)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _case_table(title: str, name: str, lines: Sequence[CaseLine], content: Content) -> dict[str, Any]:
    labels = TEXTS[content.language]

    def row(first: str, value: Callable[[str], int]) -> list[str]:
        return [first, *(count(value(column), content) for column in CASE_COLUMNS)]

    rows = [row(labels.get(line.name, line.name), lambda column, line=line: getattr(line, column)) for line in lines]  # type: ignore[misc]  # mypy does not see the default of `line`
    total = row(labels["total"], lambda column: sum(getattr(line, column) for line in lines))
    header = case_header(name, content)
    return _section(labels[title], "", (0, *(21,) * len(CASE_COLUMNS)), 1, header, [*rows, total], strong={len(rows)})


def _case(row: list[str]) -> list[str]:
    case, opened, area_code, area, kind, level, status, due, overdue, _ = row
    return [case, _minute(opened), f"{area} ({area_code})", kind, level, status, _minute(due), overdue]


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def custody_page(content: Content, listing: Listing, link: Link) -> dict[str, Any]:
    """Returns the values of `tables.typ` for the reconciliation. Balances with a difference are bold."""
    labels = TEXTS[content.language]
    rows = list(islice(listing.rows(), LISTED))
    differing = [at for at, line in enumerate(content.custody) if line.difference]
    return head(content, link) | {
        "landscape": True,
        "headline": [],
        "sections": [
            _section(
                labels["custody"],
                labels["custody_note"],
                (30, 0, 16, *(22,) * len(GOOD_COLUMNS)),
                3,
                [labels[name] for name in ("sku", "name", "unit", *GOOD_COLUMNS)],
                (_good(line, content) for line in content.custody),
                strong=differing,
                size=9,
            ),
            _section(
                labels["balances"],
                labels["no_balances"] if not rows else listed_note(content, "listed_balances"),
                (14, 0, 0, 24, 13, *(17,) * (len(OF_BALANCES) - _QUANTITIES)),
                _QUANTITIES,
                [labels[name] for name in OF_BALANCES],
                (_balance(row, content) for row in rows),
                strong=[at for at, row in enumerate(rows) if row[_DIFFERENCE] != "0"],
                size=7.5,
            ),
        ],
    }


def _good(line: GoodBalance, content: Content) -> list[str]:
    quantities = [i18n.quantity(getattr(line, column), content.language) for column in GOOD_COLUMNS]
    return [line.sku, line.name, line.unit, *quantities]


def _balance(row: list[str], content: Content) -> list[str]:
    return row[:_QUANTITIES] + [i18n.number(Decimal(cell), content.language) for cell in row[_QUANTITIES:]]


def _section(
    title: str,
    note: str,
    widths: Sequence[int],
    right_from: int,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    strong: Iterable[int] = (),
    size: float = 10,
) -> dict[str, Any]:
    """Returns a table. `widths` in millimetres, 0 for the rest; numbers from the column `right_from` on; `size` in points."""
    bold = set(strong)
    return {
        "title": title,
        "note": note,
        "widths": list(widths),
        "right_from": right_from,
        "header": list(header),
        "rows": [{"cells": list(row), "strong": at in bold} for at, row in enumerate(rows)],
        "size": size,
    }
