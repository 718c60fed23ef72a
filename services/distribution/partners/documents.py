"""Stored partners, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.partners import CredentialKind, PartnerLimits, PartnerStatus
from amanah.runtime.tables import Table, index


class LimitsDocument(TypedDict):
    """Limits of a partner."""

    eventsPerMinute: int
    pendingEvents: int


class CredentialDocument(TypedDict):
    """Credential of a partner. `until` is the end of an earlier one that was rotated, None for the current one.

    `secret` is what checks it, never the secret in the clear: of OAUTH2 a keyed hash, of HMAC and WEBHOOK the encrypted
    key, of KAFKA the encrypted salted password (RFC 5802).
    """

    kind: CredentialKind
    name: str
    secret: str
    since: datetime
    until: datetime | None


class WebhookDocument(TypedDict):
    """Where outcomes are posted. `parkedAt` is when that ended because no attempt succeeded."""

    url: str
    active: bool
    parkedAt: datetime | None


class PartnerDocument(TypedDict):
    """A partner. `nameKey` is its name without regard to case and blanks; `contacts` is encrypted.

    `subjects`, the ids of users who act for it, is left out when there are none, so that its unique index may be sparse.
    Tokens that were issued before `tokensFrom` are refused: a secret that became known to others was ended then.
    """

    _id: str
    name: str
    nameKey: str
    contacts: str
    area: str
    places: list[str]
    packages: list[str]
    status: PartnerStatus
    reason: str | None
    suspendedAt: datetime | None
    sandbox: bool
    limits: LimitsDocument
    subjects: NotRequired[list[str]]
    credentials: list[CredentialDocument]
    webhook: NotRequired[WebhookDocument]
    tokensFrom: NotRequired[datetime]


def limits_document(limits: PartnerLimits) -> LimitsDocument:
    """The limits as they are stored."""
    return {"eventsPerMinute": limits.events_per_minute, "pendingEvents": limits.pending_events}


PARTNERS = Table(
    "partners",
    PartnerDocument,
    index("nameKey", unique=True),
    index("subjects", unique=True, sparse=True),
    index("area", "_id"),
)
