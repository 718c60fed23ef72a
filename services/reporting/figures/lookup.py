"""Reads of counters and rows within a viewer's scope; an area or round outside it is NotFound."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime

from amanah.contracts.areas import Scope
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.ids import just_made
from amanah.runtime.mongo import Condition, Tx
from services.reporting.figures.documents import (
    BALANCES,
    CASES,
    DAYS,
    HANDOVERS,
    ROUNDS,
    TOTALS,
    BalanceDocument,
    CaseDocument,
    DayDocument,
    HandoverDocument,
    RoundDocument,
    TotalDocument,
    days_between,
)
from services.reporting.store import Store

_POLL_S = 0.05


async def find_round(store: Store, scope: Scope, round_id: str) -> RoundDocument:
    """Finds a round that touches the scope.

    The events of a round that was just created may be on their way: it waits for them, then raises NotYet. Raises NotFound
    at once for any other unknown round.
    """
    is_new = just_made(round_id, datetime.now(UTC))
    deadline = asyncio.get_running_loop().time() + store.settings.round_wait_s
    while True:
        found = await store[ROUNDS].get({"_id": round_id})
        if found is not None and scope.narrowed(found["area"]):
            return found
        # A round outside the scope is answered like one that does not exist, after the same time.
        if not is_new:
            raise NotFound("not_found.round")
        if asyncio.get_running_loop().time() >= deadline:
            raise NotYet("not_yet.round", "roundId")
        await asyncio.sleep(_POLL_S)


async def find_total(
    store: Store, scope: Scope, round_id: str, area: str, *, tx: Tx | None = None
) -> TotalDocument | None:
    """Finds the counters of a round in an area; None when nothing was counted there."""
    _require_inside(scope, [area])
    return await store[TOTALS].get({"_id": f"{round_id}|{area}"}, tx=tx)


async def list_totals_below(
    store: Store, scope: Scope, round_id: str, areas: Sequence[str], *, tx: Tx | None = None
) -> list[TotalDocument]:
    """Lists the counters of the areas one level below each of `areas`."""
    _require_inside(scope, areas)
    parents: object = areas[0] if len(areas) == 1 else {"$in": list(areas)}
    return await store[TOTALS].list({"round": round_id, "parent": parents}, sort=[("_id", 1)], tx=tx)


async def list_days(
    store: Store,
    scope: Scope,
    round_id: str,
    area: str,
    since: date | None = None,
    until: date | None = None,
    *,
    tx: Tx | None = None,
) -> list[DayDocument]:
    """Lists the counters of an area by local day, from `since` to `until`, both included."""
    _require_inside(scope, [area])
    condition = {"round": round_id, "area": area, **days_between(since, until)}
    return await store[DAYS].list(condition, sort=[("day", 1)], tx=tx)


async def list_days_below(
    store: Store,
    scope: Scope,
    round_id: str,
    areas: Sequence[str],
    since: date | None,
    until: date | None,
    *,
    tx: Tx | None = None,
) -> list[DayDocument]:
    """Lists the counters by local day of the areas one level below each of `areas`."""
    _require_inside(scope, areas)
    condition = {"round": round_id, "parent": {"$in": list(areas)}, **days_between(since, until)}
    return await store[DAYS].list(condition, tx=tx)


async def stream_handovers(
    store: Store, scope: Scope, round_id: str, area: str, since: date | None, until: date | None
) -> AsyncIterator[HandoverDocument]:
    """Streams the handovers of an area in a period, by village, day and time."""
    order = [("area", 1), ("day", 1), ("at", 1), ("_id", 1)]
    async for row in store[HANDOVERS].stream(_rows(scope, round_id, area, since, until), sort=order):
        yield row


async def stream_cases(
    store: Store, scope: Scope, round_id: str, area: str, since: date | None, until: date | None
) -> AsyncIterator[CaseDocument]:
    """Streams the cases of an area that were opened in a period, by area and time."""
    order = [("area", 1), ("at", 1), ("_id", 1)]
    async for row in store[CASES].stream(_rows(scope, round_id, area, since, until), sort=order):
        yield row


async def list_balances(
    store: Store, scope: Scope, round_id: str, area: str, *, tx: Tx | None = None
) -> list[BalanceDocument]:
    """Lists the balances of packages for an area, by account and good."""
    _require_inside(scope, [area])
    return await store[BALANCES].list({"round": round_id, "area": area}, sort=[("_id", 1)], tx=tx)


def _rows(scope: Scope, round_id: str, area: str, since: date | None, until: date | None) -> Condition:
    _require_inside(scope, [area])
    return {"round": round_id, **Scope([area]).condition("area"), **days_between(since, until)}


def _require_inside(scope: Scope, areas: Sequence[str]) -> None:
    if not all(scope.covers(area) for area in areas):
        raise NotFound("not_found.area")
