"""The page of a report of figures: daily, weekly, final."""

from itertools import islice
from typing import Any

from services.reporting.reports.rendering.handovers import FIXED
from services.reporting.reports.rendering.pages.facts import LISTED, amounts, count, head, listed_note
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import AreaCounts, Content, Link

_HEADLINE = ("entitled", "delivered", "failed", "remaining", "flagged", "disputed", "open_cases")
_COLUMNS = ("entitled", "delivered", "failed", "remaining", "flagged")
_BY_DAY = ("delivered", "failed", "flagged")


def page(content: Content, listing: Listing, link: Link) -> dict[str, Any]:
    """Returns the values of `report.typ`."""
    labels, language = TEXTS[content.language], content.language
    return head(content, link) | {
        "headline": [[labels[name], count(getattr(content.totals, name), content)] for name in _HEADLINE],
        "coverage": i18n.percent(content.totals.reached, content.totals.entitled, language),
        "period_note": labels["period_note"] if content.since or content.until else "",
        "goods": _goods(content),
        "areas": [[line.area, line.name, line.depth, *_tally(line.tally, content)] for line in content.areas],
        "totals": _tally(content.totals, content),
        "days": _days(content),
        "handovers": [_handover(row, content) for row in islice(listing.rows(), LISTED)],
        "listed_note": " ".join(filter(None, (_reversed_note(content), listed_note(content, "listed_part")))),
    }


def _tally(tally: AreaCounts, content: Content) -> list[str]:
    counts = [count(getattr(tally, name), content) for name in _COLUMNS]
    return [*counts, i18n.percent(tally.reached, tally.entitled, content.language)]


def _goods(content: Content) -> list[list[str]]:
    return [
        [good.sku, good.name, good.unit]
        + [i18n.quantity(amount, content.language) for amount in (good.entitled, good.delivered, good.remaining)]
        for good in content.goods
    ]


def _days(content: Content) -> list[list[str]]:
    """Returns a row per day, and the sum as the last."""
    if not content.days:
        return []
    rows = [
        [i18n.long_date(line.day, content.language)] + [count(getattr(line, name), content) for name in _BY_DAY]
        for line in content.days
    ]
    total = [count(sum(getattr(line, name) for line in content.days), content) for name in _BY_DAY]
    return [*rows, [TEXTS[content.language]["total"], *total]]


def _handover(row: list[str], content: Content) -> list[Any]:
    """Returns number, time, village, its code, quantities, beginning of the photo's hash, and status with flags."""
    labels = TEXTS[content.language]
    fixed = dict(zip(FIXED, row, strict=False))
    return [
        fixed["handover"],
        fixed["at"][:16].replace("T", " "),
        fixed["village"],
        fixed["village_code"],
        amounts(content.goods, row[len(FIXED) :], content),
        fixed["photo_sha256"][:12],
        ", ".join([fixed["status"], *(labels.get(flag, flag) for flag in fixed["flags"].split())]),
    ]


def _reversed_note(content: Content) -> str:
    count_reversed = content.ledger.reversed
    return (
        TEXTS[content.language]["reversed_note"].format(count=count(count_reversed, content)) if count_reversed else ""
    )
