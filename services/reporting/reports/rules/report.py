"""The content of a report as a value: all of its file's statements, none of which depends on the time of rendering.

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
from services.reporting.figures.rules.balances import GoodBalance
from services.reporting.figures.rules.cases import CaseLine


class AreaCounts(Model):
    """The counts of one area. `delivered`, `failed` and `flagged` are of the report's period, the others as of now.

    `reached` is delivered over the whole round, `remaining` neither delivered nor failed over the whole round.
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
    tally: AreaCounts


class DayLine(Model):
    """Counts of one local day; `failed` counts attempts, also those of recipients who were served later."""

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


class ListSummary(Model):
    """The list behind the figures (handovers, cases or balances): its number of lines, and its SHA-256 as CSV (RFC 4180).

    `reversed` handovers were reversed by a correction: they stay on the list and no longer count.
    """

    count: int
    sha256: Sha256
    reversed: int = 0


class LogCheckpoint(Model):
    """A dated checkpoint of the audit log: a file that states it commits to the log up to `size`. `root` is base64."""

    origin: str
    day: date
    size: int
    root: str


class Author(Model):
    """The person who requested the report, and their role."""

    name: str
    role: str


class Content(Model):
    """A report's content. `position` is the position of the projection, `as_of` the time of the last event counted.

    `since` and `until` are the local days covered, both included; None on an open side.
    Templates fill their part: figures (`goods`, `areas`, `days`), cases, or custody. `layout` is the digest of the
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
    totals: AreaCounts
    ledger: ListSummary
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
        """Returns the number printed on the file and in its QR code. It depends on content and format alone.

        The report's own id is no part of it: two requests for the same content must give the same bytes.
        """
        return derived_id("rep", self.input_hash, file_format)


class Link(Model):
    """The number of a file, the URL where anyone can verify it, and the folder of the office's own layouts."""

    number: str
    url: str
    layouts: Path | None = None
