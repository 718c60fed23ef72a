"""Alerts: rules that did not hold, found on the event stream."""

from datetime import datetime

import strawberry

from amanah.contracts import distribution as contract
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.fields import resolved
from gateway.schema.node import Node
from gateway.schema.nodes import find
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode


@strawberry.type(description="A complaint or an escalated problem.")
class Case:
    """One case."""

    id: strawberry.ID


@strawberry.type(description="A rule that did not hold for a subject; raised once.")
class Alert:
    """One alert."""

    id: strawberry.ID
    rule: str
    severity: str
    at: datetime
    detail: str
    status: str
    case: Case | None = strawberry.field(description="The case that follows it up; none while nobody opened one.")
    area_code: strawberry.Private[str]
    subject_id: strawberry.Private[str]

    @resolved("Where it happened.")
    def area(self, info: Info) -> Area:
        """The alert's area."""
        return area(info.context.areas, self.area_code)

    @resolved("What it is about; none when the viewer may not see it.")
    async def subject(self, info: Info) -> Node | None:
        """The alert's subject."""
        return await find(info.context, self.subject_id)


@strawberry.input
class AlertFilter:
    """Which alerts: all of what is given must hold."""

    area: AreaCode | None = None
    rule: str | None = None
    severity: str | None = None
    status: str | None = None


def alert(view: contract.AlertView) -> Alert:
    """The alert of a view."""
    return Alert(
        id=strawberry.ID(view.id),
        rule=view.rule,
        severity=view.severity,
        at=view.at,
        detail=view.detail,
        status=view.status,
        case=None,
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
            contract.ListAlerts(
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
