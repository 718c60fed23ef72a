"""Reports: files whose figures can be traced and whose hash is in the audit log."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from amanah.contracts import reporting as contract
from gateway.context import Info
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node
from gateway.schema.scalars import AreaCode


@strawberry.enum(description="What a report tells.")
class ReportTemplate(StrEnum):
    """The template of a report."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    FINAL = "FINAL"
    RECONCILIATION = "RECONCILIATION"
    CASES = "CASES"
    BAST = "BAST"


@strawberry.enum(description="How far a report has come.")
class ReportStatus(StrEnum):
    """The status of a report."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


@strawberry.enum(description="The form of a report's file.")
class ReportFormat(StrEnum):
    """The format of a report."""

    PDF = "PDF"
    XLSX = "XLSX"
    CSV = "CSV"


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
    download_url: str | None
    failure: str | None = strawberry.field(description="Why it FAILED.")


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


def report(view: contract.ReportView) -> Report:
    """The report of a view."""
    return Report(
        id=strawberry.ID(view.id),
        template=ReportTemplate(view.template),
        format=ReportFormat(view.format),
        status=ReportStatus(view.status),
        title=view.title,
        as_of=view.as_of,
        sha256=view.sha256,
        size=view.size,
        download_url=view.download_url,
        failure=view.failure,
    )


@strawberry.type
class ReportMutations:
    """Mutations on reports."""

    @resolved("Queues a report; it is made in the background.")
    async def generate_report(self, info: Info, input: GenerateReportInput) -> GenerateReportPayload:
        """Queues a report."""
        view, errors = await attempt(
            lambda: info.context.call(
                contract.GenerateReport(
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
