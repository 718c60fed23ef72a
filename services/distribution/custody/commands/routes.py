"""Usual hours of routes, and alerts about packages that are on a leg for longer."""

from datetime import UTC, datetime, timedelta
from functools import partial

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.custody.custody import RouteView, SetRoute
from amanah.contracts.custody.events import RouteSet
from amanah.contracts.custody.packages import PackageStatus
from amanah.contracts.errors import Refused
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.alerts.raising import raise_alert
from services.distribution.custody.alerts import package_alert
from services.distribution.custody.documents import PACKAGES, ROUTES, PlaceDocument, place_with, route_id
from services.distribution.custody.rules import OVERDUE
from services.distribution.custody.views import place
from services.distribution.store import Store

_BATCH = 100


@answers
async def set_route(store: Store, actor: Actor, ask: SetRoute) -> RouteView:
    """Sets the usual hours between two places, also for packages that are on that leg now."""
    origin = await _place(store, ask.from_place, "fromPlace")
    destination = await _place(store, ask.to_place, "toPlace")
    by = actor.acting(ask.roles, origin["area"])
    if origin["code"] == destination["code"]:
        raise Refused("same_place", "toPlace")
    name = route_id(origin["code"], destination["code"])

    async def work(tx: Tx) -> None:
        before = await store[ROUTES].get({"_id": name}, tx=tx)
        if before is not None and before["hours"] == ask.hours:
            return
        await store[ROUTES].put({"_id": name, "hours": ask.hours}, tx=tx)
        under_way = {
            "leg.origin": origin["code"],
            "leg.destination": destination["code"],
            "status": PackageStatus.IN_TRANSIT,
            "parent": None,
        }
        for package in await store[PACKAGES].list(under_way, projection={"leg": 1}, tx=tx):
            if package["leg"] is None:
                continue
            due = package["leg"]["since"] + timedelta(hours=ask.hours)
            await store[PACKAGES].update({"_id": package["_id"]}, {"$set": {"dueAt": due}}, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROUTE_SET,
            subject=Subject(type="Route", id=name),
            concerns=related_subjects(origin["_id"], destination["_id"], places=[origin["code"], destination["code"]]),
            area=origin["area"],
            event=RouteSet(from_place=origin["code"], to_place=destination["code"], hours=ask.hours),
            before=store.seal(name, {"hours": before["hours"]}) if before else "",
            after=store.seal(name, {"hours": ask.hours}),
        )

    await store.db.transaction(work)
    return RouteView(origin=place(origin), destination=place(destination), hours=ask.hours)


async def _place(store: Store, code: str, field: str) -> PlaceDocument:
    found = await place_with(store, code)
    if found is None:
        raise Refused("place_unknown", field)
    return found


async def raise_overdue_alerts(store: Store) -> bool:
    """Raises an alert about each package that should have arrived by now, once for a leg; True when there may be more.

    The work of a background worker.
    """
    now = datetime.now(UTC)
    due = await store[PACKAGES].list({"dueAt": {"$lte": now}}, sort=[("dueAt", 1)], limit=_BATCH, projection={"_id": 1})
    for package in due:
        await store.db.transaction(partial(_raise_alert, store, package["_id"], now))
    return len(due) == _BATCH


async def _raise_alert(store: Store, package_id: str, now: datetime, tx: Tx) -> None:
    found = await store[PACKAGES].get({"_id": package_id, "dueAt": {"$lte": now}}, tx=tx)
    if found is None or found["leg"] is None or (due := found.get("dueAt")) is None:
        return
    leg = found["leg"]
    raised = {"$set": {"overdue": leg["key"]}, "$unset": {"dueAt": ""}}
    await store[PACKAGES].update({"_id": package_id}, raised, tx=tx)
    hours = round((due - leg["since"]) / timedelta(hours=1))
    by = f" with {leg['by']}" if leg["by"] else ""
    detail = (
        f"Package {found['code']} left {leg['origin'] or 'an unnamed place'} at {leg['since']:%Y-%m-%d %H:%M} UTC{by} for "
        f"{leg['destination'] or 'an unnamed place'} and has not arrived; {hours} hours are expected."
    )
    await raise_alert(store, tx, package_alert(OVERDUE, found, now, detail, leg["key"]))
