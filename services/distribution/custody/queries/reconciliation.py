"""Reconciliation as it is read: what came in, went out and is there, at every place and on every leg of a round."""

from collections.abc import Sequence
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.custody.custody import (
    Balance,
    GetReconciliation,
    GoodTotal,
    LegBalance,
    LegBalances,
    ListLegBalances,
    ListPlaceBalances,
    PlaceBalance,
    PlaceBalances,
    ReconciliationView,
)
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.message import from_milli
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.custody.commands.balances import post_balances
from services.distribution.custody.commands.recompute import route_id
from services.distribution.custody.documents import ALL_LEGS, ALL_PLACES, BALANCES, PLACES, ROUTES
from services.distribution.custody.rules import leg_ends
from services.distribution.custody.views import place
from services.distribution.rounds.documents import ROUNDS
from services.distribution.store import Store

# What is waiting to be posted is posted before it is read, as far as this goes; the worker does the rest.
_BATCHES = 20


@answers
async def get_reconciliation(store: Store, actor: Actor, ask: GetReconciliation) -> ReconciliationView:
    """See GetReconciliation."""
    area = await _area(store, actor, ask)
    await _post(store, ask.round_id)
    found = await store[BALANCES].list(
        {"round": ask.round_id, "area": area, "account": {"$in": [ALL_PLACES, ALL_LEGS]}}, sort=[("sku", 1)]
    )
    skus = dict.fromkeys(b["sku"] for b in found)
    return ReconciliationView(round_id=ask.round_id, area=area, totals=tuple(_total(sku, found) for sku in skus))


@answers
async def list_place_balances(store: Store, actor: Actor, ask: ListPlaceBalances) -> PlaceBalances:
    """See ListPlaceBalances."""
    area = await _area(store, actor, ask)
    accounts, total, more = await _page(store, ask, area, "place")
    balances = await _balances(store, ask.round_id, area, accounts)
    places = await _places(store, accounts)
    return PlaceBalances(
        nodes=tuple(
            PlaceBalance(place=place(places[a]) if a in places else None, items=_items(a, balances)) for a in accounts
        ),
        cursors=tuple(f"={a}" for a in accounts),
        total=total,
        more=more,
    )


@answers
async def list_leg_balances(store: Store, actor: Actor, ask: ListLegBalances) -> LegBalances:
    """See ListLegBalances."""
    area = await _area(store, actor, ask)
    accounts, total, more = await _page(store, ask, area, "leg")
    balances = await _balances(store, ask.round_id, area, accounts)
    ways = {a: leg_ends(a) or (None, None) for a in accounts}
    places = await _places(store, [code for way in ways.values() for code in way if code])
    routes = await store[ROUTES].list({"_id": {"$in": [route_id(*way) for way in ways.values()]}})
    hours = {r["_id"]: r["hours"] for r in routes}
    return LegBalances(
        nodes=tuple(
            LegBalance(
                origin=place(places[origin]) if origin in places else None,
                destination=place(places[destination]) if destination in places else None,
                hours=hours.get(route_id(origin, destination), store.settings.route_hours),
                items=_items(account, balances),
            )
            for account, (origin, destination) in ways.items()
        ),
        cursors=tuple(f"={a}" for a in accounts),
        total=total,
        more=more,
    )


async def _area(store: Store, actor: Actor, ask: GetReconciliation | ListPlaceBalances | ListLegBalances) -> str:
    """The one area to read: the one asked for, where the viewer sees it, or the one they see of the round."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    round_found = await store[ROUNDS].get({"_id": ask.round_id})
    if round_found is None or not (seen := scope.narrowed(round_found["area"])):
        raise NotFound("not_found.round")
    if len(seen.codes) > 1:
        raise Refused("area_needed", "area")
    return seen.codes[0]


async def _post(store: Store, round_id: str) -> None:
    for _ in range(_BATCHES):
        if not await post_balances(store, round_id):
            return


async def _page(
    store: Store, ask: ListPlaceBalances | ListLegBalances, area: str, kind: str
) -> tuple[Sequence[str], int, bool]:
    """The accounts of a page, how many there are, and whether there are more."""
    whole: Document = {"round": ask.round_id, "area": area, "kind": kind}
    after: Document = {"account": {"$gt": ask.after[1:]}} if ask.after else {}
    groups = await store[BALANCES].aggregate(
        [
            {"$match": whole | after},
            {"$group": {"_id": "$account"}},
            {"$sort": {"_id": 1}},
            {"$limit": ask.first + 1},
        ]
    )
    total = await store[BALANCES].aggregate([{"$match": whole}, {"$group": {"_id": "$account"}}, {"$count": "n"}])
    found = [g["_id"] for g in groups]
    return found[: ask.first], total[0]["n"] if total else 0, len(found) > ask.first


async def _balances(store: Store, round_id: str, area: str, accounts: Sequence[str]) -> Sequence[Document]:
    condition = {"round": round_id, "area": area, "account": {"$in": list(accounts)}}
    return await store[BALANCES].list(condition, sort=[("sku", 1)])


async def _places(store: Store, codes: Sequence[str]) -> dict[str, Document]:
    return {p["code"]: p for p in await store[PLACES].list({"code": {"$in": sorted(set(codes))}})}


def _items(account: str, balances: Sequence[Document]) -> tuple[Balance, ...]:
    return tuple(_balance(b) for b in balances if b["account"] == account)


def _balance(found: Document) -> Balance:
    return Balance(
        sku=found["sku"],
        arrived=from_milli(found["in"]),
        left=from_milli(found["out"]),
        stock=from_milli(found["stock"]),
        handed_over=from_milli(found["handed"]),
        lost=from_milli(found["lost"]),
        damaged=from_milli(found["damaged"]),
        returned=from_milli(found["returned"]),
        difference=from_milli(found["difference"]),
    )


def _total(sku: str, found: Sequence[Document]) -> GoodTotal:
    by_account = {b["account"]: b for b in found if b["sku"] == sku}

    def total(column: str, *accounts: str) -> Any:
        return from_milli(sum(by_account[a][column] for a in accounts or (ALL_PLACES, ALL_LEGS) if a in by_account))

    return GoodTotal(
        sku=sku,
        made=total("made"),
        at_places=total("stock", ALL_PLACES),
        on_the_way=total("stock", ALL_LEGS),
        handed_over=total("handed"),
        lost=total("lost"),
        damaged=total("damaged"),
        returned=total("returned"),
        difference=total("difference"),
    )
