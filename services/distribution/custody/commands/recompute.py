"""Recomputation of packages whose history changed: state, contents and ledger are stored, alerts raised and settled.

Every change of a history ends in `recompute`, in the transaction that made it: a partner's event, a loss, a split, a handover
that came late. Packages that belong together (in one another, or split from one another) are read and kept together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amanah.contracts.custody.packages import PackageStatus
from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.alerts.raising import of_package, raise_alert, settle_alert
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES, ROUTES
from services.distribution.custody.histories import find_related_packages, history_of
from services.distribution.custody.rules import (
    CONDITIONS,
    DIFFERENCE,
    OVERDUE,
    CustodyState,
    Ledger,
    Leg,
    Step,
    derive_related,
)
from services.distribution.store import Store

_VOID = "Declared wrong by the partner; it has no effect."


@dataclass(frozen=True)
class PackageChange:
    """A package after its history was read anew, and how it stood before."""

    before: Document
    fields: Document
    state: CustodyState

    @property
    def package(self) -> Document:
        """The package as it is now."""
        return self.before | self.fields


async def recompute(
    store: Store, tx: Tx, ids: Collection[str], at: datetime, *, more: Sequence[Step] = ()
) -> dict[str, PackageChange]:
    """Reads the histories of packages and of their kin anew and keeps what they amount to, by id.

    `at` is when what changed them happened; `more` are steps that are not kept yet. Differences that are new raise an alert
    each; those that are no more recompute theirs.
    """
    kin = await find_related_packages(store, tx, ids)
    documents, steps = await history_of(store, tx, kin)
    known = {s.key for s in steps}
    states = derive_related(kin.made, [*steps, *(s for s in more if s.key not in known)])
    due = await _due(store, tx, [states[p].leg for p in kin.targets])
    changes = {p: PackageChange(d, _fields(d, states[p], due), states[p]) for p, d in kin.targets.items()}
    await store[PACKAGES].bulk([_keep(s) for s in changes.values()], tx=tx)
    await _note_differences(store, tx, documents, changes)
    for each in changes.values():
        await _update_alerts(store, tx, each, at)
    return changes


def codes_inside(changes: Mapping[str, PackageChange], package_id: str) -> tuple[str, ...]:
    """The codes of what is inside a package now, at any depth; it moves along."""
    found: list[str] = []
    layer = {package_id}
    while layer:
        inner = {p: s.package["code"] for p, s in changes.items() if s.package["parent"] in layer and p not in layer}
        found += sorted(inner.values())
        layer = set(inner)
    return tuple(found)


# ---------------------------------------------------------------- what is kept


def _fields(package: Document, state: CustodyState, due: Mapping[tuple[str | None, str | None], int]) -> Document:
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
    update: dict[str, Any] = {"$set": change.fields | {"unposted": True}, "$inc": {"version": 1}}
    if change.fields["dueAt"] is None:
        # The index of what is due holds what has a time only.
        del update["$set"]["dueAt"]
        update["$unset"] = {"dueAt": ""}
    return Update({"_id": change.package["_id"]}, update)


def entries(ledger: Ledger) -> list[Document]:
    """A ledger as a package keeps it."""
    return [{"account": a, "sku": s, **columns} for a, goods in ledger.items() for s, columns in goods.items()]


def _leg(leg: Leg) -> Document:
    return {
        "key": leg.key, "origin": leg.origin, "destination": leg.destination, "since": leg.since, "by": leg.by
    }  # fmt: skip


def _contents(package: Document, state: CustodyState) -> list[Document]:
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
            **{column: _sum(state.ledger, sku, column) for column in ("handed", "lost", "damaged", "returned")},
        }
        for sku in [*known, *(s for s in state.held if s not in known)]
    ]


def _sum(ledger: Ledger, sku: str, column: str) -> int:
    return sum(goods.get(sku, {}).get(column, 0) for goods in ledger.values())


async def _due(store: Store, tx: Tx, legs: Sequence[Leg | None]) -> Mapping[tuple[str | None, str | None], int]:
    """The hours of each leg: those of its route, or what is usual."""
    ways = {(leg.origin, leg.destination) for leg in legs if leg}
    named = {route_id(*way): way for way in ways if all(way)}
    routes = await store[ROUTES].list({"_id": {"$in": sorted(named)}}, tx=tx) if named else []
    return dict.fromkeys(ways, store.settings.route_hours) | {named[r["_id"]]: r["hours"] for r in routes}


def route_id(origin: str | None, destination: str | None) -> str:
    """What a route is kept under."""
    return f"{origin}>{destination}"


# ---------------------------------------------------------------- what is told


async def _note_differences(
    store: Store, tx: Tx, documents: Sequence[Document], changes: Mapping[str, PackageChange]
) -> None:
    """Notes at each step what its count lacks."""
    updates: list[Operation] = []
    for document in documents:
        if found := changes.get(document["package"]):
            key = document["key"]
            text = _VOID if key in found.state.void else found.state.differences.get(key)
            if text != document["difference"]:
                updates.append(Update({"_id": document["_id"]}, {"$set": {"difference": text}}))
    await store[CUSTODY_STEPS].bulk(updates, tx=tx)


async def _update_alerts(store: Store, tx: Tx, change: PackageChange, at: datetime) -> None:
    package, before = change.package, change.before
    told = {d["key"]: d["text"] for d in before.get("differences", ())}
    now = change.state.differences
    for key in [k for k, text in told.items() if now.get(k) != text]:
        await settle_alert(store, tx, DIFFERENCE, package["_id"], key, at)
    late = before.get("overdue")
    if late and (package["leg"] is None or package["leg"]["key"] != late):
        await settle_alert(store, tx, OVERDUE, package["_id"], late, at)
    found = [(DIFFERENCE, text, key) for key, text in sorted(now.items()) if told.get(key) != text]
    for condition in sorted(change.state.conditions - set(before["conditions"])):
        found.append((CONDITIONS[condition], f"The partner reports package {package['code']} as {condition}.", ""))
    for rule, detail, once in found:
        await raise_alert(store, tx, of_package(rule, package, at, detail, once))


def as_made(package: Document) -> Document:
    """A package whose history is still to come: what it was given is nowhere yet."""
    ledger = {
        "": {
            c["sku"]: {"made": c["expected"], "in": c["expected"], "stock": c["expected"]} for c in package["contents"]
        }
    }
    return package | {
        "status": PackageStatus.REGISTERED,
        "place": None,
        "conditions": [],
        "leg": None,
        "movedAt": None,
        "differences": [],
        "overdrawn": [],
        "ledger": entries(ledger),
        "posted": [],
        "unposted": True,
        "version": 1,
    }
