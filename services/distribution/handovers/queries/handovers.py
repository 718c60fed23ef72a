"""Reading handovers: which of them a viewer may see, and how much of each."""

from collections.abc import Sequence

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.assignments import OVERSEERS
from amanah.contracts.errors import AmanahError
from amanah.contracts.handovers.handovers import GetHandovers, HandoversAnswer, HandoverView, ListHandovers
from amanah.contracts.message import Many
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument
from services.distribution.handovers.views import handover
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS
from services.distribution.store import Store, page


@answers
async def get_handovers(store: Store, actor: Actor, ask: GetHandovers) -> HandoversAnswer:
    """See GetHandovers."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    return HandoversAnswer(nodes=await shown(store, actor, await store[HANDOVERS].list(condition)))


@answers
async def list_handovers(store: Store, actor: Actor, ask: ListHandovers) -> Many[HandoverView]:
    """See ListHandovers."""
    wanted = {"officer": ask.officer_id, "flags.code": ask.flag, "status": ask.status}
    condition: Condition = {
        "round": ask.round_id,
        **{k: v for k, v in wanted.items() if v is not None},
        **actor.scope(ask.roles).narrowed(ask.area).condition("area"),
    }
    found = await page(store[HANDOVERS], condition, first=ask.first, after=ask.after, newest=True)
    return Many(
        nodes=await shown(store, actor, found.documents), cursors=found.cursors, total=found.total, more=found.more
    )


async def shown(store: Store, actor: Actor, handovers: Sequence[HandoverDocument]) -> tuple[HandoverView, ...]:
    """Handovers as the actor, who may see them, is shown them: three questions, however many there are."""
    if not handovers:
        return ()
    rounds = {r["_id"]: r for r in await store[ROUNDS].list({"_id": {"$in": sorted({h["round"] for h in handovers})}})}
    wanted = [h["entitlement"] for h in handovers]
    entitlements = {e["_id"]: e for e in await store[ENTITLEMENTS].list({"_id": {"$in": wanted}})}
    overseen = actor.scope(OVERSEERS) if actor.has(OVERSEERS) else Scope(())

    def view(found: HandoverDocument) -> HandoverView:
        told = found["officer"] == actor.id or overseen.covers(found["area"])
        try:
            entitlement, round_found = entitlements[found["entitlement"]], rounds[found["round"]]
        except KeyError:
            raise AmanahError("internal.lost_entitlement") from None
        shown = handover(found, entitlement, round_found, store.keys if told else None)
        return shown.model_copy(update={"own": found["officer"] == actor.id})

    return tuple(view(h) for h in handovers)
