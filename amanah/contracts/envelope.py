"""Metadata of every event: CloudEvents 1.0 in Kafka's binary content mode, and who acted on what authority.

The attributes are message headers (`ce_` and the attribute's name, UTF-8), the event's JSON is the value, and the
aggregate's id is the key (CloudEvents' Kafka Protocol Binding 1.0.2, section 3.2). Our extensions are `actorid`,
`actorrole`, `actorarea` and `authority`; `traceparent` is W3C's header under its own name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.actor import Acting
from amanah.contracts.errors import BadInput
from amanah.contracts.message import rfc3339

CONTENT_TYPE = "application/json"

_REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_time")


class BadEnvelope(BadInput):
    """The headers of a message are not those of a CloudEvent that we can take; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event. `authority` is the decree, assignment or request that allowed it, or empty."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    actor_id: str = ""
    actor_role: str = ""
    actor_area: str = ""
    authority: str = ""
    traceparent: str = ""

    def to_headers(self) -> tuple[tuple[str, bytes], ...]:
        """The headers of the message; attributes that are empty are left out, as CloudEvents demands."""
        texts = (
            ("ce_specversion", "1.0"),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_subject", self.subject),
            ("ce_time", rfc3339(self.time)),
            ("content-type", CONTENT_TYPE),
            ("traceparent", self.traceparent),
            ("ce_actorid", self.actor_id),
            ("ce_actorrole", self.actor_role),
            ("ce_actorarea", self.actor_area),
            ("ce_authority", self.authority),
        )
        return tuple((name, text.encode()) for name, text in texts if text)

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes]]) -> "Envelope":
        """The attributes that the headers hold; unknown headers are passed over. Raises BadEnvelope."""
        found: dict[str, str] = {}
        for name, value in headers:
            try:
                found[name.lower()] = value.decode()
            except UnicodeDecodeError:
                raise BadEnvelope("bad_envelope.encoding", header=name) from None
        if (version := found.get("ce_specversion")) != "1.0":
            raise BadEnvelope("bad_envelope" if version is None else "bad_envelope.version")
        if missing := [name for name in _REQUIRED if not found.get(name)]:
            raise BadEnvelope("bad_envelope.missing", header=missing[0])
        # Absent means JSON, which is all that we send; parameters such as the charset do not matter.
        if found.get("content-type", CONTENT_TYPE).partition(";")[0].strip().lower() != CONTENT_TYPE:
            raise BadEnvelope("bad_envelope.content_type")
        return cls(
            id=found["ce_id"],
            source=found["ce_source"],
            type=found["ce_type"],
            subject=found.get("ce_subject", ""),
            time=_moment(found["ce_time"]),
            actor_id=found.get("ce_actorid", ""),
            actor_role=found.get("ce_actorrole", ""),
            actor_area=found.get("ce_actorarea", ""),
            authority=found.get("ce_authority", ""),
            traceparent=found.get("traceparent", ""),
        )

    @property
    def actor(self) -> Acting:
        """Actor of the event; events carry no names."""
        return Acting(id=self.actor_id, name="", role=self.actor_role, area=self.actor_area)


def source_of(service: str) -> str:
    """The `source` of what a service emits."""
    return f"/amanah/{service}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadEnvelope("bad_envelope.time")
    return moment
