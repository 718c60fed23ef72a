"""Partners' shipment events: EPCIS read into one normal form, or refused with a reason. Pure.

`read` never raises: whatever the bytes are, each event, or the whole document, comes back as `Reported` or `Rejection`.
"""

from amanah.contracts.logistics.reading import (
    MAX_BYTES,
    MAX_EVENTS,
    MAX_ORIGINAL,
    MAX_SKEW,
    NOT_CSV,
    NOT_JSON,
    NOT_XML,
    NOT_YOUR_PACKAGE,
    SCHEMA,
    TIME_IN_FUTURE,
    TOO_LARGE,
    TOO_MANY_EVENTS,
    UNKNOWN_PACKAGE,
    UNKNOWN_PLACE,
    original,
    read,
    rejections,
)
from amanah.contracts.logistics.results import Correction, Goods, PartnerEventRejected, Read, Rejection, Reported

__all__ = [
    "MAX_BYTES",
    "MAX_EVENTS",
    "MAX_ORIGINAL",
    "MAX_SKEW",
    "NOT_CSV",
    "NOT_JSON",
    "NOT_XML",
    "NOT_YOUR_PACKAGE",
    "SCHEMA",
    "TIME_IN_FUTURE",
    "TOO_LARGE",
    "TOO_MANY_EVENTS",
    "UNKNOWN_PACKAGE",
    "UNKNOWN_PLACE",
    "Correction",
    "Goods",
    "PartnerEventRejected",
    "Read",
    "Rejection",
    "Reported",
    "original",
    "read",
    "rejections",
]
