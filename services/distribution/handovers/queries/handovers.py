"""Queries on handovers. Every query takes the viewer's scope into its condition."""

from amanah.contracts.actor import Actor
from amanah.contracts.handovers.handovers import GetHandovers, HandoversAnswer, HandoverView, ListHandovers
from amanah.contracts.message import Many
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.handovers.viewer_views import views_for
from services.distribution.store import Store, page


@answers
async def get_handovers(store: Store, actor: Actor, ask: GetHandovers) -> HandoversAnswer:
    """Returns handovers by id in the viewer's scope."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    return HandoversAnswer(nodes=await views_for(store, actor, await store[HANDOVERS].list(condition)))


@answers
async def list_handovers(store: Store, actor: Actor, ask: ListHandovers) -> Many[HandoverView]:
    """Returns a page of a round's handovers in the viewer's scope."""
    wanted = {"officer": ask.officer_id, "flags.code": ask.flag, "status": ask.status}
    condition: Condition = {
        "round": ask.round_id,
        **{k: v for k, v in wanted.items() if v is not None},
        **actor.scope(ask.roles).narrowed(ask.area).condition("area"),
    }
    found = await page(store[HANDOVERS], condition, first=ask.first, after=ask.after, newest=True)
    return Many(
        nodes=await views_for(store, actor, found.documents), cursors=found.cursors, total=found.total, more=found.more
    )
