"""The report as CSV: its list, after `#` lines with the facts of the report."""

from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules import i18n
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import Content, Link


def render_csv(content: Content, listing: Listing, link: Link) -> bytes:
    """Renders the CSV: RFC 4180 in UTF-8. The bytes after the `#` lines hash to the SHA-256 that they state."""
    labels = TEXTS[content.language]
    facts = [
        (labels["number"], link.number),
        (labels["program"], content.program_name),
        (labels["round"], content.round_name),
        (labels["area"], f"{i18n.place(content)} ({content.area})"),
        (labels["period"], i18n.period(content)),
        (labels["author"], f"{content.author.name} ({content.author.role})"),
        (labels["as_of"], i18n.long_time(content.as_of, content.area, content.language)),
        (labels["position"], content.position),
        (labels["input_hash"], content.input_hash),
        *i18n.checkpoint(content),
        (labels["ledger_hash"].format(count=content.ledger.count), content.ledger.sha256),
        (labels["verify"], link.url),
    ]
    lines = [f"# {labels[content.template]}", *(f"# {name}: {value}" for name, value in facts)]
    # One line each: the text after a line break in a name would read as a row.
    preamble = "".join(" ".join(line.split()) + "\r\n" for line in lines)
    return preamble.encode() + listing.content()
