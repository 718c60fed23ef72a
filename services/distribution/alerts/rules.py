"""Every rule that raises an alert, in one table; and what may become of an alert.

`docs/guide/alerts.md` has a line for each rule; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from amanah.contracts.alerts import AlertAction, AlertStatus
from amanah.contracts.errors import Refused, error_text
from services.distribution.custody import rules as custody
from services.distribution.handovers.rules.flags import FLAGS
from services.distribution.payments.rules.payments import PAID_UNCONFIRMED


@dataclass(frozen=True)
class AlertRule:
    """A rule, and how grave it is when it does not hold. The table of error messages explains it.

    `measures` move its line: thresholds of a program, or settings of the service.
    """

    code: str
    severity: str
    measures: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """What did not hold."""
        return error_text(self.code).en


OF_THE_LOG: Mapping[str, AlertRule] = {
    rule.code: rule
    for rule in (
        AlertRule("log_forked", "CRITICAL"),
        AlertRule("log_behind", "CRITICAL"),
        AlertRule("log_broken", "CRITICAL"),
        AlertRule("log_unwitnessed", "HIGH", ("AMANAH_AUDIT_UNWITNESSED_AFTER_S", "AMANAH_AUDIT_WITNESS_QUORUM")),
    )
}

RULES: Mapping[str, AlertRule] = {
    rule.code: rule
    for rule in (
        *(AlertRule(f.code, f.severity, f.measures) for f in FLAGS),
        *(AlertRule(code, severity) for code, severity in custody.SEVERITIES.items()),
        AlertRule(PAID_UNCONFIRMED, "MEDIUM", ("AMANAH_DISTRIBUTION_CONFIRM_PAID_DAYS",)),
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
        raise Refused("alert_closed", "action", status=status)
    if target is AlertStatus.DISMISSED and not (note or "").strip():
        raise Refused("note_missing.dismissal", "note")
    return target
