"""SMS messages in one form, and readers of the fields that SMS gateways send."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response

from amanah.contracts.errors import BadInput


@dataclass(frozen=True)
class InboundSms:
    """SMS message from any gateway. `received_at` is None where the gateway does not report it."""

    id: str
    sender: str
    recipient: str
    text: str
    received_at: datetime | None = None


def secrets_equal(one: str, other: str) -> bool:
    """Compares two secrets in constant time. An empty `other` equals nothing."""
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def pairs(body: bytes) -> list[tuple[str, str]]:
    """Parses the fields of a form, in their order. Raises BadInput."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise BadInput("bad_input.form") from None


def json_object(body: bytes) -> dict[str, object]:
    """Parses a JSON object. Raises BadInput `not_json`."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadInput("not_json.body")
    return parsed


def from_json(body: Mapping[str, object]) -> InboundSms:
    """Reads a message from `{id, from, to, text, received_at}`. Raises BadInput with the name of a missing field."""
    return InboundSms(
        id=require(body, "id"),
        sender=require(body, "from"),
        recipient=str(body.get("to") or ""),
        text=str(body.get("text") or ""),
        received_at=moment_of(body.get("received_at")),
    )


def inner(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object called `name`; an empty one when there is none."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def require(body: Mapping[str, object], name: str) -> str:
    """The text called `name`. Raises BadInput when there is none."""
    value = body.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise BadInput("bad_input.sms_field", name, name=name)
    return str(value).strip()


def moment_of(value: object) -> datetime | None:
    """Parses a time as RFC 3339; None when there is none."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput("bad_input.sms_time", "received_at")
    return moment


def seconds_of(value: str) -> datetime | None:
    """Parses a time as seconds since 1970; None when there is none."""
    return datetime.fromtimestamp(int(value), UTC) if value.isascii() and value.isdigit() and len(value) < 12 else None


def as_json(body: Mapping[str, object]) -> Response:
    """Builds a response in JSON."""
    return Response(orjson.dumps(body), media_type="application/json")
