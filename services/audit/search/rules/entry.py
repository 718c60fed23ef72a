"""An entry as it arrives: its bytes are the leaf and stay as they are, so here they are only read.

What came over the bus may have been written by anybody whom the broker lets write. The log keeps for good what it takes:
what no service of the house would write is no entry.
"""

import re
from typing import Annotated

import orjson
from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from amanah.contracts.audit.entry import ACTION, ENTRY_LIMIT, AuditEntry, canonical
from amanah.contracts.message import Moment
from amanah.contracts.public_text import masked


class NotAnEntry(ValueError):
    """The bytes are no audit entry; the message says why, without repeating them."""


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    return text


Text = Annotated[str, AfterValidator(_plain)]


def _inside(*path: str, default: str | None = None) -> Text:
    alias = AliasPath(*path)
    field: Text = Field(validation_alias=alias) if default is None else Field(default, validation_alias=alias)
    return field


class Concern(BaseModel):
    """Something that an entry touches besides its subject."""

    model_config = ConfigDict(frozen=True)

    type: Text
    id: Text


class Entry(BaseModel):
    """What entries are listed, filtered and kept from sight by."""

    model_config = ConfigDict(frozen=True)

    id: Text = Field(min_length=1, max_length=64)
    time: Moment
    action: Text
    outcome: Text = ""
    reason: Text = ""
    authority: Text = ""
    area: Text = ""
    actor_id: Text = _inside("actor", "id")
    actor_role: Text = _inside("actor", "role")
    actor_area: Text = _inside("actor", "area")
    subject_type: Text = _inside("subject", "type")
    subject_id: Text = _inside("subject", "id")
    concerns: tuple[Concern, ...] = ()
    service: Text = _inside("origin", "service", default="")
    trace: Text = _inside("origin", "trace", default="")


def read(leaf: bytes) -> Entry:
    """The entry in `leaf`. Raises NotAnEntry unless it is canonical JSON (RFC 8785), short enough, and complete."""
    if len(leaf) >= ENTRY_LIMIT:
        raise NotAnEntry(f"an entry stays under {ENTRY_LIMIT} bytes, this one has {len(leaf)}")
    try:
        body = orjson.loads(leaf)
    except orjson.JSONDecodeError:
        raise NotAnEntry("the entry is not JSON") from None
    if canonical(body) != leaf:
        raise NotAnEntry("the entry is not in canonical form (RFC 8785)")
    try:
        return Entry.model_validate(body)
    except ValidationError as error:
        fields = {".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)}
        raise NotAnEntry(f"the entry lacks what it needs: {', '.join(sorted(fields))}") from None


def admit(leaf: bytes) -> Entry:
    """The entry in a `leaf` that arrives. Raises NotAnEntry as `read` does, and for what no service of the house would write.

    What the log has taken once is read as it is: rules that came later change nothing of it.
    """
    entry = read(leaf)
    if strange := orjson.loads(leaf).keys() - AuditEntry.model_fields.keys():
        raise NotAnEntry(f"an entry has no such field: {len(strange)} of them")
    if not re.fullmatch(ACTION, entry.action):
        raise NotAnEntry("the action is none: service:noun:verb")
    for name in ("reason", "authority"):
        if masked(getattr(entry, name)) != getattr(entry, name):
            raise NotAnEntry(f"the {name} has somebody's number or address")
    return entry
