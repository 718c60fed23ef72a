"""What people do about alerts: acknowledge, escalate into a case, or dismiss with a reason."""

from collections.abc import Mapping
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertAction, AlertStatus, AlertUpdated, AlertView, UpdateAlert
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.cases import CaseChannel, CaseKind
from amanah.contracts.distribution import MANAGERS
from amanah.contracts.errors import NotFound
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.alerts import views as views_module
from services.distribution.alerts.documents import ALERTS, of_alert
from services.distribution.alerts.rules import becomes
from services.distribution.cases.commands.complaints import Filing, open_case
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.store import Store

_AUDIT_ACTIONS: Mapping[AlertAction, AuditAction] = {
    AlertAction.ACKNOWLEDGE: AuditAction.ALERT_ACKNOWLEDGE,
    AlertAction.ESCALATE: AuditAction.ALERT_ESCALATE,
    AlertAction.DISMISS: AuditAction.ALERT_DISMISS,
}


@answers
async def update_alert(store: Store, actor: Actor, ask: UpdateAlert) -> AlertView:
    """See UpdateAlert. Refuses with the codes of `becomes`."""
    scope = actor.scope(ask.roles)

    async def work(tx: Tx) -> Document:
        alert = await store[ALERTS].get({"_id": ask.alert_id, **scope.condition("area")}, tx=tx)
        if alert is None:
            raise NotFound("not_found.alert")
        status = becomes(alert["status"], ask.action, ask.note)
        if status is None:
            return alert
        return await _change(store, tx, actor, ask, alert, status)

    updated = views_module.alert(await store.db.transaction(work), store.keys)
    if updated.handled_by != actor.id:  # nothing is changed: it is the note of another
        await store.outbox.trail.record_read(actor, ask, updated)
    return updated


async def _change(
    store: Store, tx: Tx, actor: Actor, ask: UpdateAlert, alert: Document, status: AlertStatus
) -> Document:
    by, now = actor.acting(ask.roles, alert["area"]), datetime.now(UTC)
    case = await _case(store, tx, actor, ask, alert) if status is AlertStatus.ESCALATED else None
    note = store.keys.encrypt(ask.note, f"alert:{alert['_id']}") if ask.note else ""
    changed: Document = {"status": status, "case": case, "note": note, "by": actor.id}
    step = {"at": now, "status": status, "by": actor.id, "note": note}
    await store[ALERTS].update({"_id": alert["_id"]}, {"$set": changed, "$push": {"history": step}}, tx=tx)
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[ask.action],
        subject=Subject(type="Alert", id=alert["_id"]),
        concerns=of_alert(alert | changed),
        area=alert["area"],
        authority=case or "",
        event=AlertUpdated(
            alert_id=alert["_id"],
            rule=alert["rule"],
            severity=alert["severity"],
            action=ask.action,
            was=alert["status"],
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
    return alert | changed


async def _case(store: Store, tx: Tx, actor: Actor, ask: UpdateAlert, alert: Document) -> str:
    """The case that follows an alert up. Its text is the alert's own words, and what the supervisor adds."""
    handover = alert["subject"] if alert["subjectType"] == "Handover" else None
    found = (
        await store[HANDOVERS].get(
            {"_id": handover}, projection={"entitlement": 1, "officer": 1, "recipient": 1}, tx=tx
        )
        if handover
        else None
    )
    filing = Filing(
        kind=CaseKind.ALERT,
        channel=CaseChannel.ALERT,
        text=f"{alert['rule']}: {alert['detail']}" + (f"\n{ask.note}" if ask.note else ""),
        area=alert["area"],
        once=f"alert~{alert['_id']}",
        round_id=alert["round"],
        subject=(alert["subjectType"], alert["subject"]),
        entitlement=found["entitlement"] if found else None,
        recipient=found["recipient"] if found else None,
        party=found["officer"] if found else None,
        alert=alert["_id"],
        filed_by=actor.id,
    )
    opened = await open_case(store, tx, actor.acting(MANAGERS, alert["area"]), filing)
    return str(opened["_id"])
