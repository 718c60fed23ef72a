"""Public view of a handover, with the seal of its evidence."""

from amanah.contracts.actor import Actor
from amanah.contracts.areas import AreaCode, lineage
from amanah.contracts.errors import NotFound
from amanah.contracts.handovers.public import VerifiedHandover, VerifiedItem, VerifyHandover
from amanah.contracts.message import from_milli
from amanah.runtime.rpc import answers
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument
from services.distribution.handovers.views import seal
from services.distribution.rounds.documents import PROGRAMS, ROUNDS, RoundDocument
from services.distribution.store import Store


@answers
async def verify_handover(store: Store, _: Actor, ask: VerifyHandover) -> VerifiedHandover:
    """Returns the public view of a handover."""
    handover = await store[HANDOVERS].get({"_id": ask.id})
    if handover is None:
        raise NotFound("not_found.handover")
    round_found = await store[ROUNDS].get({"_id": handover["round"]})
    program = round_found and await store[PROGRAMS].get({"_id": round_found["program"]})
    if round_found is None or program is None:
        raise NotFound("not_found.handover")
    return VerifiedHandover(
        id=handover["_id"],
        status=handover["status"],
        program=program["name"],
        round=round_found["name"],
        area=district(handover["area"]),
        occurred_at=handover["occurredAt"],
        received_at=handover["receivedAt"],
        items=_items(handover, round_found),
        seal=seal(store.keys, handover),
    )


def district(area: AreaCode) -> AreaCode:
    """Returns the district of an area below it; the area itself if it is a district or larger."""
    return lineage(area)[:4][-1]


def _items(handover: HandoverDocument, round_found: RoundDocument) -> tuple[VerifiedItem, ...]:
    goods = {item["sku"]: item for item in round_found["items"]}
    return tuple(
        VerifiedItem(
            name=goods[item["sku"]]["name"], unit=goods[item["sku"]]["unit"], quantity=from_milli(item["quantity"])
        )
        for item in handover["items"]
        if item["sku"] in goods
    )
