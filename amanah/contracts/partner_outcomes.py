"""Outcomes of partner events, as their partner reads them on a topic of its own."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.message import Event, Moment
from amanah.contracts.topics import PARTNER_OUTCOMES


class EventOutcome(StrEnum):
    """Outcome of a partner's event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class PartnerEventDecided(Event):
    """A partner's event was accepted, rejected, or recognised as a duplicate.

    Published on the topic of the partner alone, `logistics.outcomes.<partner id>.v1`.
    """

    type: ClassVar[str] = "id.amanah.distribution.partner-event.decided.v1"
    topic: ClassVar[str] = PARTNER_OUTCOMES.name
    partner_id: str
    event_id: str | None = Field(description="Id of the event: its eventID, or its hash; null for a whole document.")
    index: int | None = Field(description="Position of the event in its document, from 0; null for the whole document.")
    outcome: EventOutcome
    code: str | None = Field(default=None, description="Why it was rejected, or what is odd about an accepted event.")
    field: str | None = Field(default=None, description="JSON pointer to the field that the code is about.")
    explanation: str | None = Field(default=None, description="What is wrong and what to do.")
    source: str = Field(description="Where it came from: a capture job, or topic/partition/offset.")
    captured_at: Moment = Field(description="When it was received.")
    original: str | None = Field(default=None, description="The event as it was sent, if it was rejected.")

    def key(self) -> str:
        """The event; the partner for a whole document."""
        return self.event_id or self.partner_id
