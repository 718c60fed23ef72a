"""The audit log's entry.

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
MOST_CONCERNED = 500
"""So that an entry with as many stays well under its limit; who touches more writes more entries."""


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
    return masked(text.replace("\0", ""))


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
    action: str = Field(pattern=ACTION)
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
