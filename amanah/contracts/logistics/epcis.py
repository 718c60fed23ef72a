"""EPCIS 2.0 events (sections 7.3 and 7.4) as partners send them: what is required, what is read, what is kept."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from amanah.contracts.errors import Unfit
from amanah.contracts.logistics.vocabulary import BIZ_STEPS, DISPOSITIONS, bare

# Years within which every offset can be turned into UTC.
_RFC3339 = re.compile(r"^(19[7-9]|2\d\d)\d-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")


def _timestamp(value: object) -> object:
    # pydantic would also take a number of seconds, which the standard does not know.
    if not isinstance(value, str) or not _RFC3339.match(value):
        raise Unfit("schema.time")
    return value


def _word(kind: str, known: frozenset[str]) -> AfterValidator:
    def check(value: str) -> str:
        word = bare(value.strip(), kind)
        if word not in known and ":" not in word:
            raise Unfit("schema.word", word=word)
        return word

    return AfterValidator(check)


Timestamp = Annotated[datetime, BeforeValidator(_timestamp)]
Offset = Annotated[str, StringConstraints(pattern=r"^[+-]((0\d|1[0-3]):[0-5]\d|14:00)$")]
Uri = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
BizStep = Annotated[Uri, _word("BizStep", BIZ_STEPS)]
Disposition = Annotated[Uri, _word("Disp", DISPOSITIONS)]
Epcs = Annotated[list[Uri], Field(max_length=1000)]


class Part(BaseModel):
    """A piece of an event; fields that nothing here reads are kept by the original and ignored by the model."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class QuantityElement(Part):
    """So much of one class of goods."""

    epcClass: Uri
    quantity: Decimal | None = Field(default=None, ge=0, le=10**9)
    uom: str | None = Field(default=None, max_length=3)


class Where(Part):
    """A read point or business location."""

    id: Uri


class BizTransaction(Part):
    """A document of the trade: desadv, recadv, bol, po."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "BTT"))] = ""
    bizTransaction: Uri


class Source(Part):
    """Where, or who, it came from."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "SDT"))]
    source: Uri


class Destination(Part):
    """Where, or whom, it goes to."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "SDT"))]
    destination: Uri


class PersistentDisposition(Part):
    """Conditions that hold until unset."""

    set: list[Disposition] = []
    unset: list[Disposition] = []


class ErrorDeclaration(Part):
    """Says that the event of the same id was wrong."""

    declarationTime: Timestamp
    reason: str = ""
    correctiveEventIDs: list[Uri] = []


# Fields of the standard that are allowed and not read; anything else without a prefix is a mistyped field.
_UNREAD = frozenset({"recordTime", "certificationInfo", "id", "isA"})


class EpcisEvent(BaseModel):
    """What the three kinds of event share."""

    model_config = ConfigDict(frozen=True, extra="allow")

    eventTime: Timestamp
    eventTimeZoneOffset: Offset
    action: Literal["OBSERVE", "ADD", "DELETE"]
    eventID: Uri | None = None
    bizStep: BizStep | None = None
    disposition: Disposition | None = None
    persistentDisposition: PersistentDisposition | None = None
    readPoint: Where | None = None
    bizLocation: Where | None = None
    bizTransactionList: list[BizTransaction] = []
    sourceList: list[Source] = []
    destinationList: list[Destination] = []
    errorDeclaration: ErrorDeclaration | None = None
    sensorElementList: list[dict[str, Any]] = []
    ilmd: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _no_mistyped_fields(self) -> Self:
        for name in self.model_extra or {}:
            if ":" not in name and not name.startswith("@") and name not in _UNREAD:
                raise Unfit("schema.field", name=name)
        return self

    @property
    def extensions(self) -> dict[str, Any]:
        """The partner's own prefixed fields."""
        return {k: v for k, v in (self.model_extra or {}).items() if ":" in k}


class ObjectEvent(EpcisEvent):
    """Something happened to things (section 7.4.2)."""

    type: Literal["ObjectEvent"]
    epcList: Epcs = []
    quantityList: list[QuantityElement] = Field(default=[], max_length=1000)

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.epcList and not self.quantityList:
            raise Unfit("schema.object")
        return self


class AggregationEvent(EpcisEvent):
    """Things were put into, or taken out of, a parent (section 7.4.3)."""

    type: Literal["AggregationEvent"]
    parentID: Uri | None = None
    childEPCs: Epcs = []
    childQuantityList: list[QuantityElement] = Field(default=[], max_length=1000)

    @model_validator(mode="after")
    def _names_its_parent(self) -> Self:
        if self.parentID is None and self.action != "OBSERVE":
            raise Unfit("schema.aggregation")
        return self


class TransactionEvent(EpcisEvent):
    """Things became part of a business transaction (section 7.4.4)."""

    type: Literal["TransactionEvent"]
    bizTransactionList: list[BizTransaction] = Field(min_length=1)
    parentID: Uri | None = None
    epcList: Epcs = []
    quantityList: list[QuantityElement] = Field(default=[], max_length=1000)


KINDS: dict[str, type[EpcisEvent]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
}


class Body(Part):
    """The body of a document: a list of events."""

    eventList: list[Any]


class EpcisDocument(Part):
    """The envelope of several events (section 8.2); the events are judged one by one."""

    type: Literal["EPCISDocument"]
    schemaVersion: Annotated[str, StringConstraints(pattern=r"^2\.\d+(\.\d+)?$")]
    creationDate: Timestamp
    epcisBody: Body
