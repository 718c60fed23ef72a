"""Queries on corrections. Every query takes the viewer's scope into its condition."""

from amanah.contracts.actor import Actor
from amanah.contracts.corrections import CorrectionPage, GetCorrections, ListCorrections
from amanah.runtime.rpc import answers
from services.distribution.corrections.documents import CORRECTIONS, CorrectionDocument
from services.distribution.corrections.views import correction
from services.distribution.store import DocumentPage, Store, page


@answers
async def list_corrections(store: Store, actor: Actor, ask: ListCorrections) -> CorrectionPage:
    """Returns a page of corrections."""
    wanted = {"round": ask.round_id, "handover": ask.handover_id, "status": ask.status}
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = {**scope.condition("area"), **{k: v for k, v in wanted.items() if v is not None}}
    return _corrections(store, await page(store[CORRECTIONS], condition, first=ask.first, after=ask.after, newest=True))


@answers
async def get_corrections(store: Store, actor: Actor, ask: GetCorrections) -> CorrectionPage:
    """Returns corrections by id."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    documents = await store[CORRECTIONS].list(condition)
    return _corrections(store, DocumentPage(documents, tuple(d["_id"] for d in documents), len(documents), False))


def _corrections(store: Store, found: DocumentPage[CorrectionDocument]) -> CorrectionPage:
    return CorrectionPage(
        nodes=tuple(correction(store.keys, c) for c in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )
