"""Parts of a page that every report has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import Content, GoodsLine, Link

LISTED = 2000
"""The most lines of a list in a PDF. It states their number and the hash of the whole list."""


def head(content: Content, link: Link) -> dict[str, Any]:
    """Returns title, facts, number and URL."""
    labels, language = TEXTS[content.language], content.language
    place = i18n.place(content)
    return {
        "language": language,
        "words": labels,
        "document": i18n.title(content.template, content.round_name, place, language),
        "title": labels[content.template],
        "subtitle": f"{content.program_name} – {content.round_name}",
        "place": place,
        "author": content.author.name,
        "number": link.number,
        "checkpoint_line": i18n.checkpoint_line(content),
        "facts": _facts(content),
        "ledger": [labels["ledger_hash"].format(count=count(content.ledger.count, content)), content.ledger.sha256],
        "verify_url": link.url,
        "qr_alt": labels["qr_alt"].format(url=link.url),
    }


def _facts(content: Content) -> list[list[str]]:
    labels = TEXTS[content.language]
    return [
        [labels["program"], content.program_name],
        [labels["round"], content.round_name],
        [labels["area"], f"{i18n.place(content)} ({content.area})"],
        [labels["period"], i18n.period(content)],
        [labels["author"], f"{content.author.name} ({content.author.role})"],
        [labels["as_of"], i18n.long_time(content.as_of, content.area, content.language)],
        [labels["position"], content.position],
        [labels["input_hash"], content.input_hash],
        *map(list, i18n.checkpoint(content)),
    ]


def count(value: int, content: Content) -> str:
    """Returns a number as people of the language write it."""
    return i18n.number(value, content.language)


def amounts(goods: Sequence[GoodsLine], quantities: Sequence[str], content: Content) -> list[str]:
    """Returns a line per good that was handed over; `quantities` are plain decimals in the order of the goods."""
    return [
        f"{i18n.number(Decimal(quantity), content.language)} {good.unit} {good.name}"
        for good, quantity in zip(goods, quantities, strict=True)
        if quantity != "0"
    ]


def listed_note(content: Content, word: str) -> str:
    """Returns a note where the list is cut; empty otherwise."""
    if content.ledger.count <= LISTED:
        return ""
    note: Mapping[str, str] = TEXTS[content.language]
    return note[word].format(shown=count(LISTED, content), count=count(content.ledger.count, content))
