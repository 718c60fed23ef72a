"""Queries on reconciliation: balances of a round's places and legs.

Balances are posted by a background worker. A query adds the changes that wait for it in memory, from the same snapshot of
the store, and writes nothing: so what a person just did is in what they read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

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
from amanah.runtime.mongo import Condition, Tx
from amanah.runtime.rpc import answers
from services.distribution.custody.documents import (
    BALANCES,
    PACKAGES,
    PLACES,
    ROUTES,
    PlaceDocument,
    route_id,
)
from services.distribution.custody.rules import (
    ALL_LEGS,
    ALL_PLACES,
    COLUMNS,
    Column,
    Totals,
    account_kind,
    leg_ends,
    rolled_up,
    totals,
    unposted_changes,
)
from services.distribution.custody.views import place
from services.distribution.rounds.documents import ROUNDS
from services.distribution.store import Store

# More packages than these wait for the worker only right after a large import; it posts them within seconds.
_UNPOSTED = 2000

Balances = Mapping[str, Mapping[str, Totals]]
"""Totals by account and good, the goods in order."""


@answers
async def get_reconciliation(store: Store, actor: Actor, ask: GetReconciliation) -> ReconciliationView:
    """Returns the totals of a round in one area, by good."""
    area = await _area(store, actor, ask)

    async def read(tx: Tx) -> Balances:
        return await _balances(
            store, tx, ask.round_id, area, [ALL_PLACES, ALL_LEGS], await _unposted(store, tx, ask.round_id, area)
        )

    found = await store.db.transaction(read)
    skus = sorted({sku for goods in found.values() for sku in goods})
    return ReconciliationView(round_id=ask.round_id, area=area, totals=tuple(_total(sku, found) for sku in skus))


@answers
async def list_place_balances(store: Store, actor: Actor, ask: ListPlaceBalances) -> PlaceBalances:
    """Lists the balances of the places of a round in one area, in the order of their codes."""
    area = await _area(store, actor, ask)
    found = await store.db.transaction(lambda tx: _page(store, tx, ask, area, "place"))
    places = await _places(store, found.accounts)
    return PlaceBalances(
        nodes=tuple(
            PlaceBalance(place=place(places[a]) if a in places else None, items=found.items(a)) for a in found.accounts
        ),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def list_leg_balances(store: Store, actor: Actor, ask: ListLegBalances) -> LegBalances:
    """Lists the balances of the legs of a round in one area, with the usual hours of each."""
    area = await _area(store, actor, ask)
    found = await store.db.transaction(lambda tx: _page(store, tx, ask, area, "leg"))
    legs = {a: leg_ends(a) or (None, None) for a in found.accounts}
    places = await _places(store, [code for leg in legs.values() for code in leg if code])
    routes = await store[ROUTES].list({"_id": {"$in": [route_id(*leg) for leg in legs.values()]}})
    hours = {r["_id"]: r["hours"] for r in routes}
    return LegBalances(
        nodes=tuple(
            LegBalance(
                origin=place(places[origin]) if origin in places else None,
                destination=place(places[destination]) if destination in places else None,
                hours=hours.get(route_id(origin, destination), store.settings.route_hours),
                items=found.items(account),
            )
            for account, (origin, destination) in legs.items()
        ),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


async def _area(store: Store, actor: Actor, ask: GetReconciliation | ListPlaceBalances | ListLegBalances) -> str:
    """The area to read: the requested one, if the viewer may see it, or the only one of the round that they may see."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    round_found = await store[ROUNDS].get({"_id": ask.round_id})
    if round_found is None or not (seen := scope.narrowed(round_found["area"])):
        raise NotFound("not_found.round")
    if len(seen.codes) > 1:
        raise Refused("area_needed", "area")
    return seen.codes[0]


# ---------------------------------------------------------------- posted and unposted


async def _unposted(store: Store, tx: Tx, round_id: str, area: str) -> Mapping[tuple[str, str], Mapping[Column, int]]:
    """The changes of an area's balances that are not posted yet, by account and good."""
    packages = await store[PACKAGES].list(
        {"unposted": True, "round": round_id},
        projection={"round": 1, "area": 1, "ledger": 1, "posted": 1},
        limit=_UNPOSTED,
        tx=tx,
    )
    changes = rolled_up(unposted_changes(packages))
    return {(account, sku): columns for (_, at, account, sku), columns in changes.items() if at == area}


async def _balances(
    store: Store, tx: Tx, round_id: str, area: str, accounts: Sequence[str],
    unposted: Mapping[tuple[str, str], Mapping[Column, int]],
) -> Balances:  # fmt: skip
    """The balances of accounts: those posted, and what is to be added to them."""
    condition = {"round": round_id, "area": area, "account": {"$in": list(accounts)}}
    posted = {(b["account"], b["sku"]): b for b in await store[BALANCES].list(condition, tx=tx)}
    found: dict[str, dict[str, Totals]] = {}
    for account, sku in sorted({*posted, *(key for key in unposted if key[0] in accounts)}):
        before, change = posted.get((account, sku)), unposted.get((account, sku), {})
        columns = {c: (before[c] if before else 0) + change.get(c, 0) for c in COLUMNS}
        found.setdefault(account, {})[sku] = totals(columns)
    return found


@dataclass(frozen=True)
class _Page:
    """A page of accounts with their balances."""

    accounts: Sequence[str]
    total: int
    more: bool
    balances: Balances

    @property
    def cursors(self) -> tuple[str, ...]:
        """The cursor of each account; the character before it keeps the account without a name from being empty."""
        return tuple(f"={a}" for a in self.accounts)

    def items(self, account: str) -> tuple[Balance, ...]:
        """The balances of an account, by good."""
        return tuple(_balance(sku, columns) for sku, columns in self.balances.get(account, {}).items())


async def _page(store: Store, tx: Tx, ask: ListPlaceBalances | ListLegBalances, area: str, kind: str) -> _Page:
    """The accounts of a kind after the cursor, in order; those count that have nothing posted yet."""
    unposted = await _unposted(store, tx, ask.round_id, area)
    of_kind: Condition = {"round": ask.round_id, "area": area, "kind": kind}
    waiting = sorted({account for account, _ in unposted if account_kind(account) == kind})
    known = {b["account"] for b in await store[BALANCES].list({**of_kind, "account": {"$in": waiting}}, tx=tx)}
    fresh = [account for account in waiting if account not in known]
    beyond: Condition = {"account": {"$gt": ask.after[1:]}} if ask.after else {}
    groups = await store[BALANCES].aggregate(
        [
            {"$match": {**of_kind, **beyond}},
            {"$group": {"_id": "$account"}},
            {"$sort": {"_id": 1}},
            {"$limit": ask.first + 1},
        ],
        tx=tx,
    )
    counted = await store[BALANCES].aggregate(
        [{"$match": of_kind}, {"$group": {"_id": "$account"}}, {"$count": "n"}], tx=tx
    )
    found = sorted([*(g["_id"] for g in groups), *(a for a in fresh if not ask.after or a > ask.after[1:])])
    accounts = found[: ask.first]
    return _Page(
        accounts=accounts,
        total=(counted[0]["n"] if counted else 0) + len(fresh),
        more=len(found) > ask.first,
        balances=await _balances(store, tx, ask.round_id, area, accounts, unposted),
    )


async def _places(store: Store, codes: Sequence[str]) -> dict[str, PlaceDocument]:
    return {p["code"]: p for p in await store[PLACES].list({"code": {"$in": sorted(set(codes))}})}


# ---------------------------------------------------------------- views


def _balance(sku: str, columns: Totals) -> Balance:
    return Balance(
        sku=sku,
        arrived=from_milli(columns["in"]),
        left=from_milli(columns["out"]),
        stock=from_milli(columns["stock"]),
        handed_over=from_milli(columns["handed"]),
        lost=from_milli(columns["lost"]),
        damaged=from_milli(columns["damaged"]),
        returned=from_milli(columns["returned"]),
        difference=from_milli(columns["difference"]),
    )


def _total(sku: str, found: Balances) -> GoodTotal:
    def total(column: Column, *accounts: str) -> Decimal:
        by_good = (found.get(account, {}) for account in accounts or (ALL_PLACES, ALL_LEGS))
        return from_milli(sum(goods[sku][column] for goods in by_good if sku in goods))

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
