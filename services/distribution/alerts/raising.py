"""Alerts: a rule did not hold; told once for each subject."""

from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import SYSTEM
from amanah.contracts.alerts import AlertRaised, AlertStatus, AlertUpdated
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.ids import new_id
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.alerts.documents import ALERTS, of_alert
from services.distribution.alerts.rules import RULES
from services.distribution.custody import documents
from services.distribution.custody.rules import SEVERITIES
from services.distribution.store import RelatedSubjects, Store, stored_subjects


@dataclass(frozen=True)
class NewAlert:
    """What an alert says. `once` tells subjects of one rule apart that share an id, such as the legs of a package.

    `round_id` is None when it is about no round. `concerns` is all that a person would look for it by, its subject among them.
    """

    rule: str
    severity: str
    at: datetime
    area: str
    round_id: str | None
    detail: str
    subject_type: str
    subject_id: str
    once: str = ""
    concerns: RelatedSubjects = ()


def of_package(rule: str, package: Document, at: datetime, detail: str, once: str = "") -> NewAlert:
    """What an alert about a package says."""
    return NewAlert(
        rule, SEVERITIES[rule], at, package["area"], package["round"], detail, "Package", package["_id"], once,
        documents.of_package(package),
    )  # fmt: skip


async def raise_alert(store: Store, tx: Tx, alert: NewAlert) -> None:
    """Raises an alert, unless it was raised before for this rule and subject. The rule is one of the table `RULES`."""
    if RULES[alert.rule].severity != alert.severity:
        raise ValueError(f"the table of rules has another severity for {alert.rule}")
    alert_id = new_id("alr")
    once = f"{alert.rule}~{alert.subject_id}~{alert.once}"
    before = await store[ALERTS].change(
        {"once": once},
        {
            "$setOnInsert": {
                "_id": alert_id,
                "rule": alert.rule,
                "severity": alert.severity,
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
            rule=alert.rule,
            severity=alert.severity,
            at=alert.at,
            area=alert.area,
            round_id=alert.round_id,
            detail=alert.detail,
            subject_type=alert.subject_type,
            subject_id=alert.subject_id,
        ),
    )


_LOOKED_AT = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)


async def settle_alert(store: Store, tx: Tx, rule: str, subject_id: str, once: str, at: datetime) -> None:
    """Closes an alert whose rule holds after all, since a later or late event settled it; `at` is when that happened.

    What a person made a case of or dismissed stays as they left it. If the rule fails again, that is another alert.
    """
    key = f"{rule}~{subject_id}~{once}"
    found = await store[ALERTS].get({"once": key}, tx=tx)
    if found is None:
        return
    change: Document = {"once": f"{key}~{found['_id']}"}
    closes = found["status"] in _LOOKED_AT
    if closes:
        change |= {"status": AlertStatus.SETTLED, "settledAt": at}
    step = {"at": datetime.now(UTC), "status": change.get("status", found["status"]), "because": "settled", "of": at}
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
                was=found["status"],
                status=AlertStatus.SETTLED,
                at=at,
                area=found["area"],
                round_id=found["round"],
                case_id=None,
                subject_id=subject_id,
            ),
        )
