"""Entry of the audit log.

Its bytes as published are the leaf of the log: canonical JSON (RFC 8785), under 65,535 bytes, without personal data.
"""

from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

from amanah.contracts.actor import Acting
from amanah.contracts.ids import ID, kind_of, new_id
from amanah.contracts.message import Model, Moment, Request, rfc3339
from amanah.contracts.public_text import masked

ENTRY_VERSION = 1
ENTRY_LIMIT = 65_535
ACTION = r"^[a-z]+:[a-z-]+:[a-z-]+$"
MAX_RELATED = 500
"""Related ids in one entry, so that it stays well under ENTRY_LIMIT. A change that touches more has several entries."""


class Subject(Model):
    """Object or person by type and id."""

    type: str
    id: str


def related_subjects(
    *ids: str | None, packages: Iterable[str | None] = (), places: Iterable[str | None] = ()
) -> tuple[Subject, ...]:
    """Returns the objects and people with these ids, each once, as `concerns` of an entry.

    None is left out, and so is an id without a type, such as `system`. `packages` and `places` are codes, by which people
    search besides ids.
    """
    found = [Subject(type=kind, id=each) for each in ids if each and (kind := kind_of(each))]
    for kind, codes in (("Package", packages), ("Place", places)):
        found += [Subject(type=kind, id=code) for code in codes if code]
    return tuple(dict.fromkeys(found))


def _mask(text: str) -> str:
    # The log refuses NUL: a NUL that somebody types must not keep the entry out of it.
    return masked(text.replace("\0", ""))


MaskedText = Annotated[str, AfterValidator(_mask)]
"""Text that a person may have typed, with numbers of people masked. Commands refuse such numbers before (`fit_for_log`)."""


class Origin(Model):
    """Origin of the action. `device` is the client's name for its device; an IMEI or a phone number in it is masked."""

    service: str
    ip: str = ""
    device: MaskedText = ""
    trace: str = ""


class EventRef(Model):
    """Event that the same transaction publishes; empty strings if there is none."""

    topic: str = ""
    type: str = ""
    id: str = ""


class AuditEntry(Model):
    """Entry of the log: who did what to what, when, on what authority.

    `action` is an AuditAction when this version writes the entry, and any `service:noun:verb` when it reads one. `before` and
    `after` are commitments (`hmac-sha256:<hex>`), hashes of files and seals (`sha256:<hex>`) or empty; never a value.
    `concerns` has the related ids: the recipient and the package of a handover, the people on a page that was read. A search
    for one of them finds the entry.
    """

    v: int = ENTRY_VERSION
    id: str
    time: Moment
    actor: Acting
    action: str = Field(pattern=ACTION)
    subject: Subject
    concerns: tuple[Subject, ...] = Field(default=(), max_length=MAX_RELATED)
    area: str = ""
    outcome: str = "done"
    reason: MaskedText = ""
    authority: MaskedText = ""
    origin: Origin
    before: str = ""
    after: str = ""
    event: EventRef = EventRef()

    def canonical(self) -> bytes:
        """Returns the leaf: canonical JSON. Raises ValueError if it is too long for the log."""
        body = self.model_dump(mode="python")
        body["time"] = rfc3339(self.time)
        # The actor's name is personal data of an employee. The id is enough; names are kept beside the log.
        body["actor"] = {"area": self.actor.area, "id": self.actor.id, "role": self.actor.role}
        leaf = canonical(body)
        if len(leaf) >= ENTRY_LIMIT:
            raise ValueError("an audit entry must stay under 65,535 bytes")
        return leaf


def canonical(value: Any) -> bytes:
    """Returns RFC 8785 JSON of strings, booleans, None, integers below 2^53, lists and maps with ASCII keys.

    For such values sorted orjson is the standard's form; a property test compares it with the `rfc8785` package.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def subjects_in(ask: Request[Any]) -> tuple[Subject, ...]:
    """Returns the ids in a request, each once. The rest of the request stays out of the log: a caller may send anything."""
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
    return tuple(found.values())[:MAX_RELATED]


def new_entry_id() -> str:
    """Returns a new id for an entry."""
    return new_id("aud")
