"""Reports: files whose figures can be traced and whose hash is in the audit log."""

from datetime import date, datetime

import strawberry

from amanah.contracts.reports import (
    GenerateReport,
    GetReportLinks,
    ListReports,
    ReportFormat,
    ReportStatus,
    ReportTemplate,
    ReportView,
)
from amanah.contracts.rounds import GetRounds
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.programs import Round, round_
from gateway.schema.scalars import AreaCode

register(ReportTemplate)
register(ReportStatus)
register(ReportFormat)


@strawberry.type(description="A report; once READY it has a file, its hash, and an address that expires.")
class Report(Node):
    """One report."""

    template: ReportTemplate
    format: ReportFormat
    status: ReportStatus
    title: str
    as_of: datetime | None = strawberry.field(description="When the last event happened that is counted.")
    sha256: str | None
    size: int | None
    failure: str | None = strawberry.field(description="Why it FAILED.")
    requested_at: datetime
    round_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved(
        "Where its file can be downloaded for some minutes, once it is READY. That you ask is on the audit trail."
    )
    async def download_url(self, info: Info) -> str | None:
        """The address of its file; those of a page are one call."""
        if self.status != ReportStatus.READY:
            return None
        return shown(await info.context.load(GetReportLinks, self.id), lambda link: link.url)

    @resolved("On which area.")
    def area(self, info: Info) -> Area:
        """The report's area."""
        return area(info.context.areas, self.area_code)

    @resolved("On which round.")
    async def round(self, info: Info) -> Round | None:
        """The report's round."""
        return shown(await info.context.load(GetRounds, self.round_id), round_)


@strawberry.input
class GenerateReportInput:
    """Which report, of what."""

    template: ReportTemplate
    format: ReportFormat
    round_id: strawberry.ID
    area: AreaCode
    from_: date | None = strawberry.field(name="from", default=None)
    to: date | None = None
    language: str | None = strawberry.field(default=None, description='"id" (the default) or "en".')


@strawberry.type
class GenerateReportPayload:
    """The report, or what to mend."""

    report: Report | None
    user_errors: list[UserError]


def report(view: ReportView) -> Report:
    """The report of a view."""
    return Report(
        id=strawberry.ID(view.id),
        template=view.template,
        format=view.format,
        status=view.status,
        title=view.title,
        as_of=view.as_of,
        sha256=view.sha256,
        size=view.size,
        failure=view.failure,
        requested_at=view.requested_at,
        round_id=view.round_id,
        area_code=view.area,
    )


@strawberry.type
class ReportQueries:
    """Queries on reports."""

    @resolved("Reports on the areas that the viewer may see, the newest first.")
    async def reports(
        self, info: Info, round_id: strawberry.ID | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Report]:
        """A page of reports."""
        ask = ListReports(round_id=round_id, first=page_size(first), after=after)
        return listed(await info.context.call(ask), report, after)


@strawberry.type
class ReportMutations:
    """Mutations on reports."""

    @resolved("Queues a report; it is made in the background.")
    async def generate_report(self, info: Info, input: GenerateReportInput) -> GenerateReportPayload:
        """Queues a report."""
        view, errors = await attempt(
            lambda: info.context.call(
                GenerateReport(
                    template=input.template,
                    format=input.format,
                    round_id=input.round_id,
                    area=input.area,
                    since=input.from_,
                    until=input.to,
                    language=input.language or "id",
                ),
                within=[input.area],
            ),
            report,
        )
        return GenerateReportPayload(report=view, user_errors=errors)
