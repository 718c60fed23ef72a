"""The EPCIS event hash id (CBV 2.0 section 8.9): a name that every serialisation of the same event shares.

The id of an event, its record time, an error declaration and comments take no part, so that a declaration finds its original.
docs/partners/hash.md names where the reference implementation and its own rules part.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from amanah.contracts.logistics.gs1 import canonical
from amanah.contracts.logistics.vocabulary import (
    CBV,
    COMPONENTS,
    GS1_VOCABULARY,
    MASTER_DATA,
    MEASUREMENTS,
    NAMESPACES,
    SENSOR_ALERTS,
    web_form,
    web_uri,
)
from amanah.contracts.message import plain, rfc3339

Prefixes = Mapping[str, str]

_IGNORED = frozenset({"type", "isA", "eventID", "recordTime", "errorDeclaration", "comment", "rdfs:comment"})
_COMMENTS = frozenset({"comment", "rdfs:comment"})
# Keys of JSON-LD that hold the value itself; of the rest of its keywords nothing is hashed.
_TEXTS = ("#text", "@value", "@id")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_METADATA = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
    "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_SENSOR_ELEMENT = frozenset({"type", "isA", "sensorMetadata", "sensorReport"})
_TIMES = frozenset({"time", "startTime", "endTime"})
_WORDS: dict[str, tuple[frozenset[str], str]] = {
    "type": (MEASUREMENTS, GS1_VOCABULARY),
    "exception": (SENSOR_ALERTS, GS1_VOCABULARY),
    "component": (COMPONENTS, f"{CBV}Comp-"),
}


def _time(value: str) -> str:
    """A time in UTC, rounded to milliseconds, half to even."""
    moment = datetime.fromisoformat(value)
    return rfc3339(moment.replace(microsecond=0) + timedelta(microseconds=round(moment.microsecond, -3)))


class _PreHash:
    """Writes the text of one event; `prefixes` are those that its document declares."""

    def __init__(self, prefixes: Prefixes) -> None:
        self._prefixes = {**NAMESPACES, **prefixes}
        if (
            self._prefixes["cbvmda"] == f"{MASTER_DATA}:"
        ):  # as GS1's JSON-LD context has it; XML has it without the colon
            self._prefixes["cbvmda"] = MASTER_DATA
        self._fields: dict[str, Callable[[str, Any], str]] = {
            "eventTime": lambda k, v: f"{k}={_time(v)}",
            "eventTimeZoneOffset": lambda k, v: f"{k}={v}",
            "certificationInfo": self._values,
            "epcList": self._epcs,
            "parentID": self._simple,
            "inputEPCList": self._epcs,
            "childEPCs": self._epcs,
            "quantityList": self._quantities,
            "childQuantityList": self._quantities,
            "inputQuantityList": self._quantities,
            "outputEPCList": self._epcs,
            "outputQuantityList": self._quantities,
            "action": lambda k, v: f"{k}={v}",
            "transformationID": self._simple,
            "bizStep": lambda k, v: f"{k}={web_uri(v, 'BizStep')}",
            "disposition": lambda k, v: f"{k}={web_uri(v, 'Disp')}",
            "persistentDisposition": self._dispositions,
            "readPoint": lambda k, v: k + self._part(v, ("id",)),
            "bizLocation": lambda k, v: k + self._part(v, ("id",)),
            "bizTransactionList": lambda k, v: self._typed(k, v, "bizTransaction", "BTT"),
            "sourceList": lambda k, v: self._typed(k, v, "source", "SDT"),
            "destinationList": lambda k, v: self._typed(k, v, "destination", "SDT"),
            "sensorElementList": self._sensors,
            "ilmd": lambda k, v: k + self._extensions(v),
        }

    def text(self, event: Mapping[str, Any]) -> str:
        parts = [f"eventType={event['type']}"]
        for key, write in self._fields.items():
            value = event.get(key)
            if value is not None and value not in ([], {}, ""):
                parts.append(write(key, value))
        rest = {k: v for k, v in event.items() if k not in self._fields and k not in _IGNORED}
        return "".join(parts) + self._extensions(rest)

    def _value(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value).strip()
        if _NUMBER.fullmatch(text):
            number = Decimal(text)
            # A few characters must not become hundreds of zeros.
            return plain(number) if abs(number.adjusted() - len(text)) < 100 else str(number)
        prefix, colon, local = text.partition(":")
        if not colon:
            return text
        if prefix in self._prefixes:
            text = self._prefixes[prefix] + local
        return canonical(web_form(text))

    def _simple(self, key: str, value: Any) -> str:
        return f"{key}={self._value(value)}"

    def _values(self, key: str, value: Any) -> str:
        return "".join(sorted(self._simple(key, each) for each in (value if isinstance(value, list) else [value])))

    def _epcs(self, key: str, values: list[str]) -> str:
        return key + "".join(sorted(self._simple("epc", v) for v in values))

    def _quantities(self, key: str, values: list[dict[str, Any]]) -> str:
        fields = ("epcClass", "quantity", "uom")
        elements = ("".join(self._simple(f, v[f]) for f in fields if v.get(f) is not None) for v in values)
        return key + "".join(sorted("quantityElement" + e for e in elements))

    def _dispositions(self, key: str, value: dict[str, list[str]]) -> str:
        words = ((each, sorted(web_uri(w, "Disp") for w in value.get(each) or ())) for each in ("set", "unset"))
        return key + "".join(f"{each}={word}" for each, those in words for word in those)

    def _typed(self, key: str, values: list[dict[str, Any]], name: str, kind: str) -> str:
        elements = (
            self._simple(name, v[name]) + (f"type={self._value(web_uri(v['type'], kind))}" if v.get("type") else "")
            for v in values
        )
        return key + "".join(sorted(elements))

    def _part(self, value: Mapping[str, Any], fields: tuple[str, ...]) -> str:
        """The standard's `fields` of a part in their order, then the partner's own."""
        known = (self._part_field(f, value[f]) for f in fields if value.get(f) is not None)
        return "".join(known) + self._extensions({k: v for k, v in value.items() if k not in fields})

    def _part_field(self, key: str, value: Any) -> str:
        if key in _TIMES:
            return f"{key}={_time(value)}"
        words, namespace = _WORDS.get(key, (frozenset(), ""))
        return f"{key}={namespace}{value}" if value in words else self._simple(key, value)

    def _sensors(self, key: str, elements: list[dict[str, Any]]) -> str:
        return key + "".join(sorted(self._sensor(e) for e in elements))

    def _sensor(self, element: dict[str, Any]) -> str:
        metadata = element.get("sensorMetadata")
        own = {k: v for k, v in element.items() if k not in _SENSOR_ELEMENT}
        return (
            "sensorElement"
            + (f"sensorMetadata{self._part(metadata, _METADATA)}" if metadata else "")
            + "".join(sorted("sensorReport" + self._part(r, _REPORT) for r in element.get("sensorReport") or ()))
            + self._extensions(own)
        )

    def _name(self, key: str) -> str:
        prefix, _, local = key.partition(":")
        return f"{{{self._prefixes[prefix]}}}{local}" if local and prefix in self._prefixes else key

    def _extension(self, key: str, value: Any) -> list[str]:
        name = self._name(key)
        if isinstance(value, list):
            return [text for each in value for text in self._extension(key, each)]
        if isinstance(value, dict):
            text = next((self._value(value[t]) for t in _TEXTS if t in value), "")
            return [name + (f"={text}" if text else "") + self._extensions(value)]
        text = "" if value is None else self._value(value)
        return [f"{name}={text}" if text else name]

    def _extensions(self, values: Mapping[str, Any]) -> str:
        """Key by key in lexical order; several values of one key name that key once each."""
        own = (k for k in values if k[:1] not in ("@", "#") and k not in _COMMENTS)
        return "".join(sorted(t for k in own for t in self._extension(k, values[k])))


def pre_hash(event: Mapping[str, Any], prefixes: Prefixes) -> str:
    """The text that is hashed: keys and values in canonical order, without separators. `event` is valid EPCIS 2.0."""
    return _PreHash(prefixes).text(event)


def event_hash(event: Mapping[str, Any], prefixes: Prefixes) -> str:
    """`ni:///sha-256;<hex>?ver=CBV2.0`, the id of an event that came without one."""
    digest = hashlib.sha256(pre_hash(event, prefixes).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"
