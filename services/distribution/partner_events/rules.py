"""Rules on partner events: which are accepted, rejected, or known already. Pure."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from amanah.contracts.areas import NATION
from amanah.contracts.errors import code_of, error_text
from amanah.contracts.logistics import (
    MAX_BYTES,
    MAX_EVENTS,
    NOT_YOUR_PACKAGE,
    UNKNOWN_PACKAGE,
    UNKNOWN_PLACE,
    Rejection,
    Reported,
)
from amanah.contracts.logistics.reading import CSV_TYPES, XML_TYPES
from amanah.contracts.logistics.units import convert
from amanah.contracts.message import milli
from services.distribution.custody.rules import ARRIVALS
from services.distribution.partners.rules import may_name

AGGREGATION = "AggregationEvent"
UNKNOWN_ITEM = "unknown_item"
UNKNOWN_DESTINATION = "unknown_destination"
UNKNOWN_EVENT = "unknown_event"
UNIT_MISMATCH = "unit_mismatch"
EVENT_ID_REUSED = "event_id_reused"
SUSPENDED = "partner_suspended"

_THOUSANDTH = Decimal("0.001")
_MINUTE = timedelta(minutes=1)
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)


@dataclass(frozen=True)
class Sender:
    """Partner that sends events; in the `sandbox` every check is made, and nothing counts.

    `owners` are the values of a package's `partner` that make it theirs. `packages`, if any, are the prefixes of the package codes
    that they may name, `places` the codes of the places; without these, all places of their `area`. Outcomes are posted to one
    with a `webhook`.
    """

    id: str
    owners: Collection[str]
    packages: tuple[str, ...] = ()
    places: Collection[str] = ()
    area: str = NATION
    suspended: bool = False
    sandbox: bool = False
    webhook: bool = False


@dataclass(frozen=True)
class KnownPackage:
    """The part of a package that the rules read. `units` has the unit of each of its goods."""

    id: str
    code: str
    owner: str | None
    units: Mapping[str, str]


@dataclass
class Facts:
    """Facts by which events are judged: packages by code, the areas of places by code, the content of accepted events by id.

    The content is empty of an event that was accepted before contents were stored. `judge` adds each event that it accepts, so that the next of the same id is a duplicate.
    """

    sender: Sender
    packages: Mapping[str, KnownPackage] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """An event whose packages and place are known. `counted` has its quantities, in thousandths, of the package `counts_of`.

    `parent` is the id of the package that an aggregation is about. `warning` is the code of what is accepted and odd.
    """

    event: Reported
    packages: tuple[KnownPackage, ...] = ()
    counts_of: str | None = None
    counted: Mapping[str, int] = field(default_factory=dict)
    place: str | None = None
    destination: str | None = None
    parent: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Duplicate:
    """An event that was accepted before; it has no second effect."""

    event: Reported


Verdict = Accepted | Duplicate | Rejection


def events_in(value: bytes, media_type: str) -> int:
    """About how many events a document has, told without reading it: that cost is the lane's.

    Each 5,000 bytes count as an event at least, as in the largest document that is accepted.
    """
    kind = media_type.partition(";")[0].strip().lower()
    mark = b"\n" if kind in CSV_TYPES else b"<eventTime>" if kind in XML_TYPES else b'"eventTime"'
    return max(1, value.count(mark), len(value) // (MAX_BYTES // MAX_EVENTS))


@dataclass(frozen=True)
class Pace:
    """Pace of a lane: `per_minute` events at most, of which a minute's may come at once after a rest."""

    per_minute: int
    used_until: datetime

    def room(self, now: datetime) -> int:
        """The number of events that may be processed at `now`."""
        free = now + _MINUTE - max(self.used_until, now)
        return max(0, int(free / self._share + 0.001))

    def wait(self, now: datetime) -> float:
        """The seconds until there is room for an event."""
        return max(0.0, (self.used_until + self._share - now - _MINUTE).total_seconds())

    def after(self, events: int, now: datetime) -> "Pace":
        """The pace after so many events were processed. A document that is accepted as a whole may go over it."""
        return replace(self, used_until=max(self.used_until, now) + events * self._share)

    @property
    def _share(self) -> timedelta:
        return _MINUTE / self.per_minute


def retry_delay(failures: int, chance: float) -> timedelta:
    """The wait after so many failed attempts in a row: exponential, an hour at most, with jitter by `chance` (0 to 1)."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * int(2 ** min(failures - 1, 20)))
    return longest * (1 + chance) / 2


def event_key(partner: str, key: str) -> str:
    """The id under which an accepted event of a partner is stored; partners do not share their ids."""
    return hashlib.sha256(f"{partner}\x1f{key}".encode()).hexdigest()


def named_packages(event: Reported) -> tuple[str, ...]:
    """The codes of all packages that the event names, each once; none for an event without effect."""
    return tuple(dict.fromkeys((*event.packages, *([event.parent] if event.parent else [])))) if event.effect else ()


def named_places(event: Reported) -> tuple[str, ...]:
    """The codes of all places that the event names."""
    return tuple(code for code in (event.location, event.read_point, event.destination) if code is not None)


def judge(event: Reported, facts: Facts) -> Verdict:
    """Judges one event. The first rule that it breaks names the code and the field of the rejection."""
    if facts.sender.suspended:
        return rejected(event, f"{SUSPENDED}.event", "")
    verdict = _judge_content(event, facts) or _judge_names(event, facts)
    if isinstance(verdict, Accepted):
        facts.contents[event_key(facts.sender.id, event.key)] = event.content
    return verdict


def rejected(event: Reported, key: str, where: str, **values: object) -> Rejection:
    """The rejection of an event by the error `key`; `where` is a JSON pointer inside the event."""
    return Rejection(
        code=code_of(key),
        field=event.pointer + where,
        explanation=error_text(key, **values).en,
        index=event.index,
        event_id=event.id,
        original=event.original,
    )


def _judge_content(event: Reported, facts: Facts) -> Duplicate | Rejection | None:
    """Recognises an event that was accepted before, by its id, and refuses other content under a known id."""
    known = facts.contents.get(event_key(facts.sender.id, event.key))
    if known is None:
        return None
    return Duplicate(event) if known in ("", event.content) else rejected(event, EVENT_ID_REUSED, "/eventID")


def _judge_names(event: Reported, facts: Facts) -> Accepted | Rejection:
    """Checks that all that the event names exists and is the sender's to name."""
    field_name = {AGGREGATION: "/childEPCs"}.get(event.kind, "/epcList")
    named = [*event.packages, *([event.parent] if event.parent else [])] if event.effect else []
    if event.effect and not named:
        return rejected(event, UNKNOWN_PACKAGE, field_name)
    for number, code in enumerate(named):
        where = "/parentID" if number >= len(event.packages) else f"{field_name}/{number}"
        package = facts.packages.get(code)
        if package is None:
            return rejected(event, f"{UNKNOWN_PACKAGE}.code", where, code=code)
        if package.owner not in facts.sender.owners or not _begins(code, facts.sender.packages):
            return rejected(event, f"{NOT_YOUR_PACKAGE}.event", where, code=code)
    place, unknown = _place(event, facts)
    if unknown:
        return rejected(event, UNKNOWN_PLACE, unknown)
    destination = known_place(event.destination, facts.places)
    if event.effect and event.destination is not None and destination is None:
        return rejected(event, UNKNOWN_DESTINATION, "/destinationList", code=event.destination)
    counts_of = event.parent if event.kind == AGGREGATION else (named[0] if len(named) == 1 else None)
    counted = _counted(event, facts.packages[counts_of]) if counts_of else {}
    if isinstance(counted, Rejection):
        return counted
    original = event_key(facts.sender.id, event.id)
    return Accepted(
        event,
        packages=tuple(facts.packages[code] for code in dict.fromkeys(named)),
        counts_of=counts_of,
        counted=counted,
        place=place,
        destination=destination,
        parent=facts.packages[event.parent].id if named and event.parent and event.kind == AGGREGATION else None,
        # The wrong event may still be on its way: it will have no effect then.
        warning=UNKNOWN_EVENT if event.correction and original not in facts.contents else None,
    )


def _place(event: Reported, facts: Facts) -> tuple[str | None, str]:
    """The code of the place where the event happened, and the field that names an unknown one.

    A business location says where things are from then on, so it comes first for what arrives; a read point for the rest.
    """
    both = [("/bizLocation/id", event.location), ("/readPoint/id", event.read_point)]
    if event.step not in ARRIVALS:
        both.reverse()
    given = [(where, code) for where, code in both if code is not None] if event.effect else []
    for where, code in given:
        if known := known_place(code, facts.places):
            sender = facts.sender
            allowed = may_name(sender.area, sender.places, facts.places[known], known)
            return (known, "") if allowed else (None, where)
    return None, given[0][0] if given else ""


def known_place(code: str | None, places: Collection[str]) -> str | None:
    """The known place with this code, or the one whose extension (`<GLN>.<extension>`) it is."""
    if code is None or code in places:
        return code
    whole, dot, _ = code.rpartition(".")
    return whole if dot and whole in places else None


def _counted(event: Reported, package: KnownPackage) -> dict[str, int] | Rejection:
    """The quantities of the event in the units of the package's goods, in thousandths."""
    counted: dict[str, int] = {}
    quantities = {AGGREGATION: "/childQuantityList"}.get(event.kind, "/quantityList")
    for number, good in enumerate(event.goods):
        where = f"{quantities}/{number}"
        unit = package.units.get(good.sku)
        if unit is None:
            return rejected(event, UNKNOWN_ITEM, f"{where}/epcClass", sku=good.sku)
        quantity = good.quantity if not good.unit else convert(good.quantity, good.unit, unit)
        if quantity is None:
            return rejected(event, UNIT_MISMATCH, f"{where}/uom", uom=good.unit, unit=unit)
        counted[good.sku] = counted.get(good.sku, 0) + milli(quantity.quantize(_THOUSANDTH))
    return counted


def _begins(code: str, prefixes: tuple[str, ...]) -> bool:
    """True when the code begins with one of the prefixes, or there are none."""
    return not prefixes or code.startswith(prefixes)
