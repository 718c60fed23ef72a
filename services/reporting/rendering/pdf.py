"""The report as PDF: tagged for assistive technology (PDF/UA-1) and fit for archives (PDF/A-2a), byte for byte repeatable.

Python says what stands on the page, as text; `report.typ` says where.
"""

import io
import re
import unicodedata
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from services.reporting.domain import words
from services.reporting.domain.report import Content, Link, Tally
from services.reporting.domain.words import WORDS
from services.reporting.rendering.ledger import FIXED, Listing

LISTED = 2000
"""How many handovers a PDF lists. It then says how many there are, and the hash of the whole list."""

_TEMPLATE = Path(__file__).with_name("report.typ")
# What typst's own fonts can show. Anything else would fail the standards, and with them the report.
_UNSHOWN = re.compile("[^ -~\u00a0-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20a0-\u20c0\u2190-\u22ff]")
_STANDARDS: list[Any] = ["ua-1", "a-2a"]
_HEADLINE = ("entitled", "delivered", "failed", "remaining", "flagged", "disputed", "open_cases")
_COLUMNS = ("entitled", "delivered", "failed", "remaining", "flagged")
_BY_DAY = ("delivered", "failed", "flagged")


@cache
def _fonts() -> typst.Fonts:
    # Only the fonts inside typst: a font of the machine would change the bytes from one machine to the next.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def render_pdf(content: Content, listing: Listing, link: Link) -> bytes:
    """The PDF's bytes."""
    page = orjson.dumps(_showable(_page(content, listing, link))).decode()
    inputs = {"page": page, "qr": _qr(link.url)}
    compiler = typst.Compiler(_TEMPLATE, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARDS, timestamp=int(content.as_of.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf


def _page(content: Content, listing: Listing, link: Link) -> dict[str, Any]:
    labels, language = WORDS[content.language], content.language
    place = words.place(content)
    return {
        "language": language,
        "words": labels,
        "document": words.title(content.template, content.round_name, place, language),
        "title": labels[content.template],
        "subtitle": f"{content.program_name} – {content.round_name}",
        "place": place,
        "author": content.author.name,
        "number": link.number,
        "facts": _facts(content),
        "headline": [[labels[name], _count(getattr(content.totals, name), content)] for name in _HEADLINE],
        "coverage": words.percent(content.totals.reached, content.totals.entitled, language),
        "period_note": labels["period_note"] if content.since or content.until else "",
        "goods": _goods(content),
        "areas": [[line.area, line.name, line.depth, *_tally(line.tally, content)] for line in content.areas],
        "totals": _tally(content.totals, content),
        "days": _days(content),
        "handovers": [_handover(row, content) for row in islice(listing.rows(), LISTED)],
        "listed_note": _listed_note(content),
        "ledger": [labels["ledger_hash"].format(count=_count(content.ledger.count, content)), content.ledger.sha256],
        "verify_url": link.url,
        "qr_alt": labels["qr_alt"].format(url=link.url),
    }


def _showable(value: Any) -> Any:
    """The same value with a box in place of each character that no embedded font has."""
    match value:
        case str():
            return _UNSHOWN.sub("\u25a1", unicodedata.normalize("NFC", value))
        case list() | tuple():
            return [_showable(part) for part in value]
        case dict():
            return {key: _showable(part) for key, part in value.items()}
    return value


def _facts(content: Content) -> list[list[str]]:
    labels = WORDS[content.language]
    return [
        [labels["program"], content.program_name],
        [labels["round"], content.round_name],
        [labels["area"], f"{words.place(content)} ({content.area})"],
        [labels["period"], words.period(content)],
        [labels["author"], f"{content.author.name} ({content.author.role})"],
        [labels["as_of"], words.long_time(content.as_of, content.area, content.language)],
        [labels["position"], content.position],
        [labels["input_hash"], content.input_hash],
    ]


def _count(value: int, content: Content) -> str:
    return words.number(value, content.language)


def _tally(tally: Tally, content: Content) -> list[str]:
    counts = [_count(getattr(tally, name), content) for name in _COLUMNS]
    return [*counts, words.percent(tally.reached, tally.entitled, content.language)]


def _goods(content: Content) -> list[list[str]]:
    return [
        [good.sku, good.name, good.unit]
        + [words.quantity(amount, content.language) for amount in (good.entitled, good.delivered, good.remaining)]
        for good in content.goods
    ]


def _days(content: Content) -> list[list[str]]:
    """One row a day, and the sum as the last."""
    if not content.days:
        return []
    rows = [
        [words.long_date(line.day, content.language)] + [_count(getattr(line, name), content) for name in _BY_DAY]
        for line in content.days
    ]
    total = [_count(sum(getattr(line, name) for line in content.days), content) for name in _BY_DAY]
    return [*rows, [WORDS[content.language]["total"], *total]]


def _handover(row: list[str], content: Content) -> list[Any]:
    """Number, time, village, its code, quantities, beginning of the photo's hash, and status with flags."""
    labels = WORDS[content.language]
    fixed = dict(zip(FIXED, row, strict=False))
    amounts = [
        f"{words.number(Decimal(amount), content.language)} {good.unit} {good.name}"
        for good, amount in zip(content.goods, row[len(FIXED) :], strict=True)
        if amount != "0"
    ]
    return [
        fixed["handover"],
        fixed["at"][:16].replace("T", " "),
        fixed["village"],
        fixed["village_code"],
        amounts,
        fixed["photo_sha256"][:12],
        ", ".join([fixed["status"], *(labels.get(flag, flag) for flag in fixed["flags"].split())]),
    ]


def _listed_note(content: Content) -> str:
    if content.ledger.count <= LISTED:
        return ""
    note = WORDS[content.language]["listed_part"]
    return note.format(shown=_count(LISTED, content), count=_count(content.ledger.count, content))


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
