"""EPCIS 2.0 events (sections 7.3 and 7.4) as partners send them: what is required, what is read, what is kept."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from amanah.contracts.errors import Unfit
from amanah.contracts.logistics.parts import (
    BizStep,
    BizTransaction,
    Destination,
    Disposition,
    ErrorDeclaration,
    EventId,
    Name,
    Names,
    Offset,
    Part,
    PersistentDisposition,
    Quantities,
    SensorElement,
    Source,
    Timestamp,
    Where,
)

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
