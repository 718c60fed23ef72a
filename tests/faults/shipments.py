"""Shipments of a partner as their events tell them, in order; and the same as a bad day delivers them.

Shuffled, each twice, some in documents of several, corrupted ones among them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any

from amanah.runtime.bus.bus import Outgoing
from tests.faults.partners import Partner
from tests.integration.distribution.scene import RICE

BOXES = 4
"""Packages on a pallet."""
_LEGS = (("GUDANG", "POS"), ("POS", "BALAI"), ("BALAI", "GUDANG"))
_SPOILT = (
    "not_json",
    "schema",
    "unknown_package",
    "unknown_place",
    "not_your_package",
    "time_in_future",
    "unknown_item",
)


@dataclass
class Shipments:
    """Packages of one partner, every tenth a pallet of `BOXES` others; their codes begin with `prefix`.

    All happens within a day, so that no leg is overdue and alerts depend on the events alone.
    """

    partner: Partner
    prefix: str
    size: int
    chance: Random
    _began: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=20))
    _number: Iterator[int] = field(default_factory=count)

    @property
    def codes(self) -> list[str]:
        """The codes of its packages."""
        return [f"{self.prefix}-{n}" for n in range(self.size)]

    def history(self, events: int) -> list[dict[str, Any]]:
        """About as many events, in the order in which they happened."""
        each = [
            self._pallet(n) if n % 10 == 0 else self._package(n)
            for n in range(self.size)
            if n % 10 == 0 or n % 10 > BOXES
        ]
        told: list[dict[str, Any]] = []
        while len(told) < events:
            for story in each:
                told += islice(story, self.chance.randint(1, 4))
        return told

    def _event(self, code: str, step: str, place: str, *, counted: int | None = None, **more: Any) -> dict[str, Any]:
        number = next(self._number)
        event: dict[str, Any] = {
            "type": "ObjectEvent", "eventID": f"urn:x:{self.prefix}:{number}", "action": "OBSERVE", "bizStep": step,
            "eventTime": (self._began + timedelta(seconds=10 * number)).isoformat(timespec="seconds"),
            "eventTimeZoneOffset": "+07:00", "epcList": [f"urn:amanah:package:{code}"],
            "readPoint": {"id": f"urn:amanah:place:{place}"},
        }  # fmt: skip
        if counted is not None:
            event["quantityList"] = [{"epcClass": f"urn:amanah:item:{RICE}", "quantity": counted, "uom": "KGM"}]
        return event | more

    def _legs(self, code: str, counted: int | None) -> Iterator[dict[str, Any]]:
        """Moves round and round; some counts differ, some were wrong and are declared so, some goods are damaged."""
        for turn in count():
            here, there = _LEGS[turn % len(_LEGS)]
            yield self._event(code, "shipping", here, counted=counted)
            yield self._event(code, "arriving", there, counted=counted)
            if turn % 3 == 1:
                odd = self._event(code, "inspecting", there, counted=90 + self.chance.randrange(10))
                yield odd
                wrong = {"declarationTime": odd["eventTime"], "reason": "incorrect_data"}
                if self.chance.random() < 0.5:
                    next(self._number)
                    yield odd | {"errorDeclaration": wrong}
            if turn % 5 == 4:
                yield self._event(code, "holding", there, counted=1 + self.chance.randrange(5), disposition="damaged")

    def _package(self, number: int) -> Iterator[dict[str, Any]]:
        return self._legs(f"{self.prefix}-{number}", 100)

    def _pallet(self, number: int) -> Iterator[dict[str, Any]]:
        """Boxes are packed onto a pallet, move with it, are unpacked, counted, and packed again."""
        pallet = f"{self.prefix}-{number}"
        boxes = [f"{self.prefix}-{n}" for n in range(number + 1, min(number + 1 + BOXES, self.size))]
        legs = self._legs(pallet, None)
        while True:
            for action, step in (("ADD", "packing"), ("DELETE", "unpacking")):
                packed = self._event(pallet, step, "GUDANG", type="AggregationEvent", action=action)
                del packed["epcList"]
                children = [f"urn:amanah:package:{box}" for box in boxes]
                yield packed | {"parentID": f"urn:amanah:package:{pallet}", "childEPCs": children}
                if action == "ADD":
                    for event in islice(legs, 6):
                        event.pop("quantityList", None)
                        yield event
                else:
                    for box in boxes:
                        yield self._event(box, "inspecting", "GUDANG", counted=95 + self.chance.randrange(6))

    def spoilt(self, code: str, foreign: str) -> bytes:
        """An event that is rejected with this code; `foreign` is a package of another partner."""
        event = self._event(self.chance.choice(self.codes), "storing", "POS")
        event["eventID"] = f"urn:bad:{self.prefix}:{code}:{next(self._number)}"
        match code:
            case "not_json":
                return json.dumps(event).encode()[:-1]
            case "schema":
                del event["eventTime"]
            case "unknown_package":
                event["epcList"] = [f"urn:amanah:package:{self.prefix}-LOST-{next(self._number)}"]
            case "unknown_place":
                event["readPoint"] = {"id": "urn:amanah:place:NOWHERE"}
            case "not_your_package":
                event["epcList"] = [f"urn:amanah:package:{foreign}"]
            case "time_in_future":
                event["eventTime"] = "2100-01-01T00:00:00+07:00"
            case "unknown_item":
                event["quantityList"] = [{"epcClass": "urn:amanah:item:SOAP", "quantity": 1}]
        return json.dumps(event).encode()


@dataclass
class BadDay:
    """Messages of one partner as they are sent, and what must become of them.

    `accepted` has the id of each event with its number of acceptances (an error declaration has the id of the wrong event),
    `repeated` likewise the duplicates; `rejected` the originals by code, `parked` the values without a valid token.
    """

    messages: list[Outgoing] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, list[bytes]] = field(default_factory=dict)
    parked: list[bytes] = field(default_factory=list)

    @property
    def outcomes(self) -> int:
        """The number of outcomes that the partner gets."""
        return 2 * self.accepted.total() + sum(map(len, self.rejected.values()))


def bad_day(shipments: Shipments, history: Sequence[dict[str, Any]], corrupted: int, foreign: str) -> BadDay:
    """Sends each event of the history twice, and `corrupted` ones besides, in any order."""
    chance, partner, day = shipments.chance, shipments.partner, BadDay()
    twice = [*history, *history]
    chance.shuffle(twice)
    while twice:
        together = [twice.pop() for _ in range(min(len(twice), chance.choice((1,) * 9 + (3,))))]
        named = together[0].get("epcList") or [together[0]["parentID"]]
        value = together[0] if len(together) == 1 else document(together)
        day.messages.append(partner.message(named[0].rpartition(":")[2], value))
    day.accepted.update(event["eventID"] for event in history)
    for number in range(corrupted):
        if number % 5 == 0:
            spoilt = shipments.spoilt("whole", foreign)
            day.messages.append(partner.message("P", spoilt, bearer="" if number % 2 else f"forged-{number}"))
            day.parked.append(spoilt)
        else:
            code = _SPOILT[number % len(_SPOILT)]
            spoilt = shipments.spoilt(code, foreign)
            day.messages.append(partner.message(str(number), spoilt))
            day.rejected.setdefault(code, []).append(spoilt)
    chance.shuffle(day.messages)
    return day


def document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An EPCIS document with these events."""
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-24T00:00:00Z", "epcisBody": {"eventList": list(events)},
    }  # fmt: skip
