"""The EPCIS event hash id (CBV 2.0 section 8.9): a name that every serialisation of the same event shares.

The id of an event, its record time and an error declaration take no part, so that a declaration finds its original.
Sensor elements and ILMD are taken key by key in lexical order.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from amanah.contracts.logistics.gs1 import canonical
from amanah.contracts.logistics.vocabulary import web_uri
from amanah.contracts.message import plain, rfc3339

_IGNORED = {"type", "eventID", "recordTime", "errorDeclaration", "certificationInfo"}

Prefixes = Mapping[str, str]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return plain(Decimal(str(value)))
    text = str(value).strip()
    return canonical(text)


def _epcs(values: list[str]) -> str:
    return "".join(sorted(f"epc={canonical(v.strip())}" for v in values))


def _quantities(values: list[dict[str, Any]]) -> str:
    fields = ("epcClass", "quantity", "uom")
    elements = ("".join(f"{f}={_value(v[f])}" for f in fields if v.get(f) is not None) for v in values)
    return "".join(sorted("quantityElement" + e for e in elements))


def _typed(name: str, kind: str) -> Callable[[list[dict[str, Any]]], str]:
    def text(values: list[dict[str, Any]]) -> str:
        return "".join(
            sorted(
                f"{name}={_value(v[name])}" + (f"type={web_uri(v['type'], kind)}" if "type" in v else "")
                for v in values
            )
        )

    return text


def _dispositions(value: dict[str, list[str]]) -> str:
    return "".join(
        f"{key}={word}" for key in ("set", "unset") for word in sorted(web_uri(w, "Disp") for w in value.get(key, ()))
    )


def _name(key: str, prefixes: Prefixes) -> str:
    prefix, colon, local = key.partition(":")
    return f"{{{prefixes.get(prefix, prefix)}}}{local}" if colon else key


def _extension(key: str, value: Any, prefixes: Prefixes) -> list[str]:
    name = _name(key, prefixes)
    if isinstance(value, list):
        return [text for each in value for text in _extension(key, each, prefixes)]
    if isinstance(value, dict):
        return [name + _extensions(value, prefixes)]
    return [f"{name}={_value(value)}"] if str(value).strip() else [name]


def _extensions(values: Mapping[str, Any], prefixes: Prefixes) -> str:
    """Key by key in lexical order; several values of one key name that key once each."""
    return "".join(sorted(t for k, v in values.items() if not k.startswith("@") for t in _extension(k, v, prefixes)))


def _place(value: dict[str, Any], prefixes: Prefixes) -> str:
    rest = {k: v for k, v in value.items() if k != "id"}
    return f"id={_value(value['id'])}" + _extensions(rest, prefixes)


def pre_hash(event: Mapping[str, Any], prefixes: Prefixes) -> str:
    """The text that is hashed: keys and values in canonical order, without separators. `event` is valid EPCIS 2.0."""
    containers: dict[str, Callable[[Any], str]] = {
        "epcList": _epcs,
        "childEPCs": _epcs,
        "quantityList": _quantities,
        "childQuantityList": _quantities,
        "persistentDisposition": _dispositions,
        "readPoint": lambda v: _place(v, prefixes),
        "bizLocation": lambda v: _place(v, prefixes),
        "bizTransactionList": _typed("bizTransaction", "BTT"),
        "sourceList": _typed("source", "SDT"),
        "destinationList": _typed("destination", "SDT"),
        "sensorElementList": lambda v: "".join(sorted(_extension("sensorElement", v, prefixes))),
        "ilmd": lambda v: _extensions(v, prefixes),
    }
    values: dict[str, Callable[[Any], str]] = {
        "eventTime": lambda v: rfc3339(datetime.fromisoformat(v)),
        "bizStep": lambda v: web_uri(v, "BizStep"),
        "disposition": lambda v: web_uri(v, "Disp"),
    }
    order = (
        "eventTime", "eventTimeZoneOffset", "epcList", "parentID", "childEPCs", "quantityList", "childQuantityList",
        "action", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList",
        "sourceList", "destinationList", "sensorElementList", "ilmd",
    )  # fmt: skip
    parts = [f"eventType={event['type']}"]
    for key in order:
        value = event.get(key)
        if value is None or value in ([], {}):
            continue
        parts.append(key + containers[key](value) if key in containers else f"{key}={values.get(key, _value)(value)}")
    rest = {k: v for k, v in event.items() if k not in order and k not in _IGNORED}
    return "".join(parts) + _extensions(rest, prefixes)


def event_hash(event: Mapping[str, Any], prefixes: Prefixes) -> str:
    """`ni:///sha-256;<hex>?ver=CBV2.0`, the id of an event that came without one."""
    digest = hashlib.sha256(pre_hash(event, prefixes).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"
