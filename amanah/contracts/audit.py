"""The audit log's entry and what the audit service can be asked.

The entry's bytes as published are the leaf of the log: canonical JSON (RFC 8785), under 65,535 bytes, without personal data.
"""

from datetime import datetime
from typing import Any, ClassVar, Generic

import orjson
from pydantic import Field

from amanah.contracts.actor import Acting, Role
from amanah.contracts.ids import new_id
from amanah.contracts.message import A, Answer, Model, Moment, Page, Request, rfc3339

ENTRY_VERSION = 1
ENTRY_LIMIT = 65_535

READERS = frozenset({Role.AUDITOR, Role.ADMIN})


class Subject(Model):
    """What an entry is about."""

    type: str
    id: str


class Origin(Model):
    """From where the action came."""

    service: str
    ip: str = ""
    device: str = ""
    trace: str = ""


class EventRef(Model):
    """The event that the same transaction published; empty strings when there was none."""

    topic: str = ""
    type: str = ""
    id: str = ""


class AuditEntry(Model):
    """One line of the log: who did what to what, when, on what authority.

    `action` follows `service:noun:verb`. `before` and `after` are commitments (`hmac-sha256:<hex>`), file hashes
    (`sha256:<hex>`) or empty; never a value.
    """

    v: int = ENTRY_VERSION
    id: str
    time: Moment
    actor: Acting
    action: str = Field(pattern=r"^[a-z]+:[a-z-]+:[a-z-]+$")
    subject: Subject
    area: str = ""
    outcome: str = "done"
    reason: str = ""
    authority: str = ""
    origin: Origin
    before: str = ""
    after: str = ""
    event: EventRef = EventRef()

    def canonical(self) -> bytes:
        """The leaf: canonical JSON. Raises ValueError when it is too long for the log."""
        body = self.model_dump(mode="python")
        body["time"] = rfc3339(self.time)
        # The actor's name is personal data of an employee: the id is enough, names are kept beside the log.
        body["actor"] = {"area": self.actor.area, "id": self.actor.id, "role": self.actor.role}
        leaf = canonical(body)
        if len(leaf) >= ENTRY_LIMIT:
            raise ValueError("an audit entry must stay under 65,535 bytes")
        return leaf


def canonical(value: Any) -> bytes:
    """RFC 8785 JSON of a value that holds only strings, booleans, None, integers below 2^53, lists and ASCII-keyed maps.

    Within these limits sorted orjson equals the standard's form; a property test holds it against the `rfc8785` package.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def new_entry_id() -> str:
    """An id for an entry."""
    return new_id("aud")


class AuditRequest(Request[A], Generic[A]):
    """Anything the audit service can be asked."""

    service: ClassVar[str] = "audit"


class AuditView(Answer):
    """One entry as auditors read it. `index` is its place in the log; `actor_name` is kept beside the log."""

    id: str
    index: int
    at: Moment
    action: str
    outcome: str
    authority: str
    reason: str = ""
    service: str
    trace_id: str
    actor_id: str
    actor_name: str
    actor_role: str
    actor_area: str
    subject_type: str
    subject_id: str


class AuditPage(Answer):
    """A page of entries, the newest first; the cursor is the index."""

    nodes: tuple[AuditView, ...] = ()
    total: int = 0
    more: bool = False


class ListEntries(Page[AuditPage]):
    """Entries whose actor or subject lies in the viewer's scope, newest first. `after` is an index as text.

    `action` is exact, or a prefix when it ends with `*` or `:`.
    """

    service: ClassVar[str] = "audit"
    roles: ClassVar[frozenset[Role]] = READERS
    actor_id: str | None = None
    subject_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditProofView(Answer):
    """An inclusion proof: `leaf` is the entry's text (its UTF-8 bytes are the leaf), `proof` a c2sp.org/tlog-proof@v1."""

    index: int
    tree_size: int
    leaf: str
    checkpoint: str
    proof: str


class GetProof(AuditRequest[AuditProofView]):
    """A proof for one entry; waits up to 5 s for an entry just made and for a checkpoint that covers it, then NotYet."""

    roles: ClassVar[frozenset[Role]] = READERS
    entry_id: str


class EntriesByIds(AuditRequest[AuditPage]):
    """Entries by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=500)


class LogState(Answer):
    """How large the log is, and how far its published checkpoint reaches."""

    entries: int
    tree_size: int
    origin: str
    key: str


class GetLogState(AuditRequest[LogState]):
    """The log's size and verifier key; public."""
