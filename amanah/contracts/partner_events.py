"""Captures of partner events with the outcome of each event, and queries on a partner's own events."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.distribution import DistributionRequest
from amanah.contracts.logistics import MAX_BYTES
from amanah.contracts.message import Answer, Moment, Page

JSON = "application/json"


class CapturedEvent(Answer):
    """Outcome of one partner event: accepted, rejected or duplicate. `index` is None for the whole document."""

    index: int | None
    event_id: str | None
    result: str
    code: str | None = None
    field: str | None = None
    explanation: str | None = None


class CaptureJob(Answer):
    """A capture of EPCIS events and what became of each; `running` until the final state is known.

    With `rollback` all of its events are accepted or none. `at` is when it came.
    """

    id: str
    running: bool
    success: bool
    at: Moment | None = None
    rollback: bool = False
    events: tuple[CapturedEvent, ...] = ()


class CaptureEvents(DistributionRequest[CaptureJob]):
    """Takes an EPCIS document as a partner sent it, in UTF-8. `rollback` takes all of its events or none."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    changes: ClassVar[bool] = True
    document: str = Field(max_length=MAX_BYTES)
    media_type: str = JSON
    rollback: bool = False


class GetCapture(DistributionRequest[CaptureJob]):
    """A capture job of the partner."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    id: str


class CapturesAnswer(Answer):
    """A page of capture jobs, without their events. `next` is the cursor of the next page, if there is one."""

    nodes: tuple[CaptureJob, ...] = ()
    next: str | None = None


class ListCaptures(Page[CapturesAnswer]):
    """The capture jobs of the partner, the newest first."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})


class PartnerEvent(Answer):
    """An accepted event of a partner. `document` is its JSON as it was sent, `recorded_at` the capture time."""

    id: str
    recorded_at: Moment
    document: str


class PartnerEventsAnswer(Answer):
    """A page of events. `next` is the cursor of the next page, if there is one; a page may be short of what was asked for."""

    nodes: tuple[PartnerEvent, ...] = ()
    next: str | None = None


class PartnerEventOrder(StrEnum):
    """Time by which events are listed."""

    EVENT_TIME = "eventTime"
    RECORD_TIME = "recordTime"


Values = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=100)]
"""Values of which one must hold; none are no condition."""


class ListPartnerEvents(Page[PartnerEventsAnswer]):
    """The partner's own accepted events that meet every condition (SimpleEventQuery of EPCIS 2.0, section 8.2.7.1).

    Times are half open: from `since`, before `until`. An EPC, or a class of things, may end in `*`. `epcs` are those of epcList and
    childEPCs, `parents` those of parentID, `inputs` and `outputs` those of a TransformationEvent, `any_epcs` any of them; `epc` is
    one more of these. So are the classes.
    """

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    first: int = Field(default=30, ge=1, le=100)
    order: PartnerEventOrder = PartnerEventOrder.RECORD_TIME
    ascending: bool = False
    types: Values = ()
    since: Moment | None = None
    until: Moment | None = None
    recorded_since: Moment | None = None
    recorded_until: Moment | None = None
    actions: Values = ()
    steps: Values = ()
    dispositions: Values = ()
    read_points: Values = ()
    locations: Values = ()
    event_ids: Values = ()
    epcs: Values = ()
    parents: Values = ()
    inputs: Values = ()
    outputs: Values = ()
    any_epcs: Values = ()
    classes: Values = ()
    input_classes: Values = ()
    output_classes: Values = ()
    any_classes: Values = ()
    epc: str | None = Field(default=None, min_length=1, max_length=500)
