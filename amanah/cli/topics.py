"""`amanah topics` and `amanah asyncapi`: create and describe the topics of contracts/topics.py."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from amanah import __version__
from amanah.cli.process import create_topics_and_buckets, open_runtime, or_exit, the_bus
from amanah.contracts.events import EVENTS
from amanah.contracts.message import Event
from amanah.contracts.topics import OWN, TOPICS, Topic
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.bus import Bus

app = typer.Typer(no_args_is_help=True, help="Topics of the bus.")


@app.command()
def apply(
    buckets: Annotated[bool, typer.Option("--buckets", help="Also create the buckets of the object store")] = False,
) -> None:
    """Create missing topics and, with --buckets, missing buckets. Existing ones stay as they are.

    Example: KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 amanah topics apply
    """

    async def on_bus(bus: Bus) -> None:
        created = await bus.ensure_topics(TOPICS.values())
        print(f"{len(created)} topics created, {len(TOPICS) - len(created)} existed.")

    async def run() -> None:
        settings = settings_module.load()
        if buckets:
            async with open_runtime(settings) as found:
                await create_topics_and_buckets(found)
                await on_bus(found.bus)
        else:
            async with the_bus(settings) as bus:
                await on_bus(bus)

    or_exit(lambda: uvloop.run(run()))


COMMITTED = Path("docs/partners/asyncapi.json")


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
    """The AsyncAPI 3.0 document."""
    messages = {event.type: _message(event) for event in EVENTS.values()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Amanah",
            "version": __version__,
            "description": "Events of Amanah, CloudEvents 1.0 over Kafka in binary mode.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in OWN},
        "operations": {
            f"send-{topic.name}": {"action": "send", "channel": {"$ref": f"#/channels/{_escape(topic.name)}"}}
            for topic in OWN
        },
        "components": {"messages": messages},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    kafka = {"partitions": topic.partitions, "topicConfiguration": {"retention.ms": topic.retention_ms}}
    return {
        "address": topic.name,
        "description": f"{topic.about}. Key: {topic.key}. From {', '.join(topic.producers)} to "
        f"{', '.join(topic.consumers) or 'whoever follows'}.",
        "messages": {
            event.type: {"$ref": f"#/components/messages/{_escape(event.type)}"}
            for event in EVENTS.values()
            if event.topic == topic.name
        },
        "bindings": {"kafka": kafka},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(mode="serialization", ref_template="#/components/messages/{model}")
    definitions = schema.pop("$defs", {})
    inlined = _inline(schema, definitions)
    return {"name": event.type, "summary": (event.__doc__ or "").strip(), "payload": inlined}


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
