"""Page for partners, made from the AsyncAPI document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

JsonObject = dict[str, Any]


def rendered(described: JsonObject, sent: str, read: str) -> str:
    """The page for partners: headers and fields of the messages on the channel that they send on and the one that they read."""
    return "\n".join(_lines(described, {"Send": sent, "Read": read})).rstrip()


def _lines(described: JsonObject, channels: Mapping[str, str]) -> Iterator[str]:
    messages, schemas = described["components"]["messages"], described["components"]["schemas"]
    server = described["servers"]["brokers"]
    yield "# Messages on Kafka"
    yield ""
    yield "<!-- Made by `amanah asyncapi --page`. -->"
    yield ""
    yield (
        f"Made from [asyncapi.json](asyncapi.json) (AsyncAPI {described['asyncapi']}), which also has the topics between services. "
        "[Shipment events](shipments.md) says what the fields mean."
    )
    yield ""
    yield f"Server: `{server['host']}`, `{server['protocol']}`. {server['description']}"
    yield ""
    yield from _table(
        ("Security", "Use"),
        [(f"`{each['type']}`", each["description"]) for each in described["components"]["securitySchemes"].values()],
    )
    for verb, channel_id in channels.items():
        channel = described["channels"][channel_id]
        kafka = channel["bindings"]["kafka"]
        yield ""
        yield f"## {verb}: `{channel['address']}`"
        yield ""
        days = kafka["topicConfiguration"]["retention.ms"] // 86_400_000
        yield f"{channel['description']} Partitions: {kafka['partitions']}. Retention: {days} days."
        for reference in channel["messages"].values():
            message = messages[reference["$ref"].rsplit("/", 1)[1]]
            yield ""
            yield f"### {message['title']}"
            yield ""
            yield message["summary"] + "."
            yield ""
            headers = _resolved(message["headers"], schemas)
            yield from _table(("Header", "Required", "Content"), _fields(headers, schemas))
            payload = _resolved(message["payload"], schemas)
            for kind in [_resolved(each, schemas) for each in payload.get("anyOf", [payload])]:
                yield ""
                yield f"Fields of {kind['title']}:"
                yield ""
                yield from _table(("Field", "Required", "Content"), _fields(kind, schemas))
            yield ""
            yield "```json"
            yield json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False)
            yield "```"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _fields(schema: JsonObject, schemas: JsonObject) -> list[tuple[str, str, str]]:
    required = schema.get("required", [])
    return [
        (f"`{name}`", "yes" if name in required else "", "; ".join(filter(None, (_kind(each, schemas), each.get("description")))))
        for name, each in schema["properties"].items()
    ]  # fmt: skip


def _kind(schema: JsonObject, schemas: JsonObject) -> str:
    """The type of a field in a few words."""
    if "$ref" in schema:
        return str(_resolved(schema, schemas)["title"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each, schemas) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}"
    return str(schema.get("format") or schema.get("type", "any"))


def _resolved(schema: JsonObject, schemas: JsonObject) -> JsonObject:
    found: JsonObject = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return found
