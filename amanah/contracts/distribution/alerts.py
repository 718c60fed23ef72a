"""Alerts: rules that did not hold."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Moment, Page


class AlertView(Answer):
    """A rule that did not hold. OPEN, ACKNOWLEDGED, ESCALATED or DISMISSED."""

    id: str
    rule: str
    severity: str
    at: Moment
    area: AreaCode
    detail: str
    subject_type: str
    subject_id: str
    status: str


class AlertPage(Answer):
    """A page of alerts, the newest first."""

    nodes: tuple[AlertView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListAlerts(Page[AlertPage]):
    """Alerts in the viewer's scope, the newest first."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.APPROVER})
    area: AreaCode | None = None
    rule: str | None = Field(default=None, max_length=50)
    severity: str | None = Field(default=None, max_length=20)
    status: str | None = Field(default=None, max_length=20)
