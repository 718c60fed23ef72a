"""Recomputation of packages whose history changed: state, contents and ledger are stored, alerts raised and settled.

Every change of a history ends in `recompute`, in the transaction that made it: a partner's event, a loss, a split, a handover
that came late. Packages that belong together (in one another, or split from one another) are read and kept together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.alerts.raising import AlertChanges
from services.distribution.custody.alerts import package_alert
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGES,
    ROUTES,
    CustodyStepDocument,
    PackageDocument,
    PackageState,
    StoredContent,
    StoredLeg,
    route_id,
)
from services.distribution.custody.histories import RelatedPackages, find_related_packages, history_of
from services.distribution.custody.rules import (
    CONDITIONS,
    DIFFERENCE,
    OVERDUE,
    Column,
    CustodyState,
    Ledger,
    Leg,
    Step,
    derive_related,
    entries,
)
from services.distribution.store import Store

_Ends = tuple[str | None, str | None]
"""Origin and destination."""

_VOID = "Declared wrong by the partner; it has no effect."


@dataclass(frozen=True)
class PackageChange:
    """A package before its history changed, and the state and stored fields after that."""

    before: PackageDocument
    fields: PackageState
    state: CustodyState

    @property
    def package(self) -> PackageDocument:
        """The package as it is now."""
        return {**self.before, **self.fields}


async def recompute(
    store: Store, tx: Tx, changed: Mapping[str, datetime], *, more: Sequence[Step] = ()
) -> dict[str, PackageChange]:
    """Recomputes packages and those related to them from their histories, stores the results, and returns them by id.

    `changed` has when the last change of each happened; `more` are steps that are not kept yet. Differences that are new raise
    an alert each; those that are gone settle theirs. The store is asked as often for many packages as for one.
    """
    related = await find_related_packages(store, tx, changed)
    documents, steps = await history_of(store, tx, related)
    known = {s.key for s in steps}
    states = _derive([*steps, *(s for s in more if s.key not in known)], related)
    due = await _due(store, tx, [states[p].leg for p in related.targets])
    changes = {p: PackageChange(d, _fields(d, states[p], due), states[p]) for p, d in related.targets.items()}
    await store[PACKAGES].bulk([_keep(s) for s in changes.values()], tx=tx)
    await _note_differences(store, tx, documents, changes)
    latest, alerts = max(changed.values()), AlertChanges()
    for each in changes.values():
        _update_alerts(alerts, each, changed.get(each.package["_id"], latest))
    await alerts.save(store, tx)
    return changes


def _derive(steps: Sequence[Step], related: RelatedPackages) -> dict[str, CustodyState]:
    """Derives each group of packages that belong together by itself: what is in no other's way costs nothing there."""
    initial = related.initial
    by_package: dict[str, list[Step]] = {}
    for step in steps:
        by_package.setdefault(step.package, []).append(step)
    states: dict[str, CustodyState] = {}
    for group in _groups(related):
        history = [step for package in group for step in by_package.get(package, ())]
        states |= derive_related({package: initial[package] for package in group}, history)
    return states


def _groups(related: RelatedPackages) -> Iterator[list[str]]:
    """Packages that were ever in one another or split from one another, together."""
    packages = {**related.outer, **related.targets}
    near: dict[str, set[str]] = {p: set() for p in packages}
    for p, document in packages.items():
        for other in (*document.get("parents", ()), document.get("splitFrom")):
            if other in near:
                near[p].add(other)
                near[other].add(p)
    seen: set[str] = set()
    for p in packages:
        group, layer = [], [p] if p not in seen else []
        while layer:
            seen.update(layer)
            group += layer
            layer = sorted({other for each in layer for other in near[each]} - seen)
        if group:
            yield group


def codes_inside(changes: Mapping[str, PackageChange], package_id: str) -> tuple[str, ...]:
    """The codes of all packages inside one, at any depth; they move with it."""
    found: list[str] = []
    layer = {package_id}
    while layer:
        inner = {p: s.package["code"] for p, s in changes.items() if s.package["parent"] in layer and p not in layer}
        found += sorted(inner.values())
        layer = set(inner)
    return tuple(found)


# ---------------------------------------------------------------- stored fields


def _fields(package: PackageDocument, state: CustodyState, due: Mapping[_Ends, int]) -> PackageState:
    leg = state.leg
    # Inside another package it is on the way with it: one leg, one reminder.
    alone = leg is not None and state.parent is None
    return {
        "status": state.status.value,
        "place": state.place,
        "contents": _contents(package, state),
        "conditions": sorted(state.conditions),
        "parent": state.parent,
        "leg": _leg(leg) if leg else None,
        "dueAt": leg.since + timedelta(hours=due[leg.origin, leg.destination]) if leg and alone else None,
        "movedAt": state.moved_at,
        "differences": [{"key": k, "text": t} for k, t in sorted(state.differences.items())],
        "overdrawn": [{"basis": b, "sku": s, "quantity": q} for (b, s), q in sorted(state.overdrawn.items())],
        "ledger": entries(state.ledger),
    }


def _keep(change: PackageChange) -> Operation:
    update: Document = {"$set": {**change.fields, "unposted": True}, "$inc": {"version": 1}}
    if change.fields["dueAt"] is None:
        # The index of what is due holds what has a time only.
        del update["$set"]["dueAt"]
        update["$unset"] = {"dueAt": ""}
    return Update({"_id": change.package["_id"]}, update)


def _leg(leg: Leg) -> StoredLeg:
    return {
        "key": leg.key, "origin": leg.origin, "destination": leg.destination, "since": leg.since, "by": leg.by
    }  # fmt: skip


def _contents(package: PackageDocument, state: CustodyState) -> list[StoredContent]:
    """The contents in their order, with what was counted, what is left and what became of the rest.

    Goods that nobody expected come last.
    """
    known = [c["sku"] for c in package["contents"]]
    expected = {c["sku"]: c["expected"] for c in package["contents"]}
    return [
        {
            "sku": sku,
            "expected": expected.get(sku, 0),
            "counted": state.counted.get(sku),
            "left": state.held.get(sku, 0),
            "handed": _sum(state.ledger, sku, "handed"),
            "lost": _sum(state.ledger, sku, "lost"),
            "damaged": _sum(state.ledger, sku, "damaged"),
            "returned": _sum(state.ledger, sku, "returned"),
        }
        for sku in [*known, *(s for s in state.held if s not in known)]
    ]


def _sum(ledger: Ledger, sku: str, column: Column) -> int:
    return sum(goods[sku].get(column, 0) for goods in ledger.values() if sku in goods)


async def _due(store: Store, tx: Tx, legs: Sequence[Leg | None]) -> Mapping[_Ends, int]:
    """The hours of each leg: those of its route, or what is usual."""
    ways = {(leg.origin, leg.destination) for leg in legs if leg}
    named = {route_id(*way): way for way in ways if all(way)}
    routes = await store[ROUTES].list({"_id": {"$in": sorted(named)}}, tx=tx) if named else []
    return dict.fromkeys(ways, store.settings.route_hours) | {named[r["_id"]]: r["hours"] for r in routes}


# ---------------------------------------------------------------- differences and alerts


async def _note_differences(
    store: Store, tx: Tx, documents: Sequence[CustodyStepDocument], changes: Mapping[str, PackageChange]
) -> None:
    """Stores at each step the text of its difference."""
    updates: list[Operation] = []
    for document in documents:
        if found := changes.get(document["package"]):
            key = document["key"]
            text = _VOID if key in found.state.void else found.state.differences.get(key)
            if text != document["difference"]:
                updates.append(Update({"_id": document["_id"]}, {"$set": {"difference": text}}))
    await store[CUSTODY_STEPS].bulk(updates, tx=tx)


def _update_alerts(alerts: AlertChanges, change: PackageChange, at: datetime) -> None:
    package, before = change.package, change.before
    known = {d["key"]: d["text"] for d in before.get("differences", ())}
    now = change.state.differences
    for key in [k for k, text in known.items() if now.get(k) != text]:
        alerts.settle_alert(DIFFERENCE, package["_id"], key, at)
    late = before.get("overdue")
    if late and (package["leg"] is None or package["leg"]["key"] != late):
        alerts.settle_alert(OVERDUE, package["_id"], late, at)
    found = [(DIFFERENCE, text, key) for key, text in sorted(now.items()) if known.get(key) != text]
    for condition in sorted(change.state.conditions - set(before["conditions"])):
        found.append((CONDITIONS[condition], f"The partner reports package {package['code']} as {condition}.", ""))
    for rule, detail, once in found:
        alerts.raise_alert(package_alert(rule, package, at, detail, once))
