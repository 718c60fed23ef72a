"""The one form of a message, and how the fields of all gateways are read into it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response

from amanah.contracts.errors import BadInput


@dataclass(frozen=True)
class Message:
    """One message, whichever gateway it came by. `received_at` is None where the gateway does not say."""

    id: str
    sender: str
    recipient: str
    text: str
    received_at: datetime | None = None


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ; nothing equals no secret."""
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in their order. Raises BadInput."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise BadInput("bad_input.form") from None


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object that a body is. Raises BadInput `not_json`."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise BadInput("not_json.body")
    return said


def from_json(said: Mapping[str, object]) -> Message:
    """The message of `{id, from, to, text, received_at}`. Raises BadInput naming what is missing."""
    return Message(
        id=needed(said, "id"),
        sender=needed(said, "from"),
        recipient=str(said.get("to") or ""),
        text=str(said.get("text") or ""),
        received_at=moment_of(said.get("received_at")),
    )


def inner(said: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object called `name`; an empty one when there is none."""
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}


def needed(said: Mapping[str, object], name: str) -> str:
    """The text called `name`. Raises BadInput when there is none."""
    value = said.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise BadInput("bad_input.sms_field", name, name=name)
    return str(value).strip()


def moment_of(value: object) -> datetime | None:
    """A time as RFC 3339; None when there is none."""
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
    """A time as seconds since 1970; None when there is none."""
    return datetime.fromtimestamp(int(value), UTC) if value.isascii() and value.isdigit() and len(value) < 12 else None


def as_json(said: Mapping[str, object]) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(said), media_type="application/json")
