"""Facts about an attempt to hand over, read from the store."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.distribution import OFFICERS
from amanah.contracts.handovers.handovers import ReceivedBy, RecordFailedHandover, RecordHandover
from amanah.contracts.rounds import Thresholds
from services.distribution.assignments.documents import ASSIGNMENTS, AssignmentDocument
from services.distribution.custody.documents import PACKAGES, PackageDocument, PlaceDocument, place_with
from services.distribution.custody.histories import is_late, package_at
from services.distribution.custody.views import package_status
from services.distribution.handovers.rules.refusals import (
    HANDOVER_REFUSALS,
    EntitlementFacts,
    HandoverFacts,
    OfficerAssignment,
    PackageFacts,
    ReceiverFacts,
    Refusal,
    SubmittedHandover,
    refuse_if_wrong,
)
from services.distribution.rounds import rosters
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS, EntitlementDocument, RoundDocument
from services.distribution.rounds.rules.money import LIVE
from services.distribution.rounds.rules.quantities import amounts
from services.distribution.rounds.views import due_in, location
from services.distribution.store import Store

# More people than any family card has.
_FAMILY = 100


@dataclass(frozen=True)
class HandoverContext:
    """Documents of an attempt, None if they do not exist, and the facts from them."""

    facts: HandoverFacts
    entitlement: EntitlementDocument | None
    round: RoundDocument | None
    package: PackageDocument | None

    @property
    def limits(self) -> Thresholds:
        """Thresholds of the round's program."""
        return Thresholds.model_validate(self.round["thresholds"] if self.round else {})


async def gather(
    store: Store, actor: Actor, ask: RecordHandover | RecordFailedHandover, received_at: datetime
) -> HandoverContext:
    """Reads the facts as they are now. An entitlement outside the officer's areas does not exist."""
    code = ask.package_code if isinstance(ask, RecordHandover) else None
    entitlement, package = await asyncio.gather(
        store[ENTITLEMENTS].get({"_id": ask.entitlement_id}), store[PACKAGES].get({"code": code})
    )
    if entitlement is not None and not actor.scope(OFFICERS).covers(entitlement["area"]):
        entitlement = None
    if package is not None:
        package = await package_at(store, package, ask.occurred_at)
    round_id = entitlement["round"] if entitlement else None
    round_found, place, assignments = await asyncio.gather(
        store[ROUNDS].get({"_id": round_id}),
        place_with(store, package["place"] if package else None),
        store[ASSIGNMENTS].list({"officer": actor.id, "round": round_id}),
    )
    record = ask if isinstance(ask, RecordHandover) else None
    handed = amounts(record.items) if record else {}
    facts = HandoverFacts(
        submitted=SubmittedHandover(
            handed, ask.location, ask.occurred_at, received_at, record.sent_at if record else None
        ),
        receiver=await _receiver(store, record.received_by, entitlement) if record else ReceiverFacts(),
        entitlement=_entitlement(entitlement, round_found) if entitlement and round_found else None,
        package=_package(package, place) if package else None,
        assignments=tuple(_assignment(a) for a in assignments),
        round_days=_days(round_found) if round_found else None,
    )
    return HandoverContext(facts, entitlement, round_found, package)


def refuse_as_seen(
    context: HandoverContext,
    entitlement: EntitlementDocument | None,
    package: PackageDocument | None,
    rules: Sequence[Refusal] = HANDOVER_REFUSALS,
) -> None:
    """Raises the first refusal that applies with the given entitlement and package; the other facts stay."""
    round_found, known = context.round, context.facts.package
    at = context.facts.submitted.occurred_at
    # A late handover is judged by the package's state at that time, which does not change now.
    if package is not None and known is not None and not is_late(package, at):
        moved = context.package is not None and package["place"] != context.package["place"]
        known = replace(
            known,
            status=package_status(package),
            left={c["sku"]: c["left"] for c in package["contents"]},
            place_kind=None if moved else known.place_kind,
        )
    due = _entitlement(entitlement, round_found) if entitlement and round_found else None
    refuse_if_wrong(replace(context.facts, entitlement=due, package=known), rules)


async def _receiver(store: Store, who: ReceivedBy, entitlement: EntitlementDocument | None) -> ReceiverFacts:
    """Returns who received the aid; of a proxy, if the roster has their NIK on the recipient's family card."""
    if who.kind != "PROXY":
        return ReceiverFacts()
    number = re.sub(r"\W", "", who.id_number or "")
    complete = all((text or "").strip() for text in (who.name, who.relation, number))
    if entitlement is None or not complete or entitlement.get("nik") is None:
        return ReceiverFacts(proxy=True, complete=complete)
    card = entitlement["household"]
    family = await store[ENTITLEMENTS].list(
        {"household": card, "round": entitlement["round"]}, projection={"nik": 1}, limit=_FAMILY
    )
    blind = rosters.shorten_index(store.keys.blind(number, "nik"))
    return ReceiverFacts(proxy=True, on_kk=bool(card) and any(member["nik"] == blind for member in family))


def _days(found: RoundDocument | AssignmentDocument) -> tuple[date, date]:
    return date.fromisoformat(found["starts"]), date.fromisoformat(found["ends"])


def _assignment(found: AssignmentDocument) -> OfficerAssignment:
    return OfficerAssignment(found["area"], *_days(found))


def _entitlement(entitlement: EntitlementDocument, round_found: RoundDocument) -> EntitlementFacts:
    payment = entitlement.get("payment")
    return EntitlementFacts(
        status=entitlement["status"],
        area=entitlement["area"],
        round_id=entitlement["round"],
        items=due_in(round_found),
        home=location(entitlement["home"]),
        delivered_at=entitlement.get("deliveredAt"),
        delivered_by=entitlement.get("deliveredBy", ""),
        id=entitlement["_id"],
        in_payment=payment is not None and payment["status"] in LIVE,
    )


def _package(package: PackageDocument, place: PlaceDocument | None) -> PackageFacts:
    return PackageFacts(
        round_id=package["round"],
        area=package["area"],
        status=package_status(package),
        left={c["sku"]: c["left"] for c in package["contents"]},
        place_kind=place["kind"] if place else None,
        place=location(place["location"]) if place else None,
        only_for=package["entitlement"],
    )
