"""Captures: documents of partner events, and the outcome of each event."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.distribution import DistributionRequest
from amanah.contracts.logistics import MAX_BYTES
from amanah.contracts.message import Answer


class CapturedEvent(Answer):
    """Outcome of one partner event: accepted, rejected or duplicate. `index` is None for the whole document."""

    index: int | None
    event_id: str | None
    result: str
    code: str | None = None
    field: str | None = None
    explanation: str | None = None


class CaptureJob(Answer):
    """A capture of EPCIS events and what became of each; `running` until the final state is known."""

    id: str
    running: bool
    success: bool
    events: tuple[CapturedEvent, ...] = ()


class CaptureEvents(DistributionRequest[CaptureJob]):
    """Takes an EPCIS document as a partner sent it. `rollback` takes all of its events or none."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    changes: ClassVar[bool] = True
    document: str = Field(max_length=MAX_BYTES)
    rollback: bool = False


class GetCapture(DistributionRequest[CaptureJob]):
    """A capture job of the partner."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    id: str
