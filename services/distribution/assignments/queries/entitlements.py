"""Queries on entitlements. Every query takes the viewer's scope into its condition."""

from amanah.contracts.actor import Actor
from amanah.contracts.distribution import VIEWERS
from amanah.contracts.errors import NotFound
from amanah.contracts.rounds import EntitlementPage, GetEntitlements, ListEntitlements
from amanah.runtime.rpc import answers
from services.distribution.assignments.documents import ASSIGNMENTS
from services.distribution.assignments.queries.schedule import BY_AREA, entitlement_page, of_round, visible, work_scope
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS, EntitlementDocument, RoundDocument
from services.distribution.rounds.views import entitlement
from services.distribution.store import DocumentPage, Store, page


@answers
async def list_entitlements(store: Store, actor: Actor, ask: ListEntitlements) -> EntitlementPage:
    """Returns a page of entitlements. NotFound for an assignment that is neither the viewer's nor overseen by them."""
    if ask.assignment_id is not None:
        assignment = await store[ASSIGNMENTS].get({"$and": [{"_id": ask.assignment_id}, visible(actor)]})
        if assignment is None:
            raise NotFound("not_found.assignment")
        condition = of_round(assignment["round"], work_scope(actor, assignment).narrowed(ask.area), ask.status)
    elif ask.round_id is not None:
        condition = of_round(ask.round_id, actor.scope(VIEWERS).narrowed(ask.area), ask.status)
    else:
        return EntitlementPage()
    found = await page(store[ENTITLEMENTS], condition, first=ask.first, after=ask.after, order=BY_AREA)
    return await _entitlements(store, found)


@answers
async def get_entitlements(store: Store, actor: Actor, ask: GetEntitlements) -> EntitlementPage:
    """Returns entitlements by id in the viewer's scope."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(VIEWERS).condition("area")}
    documents = await store[ENTITLEMENTS].list(condition)
    return await _entitlements(
        store, DocumentPage(documents, tuple(d["_id"] for d in documents), len(documents), False)
    )


async def _rounds_of(store: Store, documents: list[EntitlementDocument]) -> dict[str, RoundDocument]:
    ids = sorted({d["round"] for d in documents})
    return {r["_id"]: r for r in await store[ROUNDS].list({"_id": {"$in": ids}})} if ids else {}


async def _entitlements(store: Store, found: DocumentPage[EntitlementDocument]) -> EntitlementPage:
    rounds = await _rounds_of(store, found.documents)
    return entitlement_page(found, tuple(entitlement(e, rounds[e["round"]]) for e in found.documents))
