"""A report's content as a value: all that its file says, and nothing that the moment of rendering could change.

Two reports with equal content have the same input hash and, in one format, the same number and the same bytes.
"""

import hashlib
from datetime import date
from functools import cached_property
from pathlib import Path

import orjson

from amanah.contracts.areas import AreaCode
from amanah.contracts.ids import derived_id
from amanah.contracts.message import Model, Moment, Sha256
from amanah.contracts.reports import ReportLanguage, ReportTemplate


class Tally(Model):
    """The counts of one area. `delivered`, `failed` and `flagged` are of the report's period, the others as of now.

    `reached` is delivered over the whole round, `remaining` what was neither delivered nor failed over the whole round.
    """

    entitled: int = 0
    delivered: int = 0
    reached: int = 0
    failed: int = 0
    remaining: int = 0
    flagged: int = 0
    disputed: int = 0
    open_cases: int = 0


class AreaLine(Model):
    """One area's figures. `depth` is 0 for the children of the report's area and 1 for theirs."""

    area: AreaCode
    name: str
    depth: int
    tally: Tally


class DayLine(Model):
    """What happened on one local day; `failed` counts attempts, also those of recipients who were served later."""

    day: date
    delivered: int = 0
    failed: int = 0
    flagged: int = 0


class GoodsLine(Model):
    """One good, in thousandths of its unit. `remaining` is as of now, whatever the period."""

    sku: str
    name: str
    unit: str
    entitled: int
    delivered: int
    remaining: int


class CaseLine(Model):
    """How many cases of one kind or level there are in each status, and how many of the open ones are overdue."""

    name: str
    open: int = 0
    assigned: int = 0
    escalated: int = 0
    resolved: int = 0
    overdue: int = 0

    @property
    def all(self) -> int:
        """In whatever status."""
        return self.open + self.assigned + self.escalated + self.resolved


class GoodBalance(Model):
    """One good over all places and legs, in thousandths: what was packed, and where all of it is."""

    sku: str
    name: str
    unit: str
    made: int = 0
    at_places: int = 0
    on_the_way: int = 0
    handed_over: int = 0
    lost: int = 0
    damaged: int = 0
    returned: int = 0
    difference: int = 0


class Ledger(Model):
    """The list behind the figures (handovers, cases or balances): how many lines, and its SHA-256 as CSV (RFC 4180).

    `reversed` handovers were taken back by a correction: they stay on the list and count no longer.
    """

    count: int
    sha256: Sha256
    reversed: int = 0


class LogCheckpoint(Model):
    """A dated checkpoint of the audit log: a file that states it pins all of the log below. `root` is base64."""

    origin: str
    day: date
    size: int
    root: str


class Author(Model):
    """Who asked for the report, in which role."""

    name: str
    role: str


class Content(Model):
    """A report. `position` is how far the event log had been counted, `as_of` the time of the last event counted.

    `since` and `until` are the local days covered, both included; None on a side that is open.
    Templates have what they tell: figures (`goods`, `areas`, `days`), cases, or custody. `layout` is the digest of the
    office's own layout; empty for the built-in one.
    `checkpoint` is the newest of the audit log that was dated by then; None before the first.
    `place` names the area and those around it, the largest first; empty for the nation.
    """

    template: ReportTemplate
    language: ReportLanguage
    round_id: str
    round_name: str
    program_name: str
    area: AreaCode
    place: tuple[str, ...]
    since: date | None
    until: date | None
    author: Author
    position: str
    as_of: Moment
    totals: Tally
    ledger: Ledger
    goods: tuple[GoodsLine, ...] = ()
    areas: tuple[AreaLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    cases_by_kind: tuple[CaseLine, ...] = ()
    cases_by_level: tuple[CaseLine, ...] = ()
    custody: tuple[GoodBalance, ...] = ()
    decree: str = ""
    layout: str = ""
    checkpoint: LogCheckpoint | None = None

    @cached_property
    def input_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON of this value: keys sorted, no spaces, UTF-8 (RFC 8785 for these types)."""
        return hashlib.sha256(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def number(self, file_format: str) -> str:
        """The number printed on the file, and what its QR code leads to. It follows from content and format alone.

        The report's own id is no part of it: asking twice for the same thing must give the same bytes twice.
        """
        return derived_id("rep", self.input_hash, file_format)


class Link(Model):
    """What a file says of itself: its number, and the address where anyone can check it. `layouts`: whose forms it has."""

    number: str
    url: str
    layouts: Path | None = None
