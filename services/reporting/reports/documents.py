"""Stored reports, and the audit log's dated checkpoints that they state, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index


class RequesterDocument(TypedDict):
    """The actor who requested a report, in the role in which they did."""

    id: str
    name: str
    role: str
    area: str


class ReportDocument(TypedDict):
    """A report from request to file.

    `wanted` are the ends of the topics to wait for, by partition; the fields from `number` on are those of a READY report;
    `failure` is that of a FAILED one.
    """

    _id: str
    template: str
    format: str
    round: str
    area: str
    since: str | None
    until: str | None
    language: str
    title: str
    requestedBy: RequesterDocument
    requestedAt: datetime
    authority: str
    status: str
    attempts: int
    lease: str | None
    leaseUntil: datetime
    wanted: NotRequired[dict[str, dict[str, int]]]
    number: NotRequired[str]
    object: NotRequired[str]
    sha256: NotRequired[str]
    size: NotRequired[int]
    asOf: NotRequired[datetime]
    position: NotRequired[str]
    inputHash: NotRequired[str]
    madeAt: NotRequired[datetime]
    failure: NotRequired[str]


class CheckpointDocument(TypedDict):
    """The first checkpoint of the audit log on a day (UTC), which is its `_id`. `root` is base64."""

    _id: str
    origin: str
    at: datetime
    size: int
    root: str


REPORTS = Table(
    "reports",
    ReportDocument,
    index("status", "leaseUntil"),
    index("number", sparse=True),
    index("sha256", "_id", sparse=True),
    index("round", "_id"),
    index("area", "_id"),
)
CHECKPOINTS = Table("checkpoints", CheckpointDocument, index("at"))
