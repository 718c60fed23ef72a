"""The page of handover minutes (berita acara serah terima, BAST). Its values are documented in docs/guide/minutes.md."""

from itertools import islice
from typing import Any

from amanah.contracts.areas import AreaLevel, level
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_date
from services.reporting.reports.rendering.handovers import FIXED
from services.reporting.reports.rendering.pages.facts import LISTED, amounts, count, listed_note
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.number_words import in_words
from services.reporting.reports.rules.report import Content, Link

_COUNTS = ("entitled", "delivered", "reached", "failed", "remaining")

# The official who acknowledges the minutes, by the level of the area.
_ACKNOWLEDGED_BY: dict[ReportLanguage, dict[AreaLevel, str]] = {
    ReportLanguage.ID: {
        AreaLevel.VILLAGE: "Kepala Desa/Lurah {}",
        AreaLevel.DISTRICT: "Camat {}",
        AreaLevel.REGENCY: "Kepala Dinas Sosial {}",
        AreaLevel.PROVINCE: "Kepala Dinas Sosial Provinsi {}",
        AreaLevel.NATION: "Kementerian Sosial Republik Indonesia",
    },
    ReportLanguage.EN: {
        AreaLevel.VILLAGE: "Head of the village {}",
        AreaLevel.DISTRICT: "Head of the district {}",
        AreaLevel.REGENCY: "Head of the Social Service, {}",
        AreaLevel.PROVINCE: "Head of the Social Service, {} Province",
        AreaLevel.NATION: "Ministry of Social Affairs of the Republic of Indonesia",
    },
}


def page(content: Content, listing: Listing, link: Link) -> dict[str, Any]:
    """Returns the values of `bast.typ`."""
    labels, language = TEXTS[content.language], content.language
    place = i18n.place(content)
    return {
        "language": language,
        "words": labels,
        "document": i18n.title(content.template, content.round_name, place, language),
        "title": labels[content.template],
        "number": number(content, link),
        "report_number": link.number,
        "report_number_label": labels["number"],
        "program": content.program_name,
        "round": content.round_name,
        "decree": content.decree or "–",
        "place": place,
        "place_line": i18n.formal_place(content),
        "area_code": content.area,
        "acknowledged_by": _ACKNOWLEDGED_BY[language][level(content.area)].format(
            content.place[-1:] and content.place[-1]
        ),
        "author": content.author.name,
        "date": _date(content),
        "period": i18n.period(content),
        "as_of": i18n.long_time(content.as_of, content.area, language),
        "position": content.position,
        "input_hash": content.input_hash,
        "checkpoint": i18n.checkpoint(content),
        "checkpoint_line": i18n.checkpoint_line(content),
        "counts": {name: _count_in_words(getattr(content.totals, name), content) for name in _COUNTS},
        "goods": [
            {
                "no": str(at),
                "sku": good.sku,
                "name": good.name,
                "unit": good.unit,
                "entitled": i18n.quantity(good.entitled, language),
                "delivered": i18n.quantity(good.delivered, language),
                "remaining": i18n.quantity(good.remaining, language),
            }
            for at, good in enumerate(content.goods, start=1)
        ],
        "handovers": [_handover(at, row, content) for at, row in enumerate(islice(listing.rows(), LISTED), start=1)],
        "listed_note": listed_note(content, "listed_part"),
        "ledger": {
            "text": labels["ledger_hash"].format(count=count(content.ledger.count, content)),
            "count": count(content.ledger.count, content),
            "sha256": content.ledger.sha256,
        },
        "verify_url": link.url,
        "qr_alt": labels["qr_alt"].format(url=link.url),
    }


def number(content: Content, link: Link) -> str:
    """Returns the minutes' number in the form of official letters; it begins with the end of the report's own number."""
    day = local_date(content.as_of, content.area)
    return f"{link.number.rpartition('_')[2][:8].upper()}/BAST/{content.area}/{i18n.roman_month(day)}/{day.year}"


def _date(content: Content) -> dict[str, str]:
    """Returns the day of the data, which is the date of the minutes."""
    day, language = local_date(content.as_of, content.area), content.language
    return {
        "weekday": i18n.weekday(day, language),
        "day_words": in_words(day.day),
        "month": i18n.month(day, language),
        "year_words": in_words(day.year),
        "numeric": f"{day:%d-%m-%Y}",
        "text": i18n.long_date(day, language),
    }


def _count_in_words(value: int, content: Content) -> dict[str, str]:
    """Returns a count in figures, and in Indonesian also in words."""
    return {
        "figure": count(value, content),
        "words": in_words(max(0, value)) if content.language == ReportLanguage.ID else "",
    }


def _handover(at: int, row: list[str], content: Content) -> dict[str, Any]:
    labels = TEXTS[content.language]
    fixed = dict(zip(FIXED, row, strict=False))
    return {
        "no": count(at, content),
        "id": fixed["handover"],
        "at": fixed["at"][:16].replace("T", " "),
        "village": fixed["village"],
        "village_code": fixed["village_code"],
        "items": amounts(content.goods, row[len(FIXED) :], content),
        "officer": fixed["officer"],
        # Shown for exceptions only.
        "status": "" if fixed["status"] == labels["ACCEPTED"] else fixed["status"],
        "photo_sha256": fixed["photo_sha256"],
    }
