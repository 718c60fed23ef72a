"""What every page says of itself."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.reporting.reports.rules import words
from services.reporting.reports.rules.report import Content, GoodsLine, Link
from services.reporting.reports.rules.words import WORDS

LISTED = 2000
"""How many lines of its list a PDF has. It then says how many there are, and the hash of the whole list."""


def head(content: Content, link: Link) -> dict[str, Any]:
    """Title, facts, number and address."""
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
        "checkpoint_line": words.checkpoint_line(content),
        "facts": _facts(content),
        "ledger": [labels["ledger_hash"].format(count=count(content.ledger.count, content)), content.ledger.sha256],
        "verify_url": link.url,
        "qr_alt": labels["qr_alt"].format(url=link.url),
    }


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
        *map(list, words.checkpoint(content)),
    ]


def count(value: int, content: Content) -> str:
    """A number as people write it."""
    return words.number(value, content.language)


def amounts(goods: Sequence[GoodsLine], quantities: Sequence[str], content: Content) -> list[str]:
    """What was handed over, a line a good; `quantities` are plain decimals in the order of the goods."""
    return [
        f"{words.number(Decimal(quantity), content.language)} {good.unit} {good.name}"
        for good, quantity in zip(goods, quantities, strict=True)
        if quantity != "0"
    ]


def listed_note(content: Content, word: str) -> str:
    """That not all of the list is shown, when it is so."""
    if content.ledger.count <= LISTED:
        return ""
    note: Mapping[str, str] = WORDS[content.language]
    return note[word].format(shown=count(LISTED, content), count=count(content.ledger.count, content))
