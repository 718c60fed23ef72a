"""Stored cases and their history, with their indexes."""

from datetime import datetime
from typing import TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.runtime.tables import Table, index
from services.distribution.store import RelatedSubjects


class AttachmentDocument(TypedDict):
    """A file of a complaint in the bucket `evidence`."""

    id: str
    key: str
    sha256: str
    type: str
    size: int


class CaseDocument(TypedDict):
    """A case. `text` and `contact` are encrypted; `number` is the keyed hash of the number that sent it by SMS.

    `once` is the idempotency key, `party` the officer whom it is about, `filedBy` None for an anonymous author. `escalateAt`
    is the deadline after which the next level answers; `events` is the number of lines in the history.
    """

    _id: str
    once: str
    reference: str
    kind: str
    channel: str
    status: str
    level: str
    area: str
    round: str | None
    subjectType: str | None
    subject: str | None
    entitlement: str | None
    recipient: str | None
    handover: str | None
    party: str | None
    alert: str | None
    filedBy: str | None
    assignee: str | None
    anonymous: bool
    number: str | None
    text: str
    contact: str
    attachments: list[AttachmentDocument]
    openedAt: datetime
    dueAt: datetime
    escalateAt: datetime | None
    events: int


class CaseEventDocument(TypedDict):
    """A line of a case's history. `note` is encrypted; `by` is None for an anonymous author."""

    _id: str
    case: str
    number: int
    at: datetime
    by: str | None
    action: str
    level: str
    note: str


CASES = Table(
    "cases",
    CaseDocument,
    index("once", unique=True),
    index("reference", unique=True),
    index("area", "_id"),
    index("filedBy", "_id"),
    index("assignee", "_id"),
    index("entitlement", "number"),
    index("escalateAt"),
)

CASE_EVENTS = Table("case_events", CaseEventDocument, index("case", "number", unique=True))


def related_to_case(case: CaseDocument) -> RelatedSubjects:
    """Returns the subject of a complaint and the people involved; of an anonymous case its round and its assignee only.

    The author of a complaint about an entitlement is nearly always its recipient, and the log is public.
    """
    if case["anonymous"]:
        return related_subjects(case["assignee"], case["round"])
    return related_subjects(
        case["recipient"],
        case["entitlement"],
        case["handover"],
        case["subject"],
        case["alert"],
        case["party"],
        case["assignee"],
        case["round"],
    )


def parties(case: CaseDocument) -> tuple[str, ...]:
    """Returns the users who may read the case wherever they work: its author, unless anonymous, and its assignee."""
    return tuple(user for user in (case["filedBy"], case["assignee"]) if user is not None)
