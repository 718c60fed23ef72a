"""Validation of entries. An entry's bytes as published are the leaf, and are never written anew.

Whoever the broker admits may write to the topic, and the log cannot remove what it has taken. So it takes only what a service
would write.
"""

import re
from dataclasses import dataclass
from typing import Annotated

import orjson
from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from amanah.contracts.audit.entry import ACTION, ENTRY_LIMIT, AuditEntry, canonical
from amanah.contracts.message import Moment
from amanah.contracts.public_text import masked


class NotAnEntry(ValueError):
    """The bytes are no audit entry. The message has the reason and repeats nothing of them."""


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    return text


Text = Annotated[str, AfterValidator(_plain)]


def _inside(*path: str, default: str | None = None) -> Text:
    alias = AliasPath(*path)
    field: Text = Field(validation_alias=alias) if default is None else Field(default, validation_alias=alias)
    return field


class RelatedId(BaseModel):
    """An id that an entry concerns besides its subject."""

    model_config = ConfigDict(frozen=True)

    type: Text
    id: Text


class Entry(BaseModel):
    """The fields of an entry that lists show, filters match and scopes limit."""

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
    concerns: tuple[RelatedId, ...] = ()
    service: Text = _inside("origin", "service", default="")
    trace: Text = _inside("origin", "trace", default="")


@dataclass(frozen=True)
class NewEntry:
    """A valid entry with its leaf, before it has an index."""

    entry: Entry
    leaf: bytes


def read(leaf: bytes) -> Entry:
    """Parses the entry in `leaf`. Raises NotAnEntry unless it is canonical JSON (RFC 8785), short enough, and complete."""
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
    """Parses the entry in a new `leaf`. Raises NotAnEntry as `read` does, and for what no service would write.

    Stored leaves are parsed by `read`: later rules do not apply to them.
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
