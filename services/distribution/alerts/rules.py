"""Every rule that raises an alert, in one table; and what may become of an alert.

`docs/guide/alerts.md` has a line for each rule; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from amanah.contracts.alerts import AlertAction, AlertStatus
from amanah.contracts.errors import Refused
from services.distribution.custody import rules as custody
from services.distribution.handovers.rules.flags import FLAGS
from services.distribution.payments.rules.payments import PAID_UNCONFIRMED


@dataclass(frozen=True)
class AlertRule:
    """A rule, and how grave it is when it does not hold.

    `measures` move its line: thresholds of a program, or settings of the service.
    """

    code: str
    severity: str
    explanation: str
    measures: tuple[str, ...] = ()


_OF_CUSTODY: Mapping[str, str] = {
    custody.DIFFERENCE: "A count of a package differs from what was sent, or should be there.",
    custody.OVERDUE: "A package left, and has not arrived in the time that its way may take.",
    "quantity_mismatch": "The partner reports that a package does not hold what it should.",
    "package_damaged": "A package, or goods in it, is reported as damaged or destroyed.",
    "package_lost": "Goods of a package are recorded as lost.",
    "package_stolen": "The partner reports a package as stolen.",
    "package_returned": "A package, or goods in it, is reported as given back.",
}

OF_THE_LOG: Mapping[str, AlertRule] = {
    rule.code: rule
    for rule in (
        AlertRule("log_forked", "CRITICAL", "The audit log holds other entries than were published or witnessed."),
        AlertRule("log_behind", "CRITICAL", "The audit log holds fewer entries than were published or witnessed."),
        AlertRule("log_broken", "CRITICAL", "What is stored of the audit log is not what was signed."),
        AlertRule(
            "log_unwitnessed",
            "HIGH",
            "Too few witnesses cosign the audit log, and nothing of it is published.",
            ("AMANAH_AUDIT_UNWITNESSED_AFTER_S", "AMANAH_AUDIT_WITNESS_QUORUM"),
        ),
    )
}

RULES: Mapping[str, AlertRule] = {
    rule.code: rule
    for rule in (
        *(AlertRule(f.code, f.severity, f.explanation, f.measures) for f in FLAGS),
        *(AlertRule(code, custody.SEVERITIES[code], text) for code, text in _OF_CUSTODY.items()),
        AlertRule(
            PAID_UNCONFIRMED,
            "MEDIUM",
            "The bank says that it paid, and the recipient has not confirmed.",
            ("AMANAH_DISTRIBUTION_CONFIRM_PAID_DAYS",),
        ),
        *OF_THE_LOG.values(),
    )
}


BECOMES: Mapping[AlertAction, AlertStatus] = {
    AlertAction.ACKNOWLEDGE: AlertStatus.ACKNOWLEDGED,
    AlertAction.ESCALATE: AlertStatus.ESCALATED,
    AlertAction.DISMISS: AlertStatus.DISMISSED,
}


def becomes(status: AlertStatus, action: AlertAction, note: str | None) -> AlertStatus | None:
    """What an alert becomes; None when it is that already. Refuses with alert_closed and note_missing."""
    target = BECOMES[action]
    if status == target:
        return None
    if status not in (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED):
        raise Refused("alert_closed", f"This alert is {status.lower()}; it cannot be changed any more.", "action")
    if target is AlertStatus.DISMISSED and not (note or "").strip():
        raise Refused("note_missing", "Say in the note why this alert needs no follow-up.", "note")
    return target
