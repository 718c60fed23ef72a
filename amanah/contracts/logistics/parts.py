"""Parts of EPCIS 2.0 events (sections 7.3 and 7.4): times, ids, places, quantities, sensor reports."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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
