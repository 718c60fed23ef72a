"""Raising of alerts, once for each rule and subject, and settling them when the rule holds again.

`AlertChanges` collects what a transaction raises and settles: many cost what one costs, a read and a write.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from amanah.contracts.actor import SYSTEM
from amanah.contracts.alerts import AlertRaised, AlertStatus, AlertUpdated
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.ids import new_id
from amanah.runtime.mongo import Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.alerts.documents import ALERTS, AlertChangeDocument, AlertDocument, of_alert
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


_UNRESOLVED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)


@dataclass(frozen=True)
class _Settlement:
    """An alert whose rule holds again since `at`."""

    rule: str
    subject_id: str
    once: str
    at: datetime


@dataclass
class AlertChanges:
    """Alerts to raise and to settle in one transaction, in order."""

    _changes: list[tuple[str, NewAlert | _Settlement]] = field(default_factory=list)

    def raise_alert(self, alert: NewAlert) -> None:
        """Raises an alert, unless it was raised before for its rule and subject."""
        self._changes.append((_key(alert.rule.code, alert.subject_id, alert.once), alert))

    def settle_alert(self, rule: str, subject_id: str, once: str, at: datetime) -> None:
        """Settles an alert whose rule holds again because of an event that came later; `at` is when that event happened.

        An alert that a person escalated or dismissed keeps its status. If the rule fails again, a new alert is raised.
        """
        self._changes.append((_key(rule, subject_id, once), _Settlement(rule, subject_id, once, at)))

    async def save(self, store: Store, tx: Tx) -> None:
        """Writes the changes, each with its event and audit entry."""
        if not self._changes:
            return
        keys = sorted({key for key, _ in self._changes})
        live = {a["once"]: a for a in await store[ALERTS].list({"once": {"$in": keys}}, tx=tx)}
        operations: list[Operation] = []
        for key, change in self._changes:
            if isinstance(change, _Settlement):
                if (found := live.pop(key, None)) is not None:
                    operations.append(await _settle(store, tx, change, found))
            elif key not in live:
                live[key] = _document(key, change)
                operations.append(Update({"once": key}, {"$setOnInsert": _without_key(live[key])}, upsert=True))
                await _announce_raised(store, tx, change, live[key]["_id"])
        # In order: settling an alert frees its key for the next.
        await store[ALERTS].bulk(operations, ordered=True, tx=tx)


async def raise_alert(store: Store, tx: Tx, alert: NewAlert) -> None:
    """Raises one alert, unless it was raised before for its rule and subject."""
    changes = AlertChanges()
    changes.raise_alert(alert)
    await changes.save(store, tx)


async def settle_alert(store: Store, tx: Tx, rule: str, subject_id: str, once: str, at: datetime) -> None:
    """Settles one alert; see `AlertChanges.settle_alert`."""
    changes = AlertChanges()
    changes.settle_alert(rule, subject_id, once, at)
    await changes.save(store, tx)


def _key(rule: str, subject_id: str, once: str) -> str:
    """The idempotency key of an alert."""
    return f"{rule}~{subject_id}~{once}"


def _document(key: str, alert: NewAlert) -> AlertDocument:
    return {
        "_id": new_id("alr"),
        "once": key,
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


def _without_key(alert: AlertDocument) -> Document:
    """The fields of a new alert; its key is in the condition of the upsert."""
    return {name: value for name, value in alert.items() if name != "once"}


async def _announce_raised(store: Store, tx: Tx, alert: NewAlert, alert_id: str) -> None:
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


async def _settle(store: Store, tx: Tx, settlement: _Settlement, found: AlertDocument) -> Operation:
    """Frees the key of an alert, and settles it with an event if no person has resolved it."""
    change: Document = {"once": f"{found['once']}~{found['_id']}"}
    closes = found["status"] in _UNRESOLVED
    if closes:
        change |= {"status": AlertStatus.SETTLED, "settledAt": settlement.at}
    status = AlertStatus.SETTLED if closes else found["status"]
    step: AlertChangeDocument = {
        "at": datetime.now(UTC), "status": status, "because": "settled", "of": settlement.at
    }  # fmt: skip
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
                rule=settlement.rule,
                severity=found["severity"],
                action="SETTLE",
                was=AlertStatus(found["status"]),
                status=AlertStatus.SETTLED,
                at=settlement.at,
                area=found["area"],
                round_id=found["round"],
                case_id=None,
                subject_id=settlement.subject_id,
            ),
        )
    return Update({"_id": found["_id"]}, {"$set": change, "$push": {"history": step}})
