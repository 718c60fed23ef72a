"""Alerts: violations of rules, found on the event stream."""

import strawberry
from strawberry import Parent

from amanah.contracts.alerts import AlertView, GetAlerts, ListAlerts, UpdateAlert
from amanah.contracts.cases import CaseView, GetCases
from amanah.contracts.users import OfficerView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.case_history import load_person
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.subjects import Subject, load_subject


@over(AlertView, without=("subject_type", "subject_id", "case_id", "recipient_id"), found_by=GetAlerts)
class Alert(Node):
    """Violation of a rule by a subject; raised once."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the subject.")
    status: str

    @resolver
    @staticmethod
    async def subject(alert: Parent[AlertView], info: Info) -> Subject | None:
        """Subject of the alert; null when the viewer may not see it."""
        return await load_subject(info.context, alert.subject_id)

    @resolver
    @staticmethod
    async def case(alert: Parent[AlertView], info: Info) -> CaseView | None:
        """Case that follows it up; null for an alert that was not escalated."""
        return await info.context.load(GetCases, alert.case_id) if alert.case_id else None

    @resolver
    @staticmethod
    async def handled_by(alert: Parent[AlertView], info: Info) -> OfficerView | None:
        """User of the latest update."""
        return await load_person(info.context, alert.handled_by)


@input_over(ListAlerts, without=("first", "after"))
class AlertFilter:
    """Conditions on alerts. All that are given must hold."""


@input_over(UpdateAlert)
class UpdateAlertInput:
    """Action on an alert. DISMISS needs its reason in the note."""


@payload
class UpdateAlertPayload:
    """The alert, or the errors of the input."""

    alert: AlertView | None = None


@strawberry.type
class AlertQueries:
    """Queries on alerts."""

    @resolver
    async def alerts(
        self, info: Info, filter: AlertFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[AlertView]:
        """Alerts in the areas that the viewer may see, the newest first."""
        page = await info.context.call(request(ListAlerts, filter, first=page_size(first), after=after))
        return page_of(page, after)


@strawberry.type
class AlertMutations:
    """Mutations on alerts."""

    @resolver
    @with_user_errors
    async def update_alert(self, info: Info, input: UpdateAlertInput) -> UpdateAlertPayload:
        """Acknowledges an alert, escalates it to a case, or dismisses it with a reason."""
        return UpdateAlertPayload(alert=await info.context.call(request(UpdateAlert, input)))
