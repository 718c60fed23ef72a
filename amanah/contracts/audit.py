"""The audit log's entry and what the audit service can be asked.

The entry's bytes as published are the leaf of the log: canonical JSON (RFC 8785), under 65,535 bytes, without personal data.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic

import orjson
from pydantic import AfterValidator, Field

from amanah.contracts.actor import Acting, Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.ids import ID, kind_of, new_id
from amanah.contracts.message import A, Answer, Event, Model, Moment, Page, Request, registry, rfc3339
from amanah.contracts.public_text import without_numbers
from amanah.contracts.topics import AUDIT

ENTRY_VERSION = 1
ENTRY_LIMIT = 65_535
MOST_CONCERNED = 500
"""So that an entry with as many stays well under its limit; who touches more writes more entries."""

READERS = frozenset({Role.AUDITOR, Role.ADMIN})


class Subject(Model):
    """What an entry is about."""

    type: str
    id: str


def concerning(
    *ids: str | None, packages: Iterable[str | None] = (), places: Iterable[str | None] = ()
) -> tuple[Subject, ...]:
    """The things with these ids, each once, as an entry's concerns; None, and who is no person, is left out.

    Packages and places also have codes, by which people look for them: `packages` and `places` are codes.
    """
    found = [Subject(type=kind, id=each) for each in ids if each and (kind := kind_of(each))]
    for kind, codes in (("Package", packages), ("Place", places)):
        found += [Subject(type=kind, id=code) for code in codes if code]
    return tuple(dict.fromkeys(found))


def _written(text: str) -> str:
    # The log takes no NUL: who types one must not keep what they did out of it.
    return without_numbers(text.replace("\0", ""))


Written = Annotated[str, AfterValidator(_written)]
"""What a person may have typed. Commands refuse numbers of people (`fit_for_log`); what comes by another way is masked."""


class Origin(Model):
    """From where the action came. `device` is what the client calls it: an IMEI or a telephone number is masked."""

    service: str
    ip: str = ""
    device: Written = ""
    trace: str = ""


class EventRef(Model):
    """The event that the same transaction published; empty strings when there was none."""

    topic: str = ""
    type: str = ""
    id: str = ""


class AuditEntry(Model):
    """One line of the log: who did what to what, when, on what authority.

    `action` follows `service:noun:verb`. `before` and `after` are commitments (`hmac-sha256:<hex>`), hashes of files and seals
    (`sha256:<hex>`) or empty; never a value. `concerns` names whatever else it touches: the recipient and the package of a
    handover, the people on a page that was read. It is how the whole history of one of them is found.
    """

    v: int = ENTRY_VERSION
    id: str
    time: Moment
    actor: Acting
    action: str = Field(pattern=r"^[a-z]+:[a-z-]+:[a-z-]+$")
    subject: Subject
    concerns: tuple[Subject, ...] = Field(default=(), max_length=MOST_CONCERNED)
    area: str = ""
    outcome: str = "done"
    reason: Written = ""
    authority: Written = ""
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


def named(ask: Request[Any]) -> tuple[Subject, ...]:
    """What a request names by id, each once. Whatever else a caller sent stays out of the log: it may be anything."""
    found: dict[str, Subject] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)
        elif isinstance(value, str) and ID.fullmatch(value) and (kind := kind_of(value)):
            found.setdefault(value, Subject(type=kind, id=value))

    look(ask.model_dump(mode="json"))
    return tuple(found.values())[:MOST_CONCERNED]


def new_entry_id() -> str:
    """An id for an entry."""
    return new_id("aud")


class AuditRequest(Request[A], Generic[A]):
    """Anything the audit service can be asked."""

    service: ClassVar[str] = "audit"


class AuditView(Answer):
    """One entry as auditors read it. `index` is its place in the log; `actor_name` is kept beside the log.

    `at` is when it happened by the clock of the service that did it, `logged_at` when the log took it in: that clock never
    runs backwards along the indexes.
    """

    id: str
    index: int
    at: Moment
    logged_at: Moment
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
    concerns: tuple[Subject, ...] = ()


class AuditPage(Answer):
    """A page of entries by the time they tell, the newest first.

    `end` is the cursor to go on after, when there may be `more`; a page without nodes has one, too. `total` is how many there
    are at least: counting ends at COUNTED, and where several conditions hold, when 500 entries have been looked at.
    """

    nodes: tuple[AuditView, ...] = ()
    cursors: tuple[str, ...] = ()
    end: str | None = None
    total: int = 0
    more: bool = False


COUNTED = 1_000


class ListEntries(Page[AuditPage]):
    """Entries whose actor or subject lies in the viewer's scope, newest first by `at`. All that is given must hold.

    `about` finds the whole history of a recipient, package, officer or anything else that has an id: entries whose subject,
    actor or concern it is. `action` is exact, or a prefix when it ends with `*` or `:`. `area` is the actor's or the
    subject's, with everything below it. `text` are words of the reason, each of which it must hold. `since` and `until`
    bound `at`. A page may hold fewer than `first` and yet have `more`: how much one page reads is bounded.
    """

    service: ClassVar[str] = "audit"
    roles: ClassVar[frozenset[Role]] = READERS
    actor_id: str | None = Field(default=None, max_length=100)
    subject_id: str | None = Field(default=None, max_length=200)
    about: str | None = Field(default=None, max_length=200)
    action: str | None = Field(default=None, max_length=100)
    authority: str | None = Field(default=None, max_length=200)
    area: AreaCode | None = None
    text: str | None = Field(default=None, max_length=200)
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
    """How large the log is, and how far its published checkpoint reaches.

    `keys` has every key that signs now, `witnesses` the keys of those who are asked to cosign.
    """

    entries: int
    tree_size: int
    origin: str
    key: str
    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()


class GetLogState(AuditRequest[LogState]):
    """The log's size and verifier key; public."""


class CheckpointView(Answer):
    """The published checkpoint as a signed note, with the witnesses' cosignatures."""

    text: str


class GetCheckpoint(AuditRequest[CheckpointView]):
    """The checkpoint that is published; public. Raises NotFound before the first."""


class Evidence(Answer):
    """What the log proves of one thing: an entry about it, its proof, and what the outside may read of it.

    `leaf` is public in the log itself; so nothing here is more than anybody can read under `/log/`.
    """

    subject_id: str
    entry_id: str
    action: str
    at: Moment
    logged_at: Moment
    index: int
    tree_size: int
    leaf: str
    checkpoint: str
    proof: str


class EvidenceAnswer(Answer):
    """Evidence by subject; what has no published entry is left out."""

    nodes: tuple[Evidence, ...] = ()


class GetEvidence(AuditRequest[EvidenceAnswer]):
    """The newest published entry of `action` about each of these; public. Waits for nothing."""

    action: str = Field(max_length=100)
    about: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=100)


class CheckpointDated(Event):
    """The first checkpoint published on a day (UTC): what reports print and anchors stamp. `root` is base64."""

    type: ClassVar[str] = "id.amanah.audit.checkpoint.dated.v1"
    topic: ClassVar[str] = AUDIT.name

    origin: str
    day: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    at: Moment
    size: int = Field(ge=0)
    root: str

    def key(self) -> str:
        """The log's."""
        return self.origin


class LogAlarmed(Event):
    """Something is wrong with the log itself. `rule` is log_forked, log_behind, log_broken or log_unwitnessed.

    `once` tells occasions apart; with `settled` the alarm is over.
    """

    type: ClassVar[str] = "id.amanah.audit.log.alarmed.v1"
    topic: ClassVar[str] = AUDIT.name

    origin: str
    rule: str
    once: str
    at: Moment
    detail: str = Field(max_length=1000)
    settled: bool = False

    def key(self) -> str:
        """The log's: an alarm and its end keep their order."""
        return self.origin


AUDIT_EVENTS = registry(CheckpointDated, LogAlarmed)
