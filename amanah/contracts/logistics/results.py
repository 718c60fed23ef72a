"""The results of reading a partner's document: events in normal form, and rejections."""

from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from amanah.contracts.message import Answer, Event, Moment
from amanah.contracts.topics import LOGISTICS_REJECTED


class Goods(Answer):
    """A counted quantity of one good. `sku` is our SKU or a GTIN-14, or the partner's own name when it is neither.

    `unit` is the code of UN/CEFACT Recommendation 20 that was sent; see `units.convert`.
    """

    sku: str
    quantity: Decimal
    unit: str = ""


class Correction(Answer):
    """The declaration that the event of the same id was wrong, and which events stand in its place."""

    at: Moment
    reason: str = ""
    corrected_by: tuple[str, ...] = ()


class Reported(Answer):
    """One event of a partner in normal form. Names are ours (see `gs1`); another GS1 key is its canonical Digital Link, any
    other name stays as it was sent.

    `step` and `disposition` are bare CBV words or private URIs, empty when absent. `action` is empty in a
    TransformationEvent. `pointer` is where in the document the event stands. `epcs` are all its EPCs and classes as sent.
    An event without `effect` names no `packages`, `parent` or `goods`: it is kept, and moves nothing. `content` is the event
    hash, the same for equal content under any id. `original` is the event's JSON, whole.
    """

    index: int
    pointer: str
    id: str
    kind: str
    at: Moment
    offset: str
    action: str
    step: str = ""
    disposition: str = ""
    conditions: tuple[str, ...] = ()
    epcs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    parent: str | None = None
    goods: tuple[Goods, ...] = ()
    read_point: str | None = None
    location: str | None = None
    source: str | None = None
    destination: str | None = None
    transactions: tuple[tuple[str, str], ...] = ()
    correction: Correction | None = None
    effect: bool = True
    content: str = ""
    extensions: dict[str, Any] = Field(default_factory=dict)
    original: str = ""

    @property
    def key(self) -> str:
        """Idempotency key of the event; an error declaration shares its original's id, not its key."""
        return f"{self.id}#error@{self.correction.at.isoformat()}" if self.correction else self.id


class Rejection(Answer):
    """Reason why an event, or with `index` None the whole document, is rejected. `field` is a JSON pointer.

    Of a CSV file, `field` names the row as a spreadsheet counts it, and the column: `/rows/3/quantity`.
    """

    code: str
    field: str
    explanation: str
    index: int | None = None
    event_id: str | None = None
    original: str = ""


class PartnerEventRejected(Event):
    """A partner's event could not be taken, and why. `source` says how it came: a capture job, or a place on the bus."""

    type: ClassVar[str] = "id.amanah.distribution.partner-event.rejected.v1"
    topic: ClassVar[str] = LOGISTICS_REJECTED.name
    partner_id: str
    code: str
    field: str
    explanation: str
    index: int | None
    event_id: str | None
    source: str
    received_at: Moment
    original: str

    def key(self) -> str:
        """The partner: each reads its own."""
        return self.partner_id


Read = Reported | Rejection
