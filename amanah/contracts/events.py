"""Every event that a service announces, by its type."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from amanah import contracts
from amanah.contracts.message import Event
from amanah.contracts.topics import Topic


def _declared(base: type[Event]) -> Iterator[type[Event]]:
    for event in base.__subclasses__():
        if event.__module__.startswith(contracts.__name__):
            yield from _declared(event)
            if "type" in vars(event):
                yield event


for _module in pkgutil.walk_packages(contracts.__path__, f"{contracts.__name__}."):
    import_module(_module.name)

EVENTS: dict[str, type[Event]] = {event.type: event for event in sorted(_declared(Event), key=lambda e: e.type)}
"""An event is on this list by being declared in a module of the contracts."""


def events_on(topic: Topic) -> list[type[Event]]:
    """The events that a topic carries, sorted by type."""
    return [event for event in EVENTS.values() if event.topic == topic.name]
