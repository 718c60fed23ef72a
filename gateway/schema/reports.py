"""Reports: files whose figures can be traced and whose hash is in the audit log."""

from datetime import date

import strawberry
from strawberry import Parent

from amanah.contracts.reports import (
    GenerateReport,
    GetReportLinks,
    GetReports,
    ListReports,
    ReportByHash,
    ReportStatus,
    ReportView,
)
from amanah.contracts.rounds import GetRounds, RoundView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(ReportView, without=("round_id",), found_by=GetReports)
class Report(Node):
    """Report on a round. A READY one has a file, whose hash is in the audit log."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the report.")

    @resolver
    @staticmethod
    async def download_url(report: Parent[ReportView], info: Info) -> str | None:
        """Address of the file of a READY report for some minutes. Reading it writes an audit entry."""
        if report.status != ReportStatus.READY:
            return None
        # The addresses of a page of reports are one call.
        link = await info.context.load(GetReportLinks, report.id)
        return link.url if link else None

    @resolver
    @staticmethod
    async def round(report: Parent[ReportView], info: Info) -> RoundView | None:
        """Round of the report."""
        return await info.context.load(GetRounds, report.round_id)


@input_over(GenerateReport)
class GenerateReportInput:
    """Report to generate: its content, format, round, area and period."""

    since: date | None = strawberry.field(name="from", default=None)
    until: date | None = strawberry.field(name="to", default=None)
    language: str | None = None


@payload
class GenerateReportPayload:
    """The report, or the errors of the input."""

    report: ReportView | None = None


@strawberry.type
class ReportQueries:
    """Queries on reports."""

    @resolver
    async def reports(
        self, info: Info, round_id: strawberry.ID | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[ReportView]:
        """Reports on the areas that the viewer may see, the newest first."""
        ask = ListReports(round_id=round_id, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)

    @resolver
    async def report_by_hash(self, info: Info, sha256: str) -> ReportView | None:
        """Newest report whose file has this SHA-256 (64 hex digits), for auditors; null for none that the viewer may see."""
        found = await info.context.call(ReportByHash(sha256=sha256.lower()))
        return found.nodes[0] if found.nodes else None


@strawberry.type
class ReportMutations:
    """Mutations on reports."""

    @resolver
    @with_user_errors
    async def generate_report(self, info: Info, input: GenerateReportInput) -> GenerateReportPayload:
        """Queues a report, which is generated in the background."""
        ask = request(GenerateReport, input)
        return GenerateReportPayload(report=await info.context.call(ask, within=[ask.area]))
