"""Queries on assignments and their progress."""

import asyncio

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.assignments import (
    OVERSEERS,
    AssignmentPage,
    GetAssignments,
    GetTallies,
    ListAssignments,
    ListMyAssignments,
    ListWork,
    TalliesAnswer,
    Tally,
    WorkAnswer,
    WorkPage,
)
from amanah.contracts.distribution import OFFICERS
from amanah.contracts.rounds import EntitlementPage, EntitlementView
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.assignments import views as views_module
from services.distribution.assignments.documents import ASSIGNMENTS, AssignmentDocument
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS, EntitlementDocument
from services.distribution.rounds.rules.entitlements import counts
from services.distribution.rounds.views import entitlement
from services.distribution.store import DocumentPage, Store, page


@answers
async def list_my_assignments(store: Store, actor: Actor, ask: ListMyAssignments) -> AssignmentPage:
    """Returns a page of the officer's own assignments, without reasons."""
    found = await page(store[ASSIGNMENTS], {"officer": actor.id}, first=ask.first, after=ask.after, newest=True)
    return AssignmentPage(
        nodes=tuple(views_module.assignment(a) for a in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def list_assignments(store: Store, actor: Actor, ask: ListAssignments) -> AssignmentPage:
    """Returns a page of a round's assignments for those who oversee them."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = {"round": ask.round_id, **scope.condition("area")}
    found = await page(store[ASSIGNMENTS], condition, first=ask.first, after=ask.after, newest=True)
    return AssignmentPage(
        nodes=tuple(views_module.assignment(a, store.keys) for a in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def get_assignments(store: Store, actor: Actor, ask: GetAssignments) -> AssignmentPage:
    """Returns assignments by id, the viewer's own or overseen ones."""
    found = await _find_visible(store, actor, ask.ids)
    return AssignmentPage(
        nodes=tuple(views_module.assignment(a, store.keys if actor.has(OVERSEERS) else None) for a in found),
        cursors=tuple(a["_id"] for a in found),
        total=len(found),
    )


@answers
async def get_tallies(store: Store, actor: Actor, ask: GetTallies) -> TalliesAnswer:
    """Returns the progress of assignments."""

    async def tally(assignment: AssignmentDocument) -> Tally:
        groups = await store[ENTITLEMENTS].aggregate(
            [
                {"$match": of_round(assignment["round"], work_scope(actor, assignment))},
                {"$group": {"_id": "$status", "count": {"$sum": 1}}},
            ]
        )
        return Tally(assignment_id=assignment["_id"], **counts({g["_id"]: g["count"] for g in groups}))

    found = await _find_visible(store, actor, ask.assignment_ids)
    return TalliesAnswer(nodes=tuple(await asyncio.gather(*(tally(a) for a in found))))


@answers
async def list_work(store: Store, actor: Actor, ask: ListWork) -> WorkAnswer:
    """Returns the first page of entitlements of each assignment."""
    seen = await _find_visible(store, actor, ask.assignment_ids)
    rounds = {r["_id"]: r for r in await store[ROUNDS].list({"_id": {"$in": sorted({a["round"] for a in seen})}})}

    async def first_page(assignment: AssignmentDocument) -> WorkPage:
        condition = of_round(assignment["round"], work_scope(actor, assignment), ask.status)
        found = await page(store[ENTITLEMENTS], condition, first=ask.first, after=None, order=BY_AREA)
        nodes = tuple(entitlement(e, rounds[e["round"]]) for e in found.documents)
        return WorkPage(assignment_id=assignment["_id"], page=entitlement_page(found, nodes))

    return WorkAnswer(nodes=tuple(await asyncio.gather(*(first_page(a) for a in seen))))


BY_AREA = ("area", "_id")
"""Order of entitlements."""


def entitlement_page(found: DocumentPage[EntitlementDocument], nodes: tuple[EntitlementView, ...]) -> EntitlementPage:
    """Shows a page of entitlements."""
    return EntitlementPage(nodes=nodes, cursors=found.cursors, total=found.total, more=found.more)


def visible(actor: Actor) -> Condition:
    """Returns the condition that an assignment is the actor's own, or in an area that they oversee."""
    own: Condition = {"officer": actor.id}
    return {"$or": [own, actor.scope(OVERSEERS).condition("area")]} if actor.has(OVERSEERS) else own


def work_scope(actor: Actor, assignment: AssignmentDocument) -> Scope:
    """Returns the part of an assignment's area that the actor's role covers, as its officer or its overseer."""
    own = assignment["officer"] == actor.id and actor.has(OFFICERS)
    return actor.scope(OFFICERS if own else OVERSEERS).narrowed(assignment["area"])


def of_round(round_id: str, scope: Scope, status: str | None = None) -> Condition:
    """Returns the condition for the entitlements of a round in the scope."""
    return {"round": round_id, **({"status": status} if status else {}), **scope.condition("area")}


async def _find_visible(store: Store, actor: Actor, ids: tuple[str, ...]) -> list[AssignmentDocument]:
    return await store[ASSIGNMENTS].list({"$and": [{"_id": {"$in": list(ids)}}, visible(actor)]})
