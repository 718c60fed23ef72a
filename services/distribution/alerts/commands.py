"""Actions of people on alerts: acknowledge, escalate to a case, or dismiss with a reason."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertAction, AlertStatus, AlertUpdated, AlertView, UpdateAlert
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.alerts import views
from services.distribution.alerts.documents import ALERTS, AlertChangeDocument, AlertDocument, of_alert
from services.distribution.alerts.rules import next_status
from services.distribution.store import Store

OpenCase = Callable[[Store, Tx, Actor, AlertDocument, str | None], Awaitable[str]]
"""Opens the case that follows up an alert, with the note of the person who escalates it, and returns the case's id.

Cases stand above alerts, so the service binds the function that does it.
"""

_AUDIT_ACTIONS: Mapping[AlertAction, AuditAction] = {
    AlertAction.ACKNOWLEDGE: AuditAction.ALERT_ACKNOWLEDGE,
    AlertAction.ESCALATE: AuditAction.ALERT_ESCALATE,
    AlertAction.DISMISS: AuditAction.ALERT_DISMISS,
}


@answers
async def update_alert(store: Store, actor: Actor, ask: UpdateAlert, *, open_case: OpenCase) -> AlertView:
    """Changes an alert's status; the same action again changes nothing. Refuses with the codes of `next_status`."""
    scope = actor.scope(ask.roles)

    async def work(tx: Tx) -> AlertDocument:
        alert = await store[ALERTS].get({"_id": ask.alert_id, **scope.condition("area")}, tx=tx)
        if alert is None:
            raise NotFound("not_found.alert")
        status = next_status(alert["status"], ask.action, ask.note)
        if status is None:
            return alert
        case = await open_case(store, tx, actor, alert, ask.note) if status is AlertStatus.ESCALATED else None
        return await _change(store, tx, actor, ask, alert, status, case)

    updated = views.alert(await store.db.transaction(work), store.keys)
    if updated.handled_by != actor.id:  # nothing is changed: it is the note of another
        await store.outbox.trail.record_read(actor, ask, updated)
    return updated


async def _change(
    store: Store, tx: Tx, actor: Actor, ask: UpdateAlert, alert: AlertDocument, status: AlertStatus, case: str | None
) -> AlertDocument:
    by, now = actor.acting(ask.roles, alert["area"]), datetime.now(UTC)
    note = store.keys.encrypt(ask.note, f"alert:{alert['_id']}") if ask.note else ""
    fields = {"status": status, "case": case, "note": note, "by": actor.id}
    change: AlertChangeDocument = {"at": now, "status": status, "by": actor.id, "note": note}
    await store[ALERTS].update({"_id": alert["_id"]}, {"$set": fields, "$push": {"history": change}}, tx=tx)
    changed: AlertDocument = {**alert, "status": status, "case": case, "note": note, "by": actor.id}
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[ask.action],
        subject=Subject(type="Alert", id=alert["_id"]),
        concerns=of_alert(changed),
        area=alert["area"],
        authority=case or "",
        event=AlertUpdated(
            alert_id=alert["_id"],
            rule=alert["rule"],
            severity=alert["severity"],
            action=ask.action,
            was=AlertStatus(alert["status"]),
            status=status,
            at=now,
            area=alert["area"],
            round_id=alert["round"],
            case_id=case,
            subject_id=alert["subject"],
        ),
        before=store.seal(alert["_id"], {"status": alert["status"]}),
        after=store.seal(alert["_id"], {"status": str(status), "case": case}),
    )
    return changed
