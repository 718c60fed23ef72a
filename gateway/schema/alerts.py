"""Alerts: rules that did not hold, found on the event stream."""

from datetime import datetime

import strawberry

from amanah.contracts.alerts import AlertAction, AlertView, ListAlerts, UpdateAlert
from amanah.contracts.cases import GetCases
from amanah.contracts.users import OfficerView
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.case_history import person
from gateway.schema.cases import Case, case
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode
from gateway.schema.subjects import Subject, subject

register(AlertAction)


@strawberry.type(description="A rule that did not hold for a subject; raised once.")
class Alert(Node):
    """One alert."""

    rule: str
    severity: str
    at: datetime
    detail: str
    status: str = strawberry.field(description="OPEN, ACKNOWLEDGED, ESCALATED, DISMISSED or SETTLED.")
    note: str | None = strawberry.field(description="What was noted when somebody last followed it up.")
    case_id: strawberry.Private[str | None]
    handler_id: strawberry.Private[str | None]
    area_code: strawberry.Private[str]
    subject_id: strawberry.Private[str]

    @resolved("Where it happened.")
    def area(self, info: Info) -> Area:
        """The alert's area."""
        return area(info.context.areas, self.area_code)

    @resolved("What it is about; none when the viewer may not see it.")
    async def subject(self, info: Info) -> Subject | None:
        """The alert's subject."""
        return await subject(info.context, self.subject_id)

    @resolved("The case that follows it up; none while nobody opened one.")
    async def case(self, info: Info) -> Case | None:
        """The alert's case."""
        return shown(await info.context.load(GetCases, self.case_id), case) if self.case_id else None

    @resolved("Who last followed it up.")
    async def handled_by(self, info: Info) -> OfficerView | None:
        """The handler."""
        return await person(info.context, self.handler_id)


@strawberry.input
class AlertFilter:
    """Which alerts: all of what is given must hold."""

    area: AreaCode | None = None
    rule: str | None = None
    severity: str | None = None
    status: str | None = None


@strawberry.input
class UpdateAlertInput:
    """What is done about an alert. DISMISS needs its reason in the note."""

    alert_id: strawberry.ID
    action: AlertAction
    note: str | None = None


@strawberry.type
class UpdateAlertPayload:
    """The alert, or what to mend."""

    alert: Alert | None
    user_errors: list[UserError]


def alert(view: AlertView) -> Alert:
    """The alert of a view."""
    return Alert(
        id=strawberry.ID(view.id),
        rule=view.rule,
        severity=view.severity,
        at=view.at,
        detail=view.detail,
        status=view.status,
        note=view.note,
        case_id=view.case_id,
        handler_id=view.handled_by,
        area_code=view.area,
        subject_id=view.subject_id,
    )


@strawberry.type
class AlertQueries:
    """Queries on alerts."""

    @resolved("Alerts in the areas that the viewer may see, the newest first.")
    async def alerts(
        self, info: Info, filter: AlertFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Alert]:
        """A page of alerts."""
        which = filter or AlertFilter()
        page = await info.context.call(
            ListAlerts(
                area=which.area,
                rule=which.rule,
                severity=which.severity,
                status=which.status,
                first=page_size(first),
                after=after,
            )
        )
        return connection(
            [alert(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )


@strawberry.type
class AlertMutations:
    """Mutations on alerts."""

    @resolved("Acknowledges an alert, makes a case of it, or dismisses it with a reason.")
    async def update_alert(self, info: Info, input: UpdateAlertInput) -> UpdateAlertPayload:
        """Updates an alert."""
        view, errors = await attempt(
            lambda: info.context.call(UpdateAlert(alert_id=input.alert_id, action=input.action, note=input.note)),
            alert,
        )
        return UpdateAlertPayload(alert=view, user_errors=errors)
