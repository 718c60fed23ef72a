"""Handovers as a viewer sees them: with their entitlements and rounds, and the proxy's name for those who oversee the area."""

from collections.abc import Sequence

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.assignments import OVERSEERS
from amanah.contracts.errors import AmanahError
from amanah.contracts.handovers.handovers import HandoverView
from services.distribution.handovers.documents import HandoverDocument
from services.distribution.handovers.views import handover
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS
from services.distribution.store import Store


async def views_for(store: Store, actor: Actor, handovers: Sequence[HandoverDocument]) -> tuple[HandoverView, ...]:
    """Returns handovers as the actor, who may see them, sees them; two reads, however many there are."""
    if not handovers:
        return ()
    rounds = {r["_id"]: r for r in await store[ROUNDS].list({"_id": {"$in": sorted({h["round"] for h in handovers})}})}
    wanted = [h["entitlement"] for h in handovers]
    entitlements = {e["_id"]: e for e in await store[ENTITLEMENTS].list({"_id": {"$in": wanted}})}
    overseen = actor.scope(OVERSEERS) if actor.has(OVERSEERS) else Scope(())

    def view(found: HandoverDocument) -> HandoverView:
        sees_proxy = found["officer"] == actor.id or overseen.covers(found["area"])
        try:
            entitlement, round_found = entitlements[found["entitlement"]], rounds[found["round"]]
        except KeyError:
            raise AmanahError("internal.lost_entitlement") from None
        shown = handover(found, entitlement, round_found, store.keys if sees_proxy else None)
        return shown.model_copy(update={"own": found["officer"] == actor.id})

    return tuple(view(h) for h in handovers)
