"""EPCIS 2.0 events (sections 7.3 and 7.4) as partners send them: what is required, what is read, what is kept."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from amanah.contracts.errors import Unfit
from amanah.contracts.logistics.vocabulary import BIZ_STEPS, DISPOSITIONS, bare

# Years within which every offset can be turned into UTC.
_RFC3339 = re.compile(r"^(19[7-9]|2\d\d)\d-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def _timestamp(value: object) -> object:
    # pydantic would also take a number of seconds, which the standard does not know.
    if not isinstance(value, str) or not _RFC3339.match(value):
        raise Unfit("schema.time")
    return value


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise Unfit("schema.control")
    return value


def _uri(value: str) -> str:
    if not _URI.fullmatch(value):
        raise Unfit("schema.uri")
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
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_printable)
]
"""A name that stands for a thing, place or document: mostly a URI; `packages` and places may come as they are labelled."""
EventId = Annotated[Name, AfterValidator(_uri)]
BizStep = Annotated[Name, _word("BizStep", BIZ_STEPS)]
Disposition = Annotated[Name, _word("Disp", DISPOSITIONS)]
Names = Annotated[list[Name], Field(max_length=1000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Part(BaseModel):
    """A piece of an event; fields that nothing here reads are kept by the original and ignored by the model."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class QuantityElement(Part):
    """So much of one class of goods."""

    epcClass: Name
    quantity: Decimal | None = Field(default=None, ge=0, le=10**9)
    uom: str | None = Field(default=None, max_length=3)


Quantities = Annotated[list[QuantityElement], Field(max_length=1000)]


class Where(Part):
    """A read point or business location."""

    id: Name


class BizTransaction(Part):
    """A document of the trade: desadv, recadv, bol, po."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "BTT"))] = ""
    bizTransaction: Name


class Source(Part):
    """Source of the goods: a place or a party."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "SDT"))]
    source: Name


class Destination(Part):
    """Destination of the goods: a place or a party."""

    type: Annotated[str, AfterValidator(lambda v: bare(v, "SDT"))]
    destination: Name


class PersistentDisposition(Part):
    """Conditions that hold until unset."""

    set: list[Disposition] = []
    unset: list[Disposition] = []


class ErrorDeclaration(Part):
    """Says that the event of the same id was wrong."""

    declarationTime: Timestamp
    reason: str = ""
    correctiveEventIDs: list[EventId] = []


class _Device(Part):
    time: Timestamp | None = None
    deviceID: str | None = None
    deviceMetadata: str | None = None
    rawData: str | None = None
    dataProcessingMethod: str | None = None


class SensorMetadata(_Device):
    """Time and device of the reports of a sensor element."""

    startTime: Timestamp | None = None
    endTime: Timestamp | None = None
    bizRules: str | None = None


class SensorReport(_Device):
    """One measurement."""

    type: Name | None = None
    exception: Name | None = None
    microorganism: str | None = None
    chemicalSubstance: str | None = None
    component: str | None = None
    value: Number | None = None
    minValue: Number | None = None
    maxValue: Number | None = None
    meanValue: Number | None = None
    sDev: Number | None = None
    percRank: Number | None = None
    percValue: Number | None = None
    stringValue: str | None = None
    booleanValue: bool | None = None
    hexBinaryValue: str | None = None
    uriValue: str | None = None
    uom: str | None = None
    coordinateReferenceSystem: str | None = None


class SensorElement(Part):
    """Measurements of one sensor. Nothing acts on them; they are checked so that what is kept is whole."""

    sensorMetadata: SensorMetadata | None = None
    sensorReport: list[SensorReport] = Field(min_length=1)


# Fields of the standard that are allowed and not read; anything else without a prefix is a mistyped field.
_UNREAD = frozenset({"id", "isA", "comment"})


class EpcisEvent(BaseModel):
    """Fields that all kinds of event share."""

    model_config = ConfigDict(frozen=True, extra="allow")

    eventTime: Timestamp
    eventTimeZoneOffset: Offset
    eventID: EventId | None = None
    recordTime: Timestamp | None = None
    bizStep: BizStep | None = None
    disposition: Disposition | None = None
    persistentDisposition: PersistentDisposition | None = None
    readPoint: Where | None = None
    bizLocation: Where | None = None
    bizTransactionList: list[BizTransaction] = []
    sourceList: list[Source] = []
    destinationList: list[Destination] = []
    certificationInfo: list[Name] | Name | None = None
    errorDeclaration: ErrorDeclaration | None = None
    sensorElementList: list[SensorElement] = Field(default=[], max_length=1000)
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

    @property
    def epcs(self) -> tuple[str, ...]:
        """All EPCs and classes that the event names, as they were sent."""
        return ()

    @property
    def moves(self) -> bool:
        """Tells if an event of this kind may act on packages."""
        return True


class _Acting(EpcisEvent):
    action: Literal["OBSERVE", "ADD", "DELETE"]


class _Listing(_Acting):
    """An event that lists things."""

    epcList: Names = []
    quantityList: Quantities = []


class ObjectEvent(_Listing):
    """Something happened to things (section 7.4.2), or a sensor measured something."""

    type: Literal["ObjectEvent"]

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.epcList and not self.quantityList and not self.sensorElementList:
            raise Unfit("schema.object")
        return self

    @property
    def epcs(self) -> tuple[str, ...]:
        """The things and classes."""
        return (*self.epcList, *(q.epcClass for q in self.quantityList))

    @property
    def moves(self) -> bool:
        """False of a sensor's event about no thing."""
        return bool(self.epcList or self.quantityList)


class TransactionEvent(_Listing):
    """Things became part of a business transaction (section 7.4.4)."""

    type: Literal["TransactionEvent"]
    bizTransactionList: list[BizTransaction] = Field(min_length=1)
    parentID: Name | None = None

    @property
    def epcs(self) -> tuple[str, ...]:
        """The parent, the things and the classes."""
        parent = (self.parentID,) if self.parentID else ()
        return (*parent, *self.epcList, *(q.epcClass for q in self.quantityList))


class _Joining(_Acting):
    """Things were put into, or taken out of, a parent."""

    parentID: Name | None = None
    childEPCs: Names = []
    childQuantityList: Quantities = []

    @model_validator(mode="after")
    def _names_its_parent(self) -> Self:
        if self.parentID is None and self.action != "OBSERVE":
            raise Unfit("schema.aggregation")
        return self

    @property
    def epcs(self) -> tuple[str, ...]:
        """The parent, the children and their classes."""
        parent = (self.parentID,) if self.parentID else ()
        return (*parent, *self.childEPCs, *(q.epcClass for q in self.childQuantityList))


class AggregationEvent(_Joining):
    """Things were put into, or taken out of, a logistic unit (section 7.4.3)."""

    type: Literal["AggregationEvent"]


class AssociationEvent(_Joining):
    """Things were fixed to, or taken off, an asset or place, such as a sensor to a truck (section 7.4.6)."""

    type: Literal["AssociationEvent"]

    @property
    def moves(self) -> bool:
        """False: what is fixed to an asset is no content of a package."""
        return False


class TransformationEvent(EpcisEvent):
    """Things became other things (section 7.4.5)."""

    type: Literal["TransformationEvent"]
    transformationID: Name | None = None
    inputEPCList: Names = []
    outputEPCList: Names = []
    inputQuantityList: Quantities = []
    outputQuantityList: Quantities = []

    @model_validator(mode="after")
    def _names_both_sides(self) -> Self:
        into, out = self.inputEPCList or self.inputQuantityList, self.outputEPCList or self.outputQuantityList
        if not (into and out) and not (self.transformationID and (into or out)):
            raise Unfit("schema.transformation")
        return self

    @property
    def epcs(self) -> tuple[str, ...]:
        """Inputs, then outputs."""
        return (
            *self.inputEPCList, *(q.epcClass for q in self.inputQuantityList),
            *self.outputEPCList, *(q.epcClass for q in self.outputQuantityList),
        )  # fmt: skip

    @property
    def moves(self) -> bool:
        """False: assistance is not made into something else on its way."""
        return False


KINDS: dict[str, type[EpcisEvent]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
    "AssociationEvent": AssociationEvent,
    "TransformationEvent": TransformationEvent,
}


class Body(Part):
    """The body of a document: a list of events."""

    eventList: list[Any]


class Results(Part):
    """The results of a query that a partner passes on."""

    resultsBody: Body


class QueryBody(Part):
    """The body of a document that answers a query."""

    queryResults: Results


class _Envelope(Part):
    type: str
    schemaVersion: Annotated[str, StringConstraints(pattern=r"^2\.\d+(\.\d+)?$")]
    creationDate: Timestamp


class EpcisDocument(_Envelope):
    """The envelope of several events (section 8.2); the events are judged one by one."""

    EVENTS: ClassVar = "/epcisBody/eventList"

    type: Literal["EPCISDocument"]
    epcisBody: Body

    @property
    def events(self) -> list[Any]:
        """The events in their order."""
        return self.epcisBody.eventList


class EpcisQueryDocument(_Envelope):
    """The answer of another EPCIS service, passed on; its events are read as any."""

    EVENTS: ClassVar = "/epcisBody/queryResults/resultsBody/eventList"

    type: Literal["EPCISQueryDocument"]
    epcisBody: QueryBody

    @property
    def events(self) -> list[Any]:
        """The events in their order."""
        return self.epcisBody.queryResults.resultsBody.eventList
