"""Raising of alerts, once for each rule and subject, and settling them when the rule holds again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import SYSTEM
from amanah.contracts.alerts import AlertRaised, AlertStatus, AlertUpdated
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.ids import new_id
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.alerts.documents import ALERTS, AlertChangeDocument, of_alert
from services.distribution.alerts.rules import AlertRule
from services.distribution.store import RelatedSubjects, Store, stored_subjects


@dataclass(frozen=True)
class NewAlert:
    """An alert to raise. `once` separates alerts of one rule and subject, such as those of the legs of a package.

    `round_id` is None when it is about no round. `concerns` are the subjects by which a person would search for it, its own
    subject among them.
    """

    rule: AlertRule
    at: datetime
    area: str
    round_id: str | None
    detail: str
    subject_type: str
    subject_id: str
    once: str = ""
    concerns: RelatedSubjects = ()


async def raise_alert(store: Store, tx: Tx, alert: NewAlert) -> None:
    """Raises an alert, unless it was raised before for this rule and subject."""
    alert_id = new_id("alr")
    once = f"{alert.rule.code}~{alert.subject_id}~{alert.once}"
    before = await store[ALERTS].change(
        {"once": once},
        {
            "$setOnInsert": {
                "_id": alert_id,
                "rule": alert.rule.code,
                "severity": alert.rule.severity,
                "at": alert.at,
                "area": alert.area,
                "round": alert.round_id,
                "detail": alert.detail,
                "subjectType": alert.subject_type,
                "subject": alert.subject_id,
                "concerns": stored_subjects(alert.concerns),
                "status": AlertStatus.OPEN,
            }
        },
        upsert=True,
        returning="before",
        tx=tx,
    )
    if before is not None:
        return
    await store.outbox.record(
        tx,
        SYSTEM,
        action=AuditAction.ALERT_RAISE,
        subject=Subject(type="Alert", id=alert_id),
        concerns=alert.concerns,
        area=alert.area,
        event=AlertRaised(
            alert_id=alert_id,
            rule=alert.rule.code,
            severity=alert.rule.severity,
            at=alert.at,
            area=alert.area,
            round_id=alert.round_id,
            detail=alert.detail,
            subject_type=alert.subject_type,
            subject_id=alert.subject_id,
        ),
    )


_UNRESOLVED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)


async def settle_alert(store: Store, tx: Tx, rule: str, subject_id: str, once: str, at: datetime) -> None:
    """Settles an alert whose rule holds again because of an event that came later; `at` is when that event happened.

    An alert that a person escalated or dismissed keeps its status. If the rule fails again, a new alert is raised.
    """
    key = f"{rule}~{subject_id}~{once}"
    found = await store[ALERTS].get({"once": key}, tx=tx)
    if found is None:
        return
    change: Document = {"once": f"{key}~{found['_id']}"}
    closes = found["status"] in _UNRESOLVED
    if closes:
        change |= {"status": AlertStatus.SETTLED, "settledAt": at}
    status = AlertStatus.SETTLED if closes else found["status"]
    step: AlertChangeDocument = {"at": datetime.now(UTC), "status": status, "because": "settled", "of": at}
    await store[ALERTS].update({"_id": found["_id"]}, {"$set": change, "$push": {"history": step}}, tx=tx)
    if closes:
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.ALERT_SETTLE,
            subject=Subject(type="Alert", id=found["_id"]),
            concerns=of_alert(found),
            area=found["area"],
            event=AlertUpdated(
                alert_id=found["_id"],
                rule=rule,
                severity=found["severity"],
                action="SETTLE",
                was=AlertStatus(found["status"]),
                status=AlertStatus.SETTLED,
                at=at,
                area=found["area"],
                round_id=found["round"],
                case_id=None,
                subject_id=subject_id,
            ),
        )
