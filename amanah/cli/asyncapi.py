"""`amanah asyncapi`: describes the topics of contracts/topics.py as AsyncAPI 3.1, and as a page for partners."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from amanah import __version__
from amanah.cli.asyncapi_page import JsonObject, rendered
from amanah.contracts.events import EVENTS
from amanah.contracts.logistics.epcis import KINDS, EpcisDocument
from amanah.contracts.message import Event
from amanah.contracts.partner_outcomes import PartnerEventDecided
from amanah.contracts.topics import LOGISTICS_INTAKE, OWN, PARTNER_OUTCOMES, Topic

COMMITTED = Path("docs/partners/asyncapi.json")
PAGE = COMMITTED.with_suffix(".md")

_EXAMPLES = Path(__file__).parents[1] / "contracts" / "examples"
_CHANNELS = (*OWN, PARTNER_OUTCOMES)
_PARTNERS = (LOGISTICS_INTAKE, PARTNER_OUTCOMES)
_PARTNER_ID = "ptn_01m85y3xky0002kqb7y76h0qfn"


def asyncapi(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with docs/partners/asyncapi.json and its page instead")
    ] = False,
    page: Annotated[bool, typer.Option("--page", help="Print the page for partners instead of the JSON")] = False,
) -> None:
    """Print the topics and their messages as AsyncAPI 3.1; with --check, exit 1 if a committed copy differs.

    Example: amanah asyncapi > docs/partners/asyncapi.json && amanah asyncapi --page > docs/partners/asyncapi.md
    """
    described = document()
    texts = {
        COMMITTED: json.dumps(described, indent=2, ensure_ascii=False),
        PAGE: rendered(described, _channel_id(LOGISTICS_INTAKE), _channel_id(PARTNER_OUTCOMES)),
    }
    if not check:
        print(texts[PAGE if page else COMMITTED])
        return
    for path, text in texts.items():
        if not path.exists() or path.read_text().rstrip() != text:
            option = " --page" if path == PAGE else ""
            print(f"{path} is out of date. Run `amanah asyncapi{option} > {path}`.", file=sys.stderr)
            raise typer.Exit(1)


def document() -> JsonObject:
    """The AsyncAPI 3.1 document. Operations are those of Amanah: it receives what a partner sends."""
    schemas = _epcis_schemas()
    return {
        "asyncapi": "3.1.0",
        "id": "urn:amanah:asyncapi",
        "info": {
            "title": "Amanah",
            "version": __version__,
            "description": "Messages of Amanah on Kafka. Operations are those of Amanah: a partner sends what Amanah "
            "receives. Events of Amanah are CloudEvents 1.0 in Kafka's binary content mode.",
            "contact": {"name": "The operator of your Amanah", "url": "https://amanah.example", "email": "ops@amanah.example"},
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": "partners", "description": "For logistics partners"}, {"name": "services", "description": "Between services"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "brokers": {
                "host": "kafka.example.org:9093",
                "protocol": "kafka-secure",
                "description": "The brokers, with a login over TLS. The operator tells you their address.",
                "security": [{"$ref": "#/components/securitySchemes/kafkaLogin"}],
                "tags": [{"name": "partners"}],
            }
        },
        "channels": {_channel_id(topic): _channel(topic) for topic in _CHANNELS},
        "operations": dict(_operation(topic) for topic in _CHANNELS),
        "components": {
            "messages": {
                "epcisDocument": _intake_message("EPCIS document", "Many events, each accepted or rejected on its own", "EPCISDocument", _example_document()),
                "epcisEvent": _intake_message("EPCIS event", "One event without a document around it", "EPCISEvent", _example_event()),
                **{event.type: _message(event) for event in EVENTS.values()},
            },
            "schemas": {"CloudEventHeaders": _cloud_event_headers(), "IntakeHeaders": _intake_headers(), **schemas},
            "securitySchemes": {
                "kafkaLogin": {
                    "type": "scramSha512",
                    "description": "SASL/SCRAM-SHA-512 with the user and the password of your KAFKA credential. The login says which "
                    "company connects; each message also needs the header `amanah-token`.",
                },
                "partnerToken": {
                    "type": "oauth2",
                    "description": "Your token, in the message header `amanah-token`. It must be valid when the message is published.",
                    "flows": {"clientCredentials": {"tokenUrl": "https://amanah.example/oauth2/token", "availableScopes": {}}},
                },
            },
        },
    }  # fmt: skip


def _channel_id(topic: Topic) -> str:
    return "logistics.outcomes.v1" if topic is PARTNER_OUTCOMES else topic.name


def _tags(topic: Topic) -> list[JsonObject]:
    return [{"name": "partners" if topic in _PARTNERS else "services"}]


def _message_names(topic: Topic) -> list[str]:
    if topic is LOGISTICS_INTAKE:
        return ["epcisDocument", "epcisEvent"]
    return [event.type for event in EVENTS.values() if event.topic == topic.name]


def _channel(topic: Topic) -> JsonObject:
    kafka = {"partitions": topic.partitions, "topicConfiguration": {"retention.ms": topic.retention_ms}}
    channel: JsonObject = {
        "address": topic.name,
        "title": topic.about,
        "description": f"{topic.about}. Key: {topic.key}. From {', '.join(topic.producers)} to "
        f"{', '.join(topic.consumers) or 'whoever follows'}.",
        "servers": [{"$ref": "#/servers/brokers"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _message_names(topic)},
        "tags": _tags(topic),
        "bindings": {"kafka": kafka},
    }
    if topic is PARTNER_OUTCOMES:
        channel["parameters"] = {"partnerId": {"description": "Your partner id", "examples": [_PARTNER_ID]}}
    return channel


def _operation(topic: Topic) -> tuple[str, JsonObject]:
    receives = topic is LOGISTICS_INTAKE
    action = "receive" if receives else "send"
    reference = f"#/channels/{_channel_id(topic)}"
    operation: JsonObject = {
        "action": action,
        "title": topic.about,
        "summary": f"Amanah {action}s: {topic.about}",
        "channel": {"$ref": reference},
        "messages": [{"$ref": f"{reference}/messages/{name}"} for name in _message_names(topic)],
        "tags": _tags(topic),
    }
    if receives:
        schemes = ("kafkaLogin", "partnerToken")
        operation["security"] = [{"$ref": f"#/components/securitySchemes/{name}"} for name in schemes]
    return f"{action}-{_channel_id(topic)}", operation


def _intake_message(title: str, summary: str, schema: str, example: JsonObject) -> JsonObject:
    return {
        "name": schema,
        "title": title,
        "summary": summary,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/IntakeHeaders"},
        "payload": {"$ref": f"#/components/schemas/{schema}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "Code of the package"}}},
        "examples": [{"name": schema, "headers": {"amanah-token": "eyJhbGciOiJFZDI1NTE5..."}, "payload": example}],
    }


def _message(event: type[Event]) -> JsonObject:
    schema = event.model_json_schema(mode="serialization", ref_template="#/components/messages/{model}")
    definitions = schema.pop("$defs", {})
    payload = json.loads((_EXAMPLES / f"{event.type}.json").read_text())
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "evt_01m85y3xky0002kqb7y76h0qfn",
        "ce_source": "amanah://distribution",
        "ce_type": event.type,
        "ce_time": "2026-11-24T03:00:02.000Z",
        "content-type": "application/json",
    }
    return {
        "name": event.type,
        "title": "Outcome of an event" if event is PartnerEventDecided else event.__name__,
        "summary": " ".join((event.__doc__ or "").split()).rstrip("."),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": _inline(schema, definitions),
        "bindings": {"kafka": {"key": {"type": "string"}}},
        "examples": [{"name": event.__name__, "headers": headers, "payload": payload}],
    }


def _cloud_event_headers() -> JsonObject:
    about = {
        "ce_specversion": "Version of CloudEvents",
        "ce_id": "Id of the message; the same again is the same message",
        "ce_source": "The service that published it",
        "ce_type": "Name of the message, with its version",
        "ce_subject": "What it is about",
        "ce_time": "When it happened",
        "content-type": "Format of the value",
        "traceparent": "Trace, as W3C Trace Context has it",
        "ce_actorid": "Who acted",
        "ce_actorrole": "The role in which they acted",
        "ce_actorarea": "The area of that role",
        "ce_authority": "What allowed it",
    }
    properties: JsonObject = {name: {"type": "string", "description": text} for name, text in about.items()}
    properties["ce_specversion"]["const"] = "1.0"
    properties["ce_time"]["format"] = "date-time"
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"]
    return {"title": "CloudEventHeaders", "type": "object", "properties": properties, "required": required}


def _intake_headers() -> JsonObject:
    token = {"type": "string", "description": "Your token, without `Bearer`; valid when the message is published"}
    return {"title": "IntakeHeaders", "type": "object", "properties": {"amanah-token": token}, "required": ["amanah-token"]}  # fmt: skip


def _epcis_schemas() -> JsonObject:
    """Schemas of events and their document, from the models that judge them."""
    schemas: JsonObject = {}
    for name, kind in KINDS.items():
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    envelope = EpcisDocument.model_json_schema()
    envelope |= {"title": "EPCISDocument", "description": "Several events; each is judged on its own."}
    event = {"$ref": "#/components/schemas/EPCISEvent"}
    events = {"type": "array", "items": event, "maxItems": 1000}
    envelope["properties"]["epcisBody"] = {
        "title": "Body", "type": "object", "properties": {"eventList": events}, "required": ["eventList"],
    }  # fmt: skip
    envelope.pop("$defs")
    kinds = [{"$ref": f"#/components/schemas/{name}"} for name in KINDS]
    return {**schemas, "EPCISEvent": {"title": "EPCISEvent", "anyOf": kinds}, "EPCISDocument": envelope}


def _example_event() -> JsonObject:
    return {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:0c1e8a6e-52f7-4b0e-9f0c-3d0a8f5f1d11",
        "eventTime": "2026-11-24T09:30:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "arriving",
        "epcList": ["urn:amanah:package:SKM-2001-1"],
        "bizLocation": {"id": "urn:amanah:place:TITIK-2001"},
    }


def _example_document() -> JsonObject:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-24T09:31:00+07:00",
        "epcisBody": {"eventList": [_example_event()]},
    }


def _inline(node: Any, definitions: JsonObject) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return _inline(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: _inline(value, definitions) for key, value in node.items()}
    if isinstance(node, list):
        return [_inline(value, definitions) for value in node]
    return node
