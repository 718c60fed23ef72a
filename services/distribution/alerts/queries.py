"""Queries on alerts. Every query takes the viewer's scope into its condition."""

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertPage, GetAlerts, ListAlerts
from amanah.runtime.rpc import answers
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.views import alert
from services.distribution.store import Store, page


@answers
async def list_alerts(store: Store, actor: Actor, ask: ListAlerts) -> AlertPage:
    """Lists alerts of the viewer's areas, the newest first."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    wanted = {"rule": ask.rule, "severity": ask.severity, "status": ask.status}
    condition = {**scope.condition("area"), **{k: v for k, v in wanted.items() if v is not None}}
    found = await page(store[ALERTS], condition, first=ask.first, after=ask.after, newest=True)
    return AlertPage(
        nodes=tuple(alert(a, store.keys) for a in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def get_alerts(store: Store, actor: Actor, ask: GetAlerts) -> AlertPage:
    """Returns alerts by id, those of the viewer's areas."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    found = await store[ALERTS].list(condition)
    return AlertPage(nodes=tuple(alert(a, store.keys) for a in found), total=len(found))
