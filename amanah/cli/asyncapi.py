"""`amanah asyncapi`: the topics, their messages, headers, servers and security as an AsyncAPI document."""

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from amanah import __version__
from amanah.contracts.events import EVENTS
from amanah.contracts.logistics import MAX_BYTES, MAX_EVENTS
from amanah.contracts.message import Event
from amanah.contracts.topics import LOGISTICS_INTAKE, OWN, PARTNER_OUTCOMES, Topic

COMMITTED = Path("docs/partners/asyncapi.json")
_EPCIS = "epcis-document"
_TOPICS = (*OWN, PARTNER_OUTCOMES)

_CLOUD_EVENT = {
    "ce_specversion": "Version of CloudEvents: 1.0.",
    "ce_id": "Id of the event (idempotency key): an event that is delivered again has the same.",
    "ce_source": "Service that emits it, such as /amanah/distribution.",
    "ce_type": "Type of the event, with its version at the end.",
    "ce_subject": "Id of what the event is about.",
    "ce_time": "Time of the event, RFC 3339 in UTC.",
    "content-type": "application/json.",
    "traceparent": "W3C Trace Context, if the request had one.",
    "ce_actorid": "Id of the user, partner or service that acted.",
    "ce_actorrole": "Role in which they acted.",
    "ce_actorarea": "Area of the role.",
    "ce_authority": "Decree, assignment or request that allowed it.",
}
_ALWAYS = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"]


def asyncapi(
    check: Annotated[bool, typer.Option("--check", help="Compare with docs/partners/asyncapi.json instead")] = False,
) -> None:
    """Print the topics and their events as AsyncAPI 3; with --check, exit 1 if the committed copy differs.

    Example: amanah asyncapi > docs/partners/asyncapi.json
    """
    text = json.dumps(document(), indent=2, ensure_ascii=False)
    if not check:
        print(text)
    elif not COMMITTED.exists() or COMMITTED.read_text().rstrip() != text:
        print(f"{COMMITTED} is out of date. Run `amanah asyncapi > {COMMITTED}`.", file=sys.stderr)
        raise typer.Exit(1)


def document() -> dict[str, Any]:
    """The AsyncAPI document, as Amanah itself: it receives on the intake, and sends on all other topics."""
    return {
        "asyncapi": "3.1.0",
        "id": "urn:amanah",
        "info": {
            "title": "Amanah",
            "version": __version__,
            "description": "Events of Amanah, CloudEvents 1.0 over Kafka in binary mode, and the intake of EPCIS 2.0 events of "
            "logistics partners. A partner writes on `logistics.intake.v1` and reads the topic of its own outcomes.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": "partners", "description": "For logistics partners"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "production": {
                "host": "kafka.example.org:9093",
                "protocol": "kafka-secure",
                "description": "Brokers of an installation: TLS, and a user for each partner.",
                "security": [{"$ref": "#/components/securitySchemes/scram"}],
            },
            "trial": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "Broker of one machine, without users: for trials.",
            },
        },
        "channels": {topic.name: _channel(topic) for topic in _TOPICS},
        "operations": {f"{_action(topic)}-{topic.name}": _operation(topic) for topic in _TOPICS},
        "components": {
            "messages": {_EPCIS: _epcis_message()} | {event.type: _message(event) for event in EVENTS.values()},
            "schemas": {"cloudEventHeaders": _headers(_CLOUD_EVENT, _ALWAYS)},
            "securitySchemes": {
                "scram": {
                    "type": "scramSha512",
                    "description": "The user and password that `amanah partners add` prints for Kafka.",
                }
            },
        },
    }


def _action(topic: Topic) -> str:
    return "receive" if topic is LOGISTICS_INTAKE else "send"


def _messages(topic: Topic) -> list[str]:
    if topic is LOGISTICS_INTAKE:
        return [_EPCIS]
    return [event.type for event in EVENTS.values() if event.topic == topic.name]


def _operation(topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{_escape(topic.name)}"
    return {
        "action": _action(topic),
        "channel": {"$ref": channel},
        "summary": topic.about,
        "messages": [{"$ref": f"{channel}/messages/{_escape(name)}"} for name in _messages(topic)],
    }


def _channel(topic: Topic) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": f"{topic.about}. Key: {topic.key}. From {', '.join(topic.producers)} to "
        f"{', '.join(topic.consumers) or 'nobody in particular'}.",
        "messages": {name: {"$ref": f"#/components/messages/{_escape(name)}"} for name in _messages(topic)},
        "bindings": {
            "kafka": {"partitions": topic.partitions, "topicConfiguration": {"retention.ms": topic.retention_ms}}
        },
    }
    if topic is PARTNER_OUTCOMES:
        channel["parameters"] = {
            "partnerId": {"description": "Your partner id.", "examples": ["ptn_01m85y3xky0002kqb7y76h0qfn"]}
        }
    return channel


def _message(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(mode="serialization", ref_template="#/components/messages/{model}")
    definitions = schema.pop("$defs", {})
    example = resources.files("amanah.contracts") / "examples" / f"{event.type}.json"
    return {
        "name": event.type,
        "summary": (event.__doc__ or "").strip(),
        "headers": {"$ref": "#/components/schemas/cloudEventHeaders"},
        "payload": _inline(schema, definitions),
        "examples": [{"payload": json.loads(example.read_text())}],
    }


def _epcis_message() -> dict[str, Any]:
    """An EPCIS document or event; its own schema is GS1's, so what is required here is only what tells the two apart."""
    return {
        "name": _EPCIS,
        "title": "EPCIS 2.0 document or event",
        "summary": f"An EPCISDocument of at most {MAX_EVENTS:,} events and {MAX_BYTES:,} bytes, or a single event.",
        "contentType": "application/json",
        "headers": _headers({"amanah-token": "Your token; it must be valid when the message is published."}, ["amanah-token"]),
        "payload": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {
                    "type": "string",
                    "enum": [
                        "EPCISDocument", "ObjectEvent", "AggregationEvent", "TransactionEvent", "AssociationEvent",
                        "TransformationEvent",
                    ],
                },
                "epcisBody": {
                    "type": "object",
                    "description": "Of a document: its events, in `eventList`.",
                    "properties": {"eventList": {"type": "array", "maxItems": MAX_EVENTS, "items": {"type": "object"}}},
                },
                "eventID": {"type": "string", "format": "uri", "description": "Your id of the event (idempotency key)."},
                "eventTime": {"type": "string", "format": "date-time"},
                "eventTimeZoneOffset": {"type": "string", "examples": ["+07:00"]},
            },
        },
        "externalDocs": {"description": "EPCIS 2.0", "url": "https://ref.gs1.org/standards/epcis/"},
        "examples": [
            {
                "headers": {"amanah-token": "eyJhbGciOiJFZDI1NTE5In0.e30.c2ln"},
                "payload": {
                    "type": "ObjectEvent",
                    "eventID": "urn:uuid:0c1e8a6e-52f7-4b0e-9f0c-3d0a8f5f1d11",
                    "eventTime": "2026-11-24T09:30:00+07:00",
                    "eventTimeZoneOffset": "+07:00",
                    "action": "OBSERVE",
                    "bizStep": "arriving",
                    "epcList": ["urn:amanah:package:SKM-2001-1"],
                    "bizLocation": {"id": "urn:amanah:place:TITIK-2001"},
                },
            }
        ],
    }  # fmt: skip


def _headers(described: dict[str, str], required: list[str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in described.items()}
    return {"type": "object", "properties": properties, "required": required}


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return _inline(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: _inline(value, definitions) for key, value in node.items()}
    if isinstance(node, list):
        return [_inline(value, definitions) for value in node]
    return node


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
