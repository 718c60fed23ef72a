"""The report as CSV: the list of handovers, after `#` lines that say what it is."""

from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import words
from services.reporting.reports.rules.report import Content, Link
from services.reporting.reports.rules.words import WORDS


def render_csv(content: Content, listing: Listing, link: Link) -> bytes:
    """The CSV's bytes: RFC 4180 in UTF-8. What follows the `#` lines hashes to the SHA-256 that they state."""
    labels = WORDS[content.language]
    facts = [
        (labels["number"], link.number),
        (labels["program"], content.program_name),
        (labels["round"], content.round_name),
        (labels["area"], f"{words.place(content)} ({content.area})"),
        (labels["period"], words.period(content)),
        (labels["author"], f"{content.author.name} ({content.author.role})"),
        (labels["as_of"], words.long_time(content.as_of, content.area, content.language)),
        (labels["position"], content.position),
        (labels["input_hash"], content.input_hash),
        *words.checkpoint(content),
        (labels["ledger_hash"].format(count=content.ledger.count), content.ledger.sha256),
        (labels["verify"], link.url),
    ]
    lines = [f"# {labels[content.template]}", *(f"# {name}: {value}" for name, value in facts)]
    # One line each: a line break in a name would let its rest pass for a row.
    preamble = "".join(" ".join(line.split()) + "\r\n" for line in lines)
    return preamble.encode() + listing.content()
