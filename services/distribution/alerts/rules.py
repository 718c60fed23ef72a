"""Rules that raise alerts: their type, the rules about the audit log, and the statuses that an alert may take.

Each noun declares its rules as `ALERT_RULES` in its own `rules`; `services.distribution.api` composes them into one table.
`docs/guide/alerts.md` has a line for each rule; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from amanah.contracts.alerts import AlertAction, AlertStatus
from amanah.contracts.errors import Refused, error_text


@dataclass(frozen=True)
class AlertRule:
    """A rule that raises an alert when it does not hold, and the alert's severity. The table of error messages explains it.

    `measures` name its limits: thresholds of a program, or settings of the service.
    """

    code: str
    severity: str
    measures: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """English text that says what did not hold."""
        return error_text(self.code).en


def by_code(*rules: AlertRule) -> Mapping[str, AlertRule]:
    """The rules by their codes, in their order."""
    return {rule.code: rule for rule in rules}


ALERT_RULES = by_code(
    AlertRule("log_forked", "CRITICAL"),
    AlertRule("log_behind", "CRITICAL"),
    AlertRule("log_broken", "CRITICAL"),
    AlertRule("log_unwitnessed", "HIGH", ("AMANAH_AUDIT_UNWITNESSED_AFTER_S", "AMANAH_AUDIT_WITNESS_QUORUM")),
)
"""The rules about the audit log, which belong to no other noun."""


_STATUS_AFTER: Mapping[AlertAction, AlertStatus] = {
    AlertAction.ACKNOWLEDGE: AlertStatus.ACKNOWLEDGED,
    AlertAction.ESCALATE: AlertStatus.ESCALATED,
    AlertAction.DISMISS: AlertStatus.DISMISSED,
}


def next_status(status: str, action: AlertAction, note: str | None) -> AlertStatus | None:
    """The status after an action; None when the alert has it already. Refuses with alert_closed and note_missing."""
    target = _STATUS_AFTER[action]
    if status == target:
        return None
    if status not in (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED):
        raise Refused("alert_closed", "action", status=status)
    if target is AlertStatus.DISMISSED and not (note or "").strip():
        raise Refused("note_missing.dismissal", "note")
    return target
