"""Alerts: rules that did not hold."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Many, Moment, Page


class AlertStatus(StrEnum):
    """Status of an alert. The last three are final; an ESCALATED one goes on as a case."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ESCALATED = "ESCALATED"
    DISMISSED = "DISMISSED"
    SETTLED = "SETTLED"


class AlertAction(StrEnum):
    """Action on an alert."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    ESCALATE = "ESCALATE"
    DISMISS = "DISMISS"


class AlertView(Answer):
    """Violation of a rule by a subject; raised once."""

    id: str
    rule: str = Field(description="Code of the rule.")
    severity: str
    at: Moment
    area: AreaCode
    detail: str = Field(description="Finding about this subject.")
    subject_type: str
    subject_id: str
    status: AlertStatus = Field(description="OPEN, ACKNOWLEDGED, ESCALATED, DISMISSED or SETTLED.")
    case_id: str | None = Field(default=None, description="Case of an ESCALATED alert.")
    note: str | None = Field(default=None, description="Note of the latest update by a person.")
    handled_by: str | None = Field(default=None, description="User of the latest update.")
    recipient_id: str | None = Field(default=None, description="Recipient concerned, if it is about one.")

    def data_subjects(self) -> tuple[str, ...]:
        """People whom a note may describe: the recipient; for an alert about none, the alert."""
        return (self.recipient_id or self.id,) if self.note else ()


class AlertPage(Many[AlertView]):
    """Page of alerts, the newest first."""


ALERT_READERS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.APPROVER})


class ListAlerts(Page[AlertPage]):
    """Alerts in the viewer's scope, the newest first. A page with notes of people is an entry of the audit log."""

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = ALERT_READERS
    area: AreaCode | None = None
    rule: str | None = Field(default=None, max_length=50)
    severity: str | None = Field(default=None, max_length=20)
    status: str | None = Field(default=None, max_length=20)


class GetAlerts(DistributionRequest[AlertPage]):
    """Alerts by id, those the viewer may see. An entry of the audit log, as for ListAlerts."""

    roles: ClassVar[frozenset[Role]] = ALERT_READERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class UpdateAlert(DistributionRequest[AlertView]):
    """ACKNOWLEDGE, ESCALATE (which opens a case) or DISMISS, which needs its reason in `note`.

    The same action again answers the alert as it is.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    alert_id: str = Field(max_length=64)
    action: AlertAction
    note: str | None = Field(
        default=None, max_length=2000, description="Note; for DISMISS the reason, which is required."
    )


class AlertRaised(DistributionEvent):
    """A rule did not hold for a subject; raised once. `round_id` is None when it is about no round, as of the audit log."""

    type: ClassVar[str] = "id.amanah.distribution.alert.raised.v1"
    alert_id: str
    rule: str
    severity: str
    at: Moment
    area: AreaCode
    round_id: str | None
    detail: str
    subject_type: str
    subject_id: str

    def key(self) -> str:
        """The subject."""
        return self.subject_id


class AlertUpdated(DistributionEvent):
    """An alert is followed up: ACKNOWLEDGE, ESCALATE (into `case_id`) or DISMISS; or its rule holds after all: SETTLE.

    `was` is the status before.
    """

    type: ClassVar[str] = "id.amanah.distribution.alert.updated.v1"
    alert_id: str
    rule: str
    severity: str
    action: str
    was: AlertStatus
    status: AlertStatus
    at: Moment
    area: AreaCode
    round_id: str | None
    case_id: str | None
    subject_id: str

    def key(self) -> str:
        """The alert's subject, as of AlertRaised."""
        return self.subject_id
