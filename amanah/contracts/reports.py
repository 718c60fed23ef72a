"""Reports: requested, built, downloaded, verified."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.message import Answer, Event, Many, Moment, Page, Sha256
from amanah.contracts.reporting import ReportingRequest
from amanah.contracts.topics import REPORTING

REPORTERS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.APPROVER})


class ReportTemplate(StrEnum):
    """Content of a report."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    FINAL = "FINAL"
    RECONCILIATION = "RECONCILIATION"
    CASES = "CASES"
    BAST = "BAST"


class ReportFormat(StrEnum):
    """Format of a report's file."""

    PDF = "PDF"
    XLSX = "XLSX"
    CSV = "CSV"


class ReportStatus(StrEnum):
    """Status of a report. A READY one has a file; a FAILED one has the code of the error in `failure`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


class ReportLanguage(StrEnum):
    """Language of a report: Indonesian or English."""

    ID = "id"
    EN = "en"


class ReportView(Answer):
    """Report on a round. A READY one has a file, whose hash is in the audit log."""

    id: str
    template: ReportTemplate
    format: ReportFormat
    status: ReportStatus
    title: str
    round_id: str
    area: AreaCode
    requested_at: Moment
    as_of: Moment | None = Field(default=None, description="Time of the latest event counted.")
    sha256: Sha256 | None = Field(default=None, description="SHA-256 of the file.")
    size: int | None = Field(default=None, description="Size of the file in bytes.")
    failure: str | None = Field(default=None, description="Error of a FAILED report.")


class ReportsAnswer(Answer):
    """The reports found."""

    nodes: tuple[ReportView, ...] = ()


class GenerateReport(ReportingRequest[ReportView]):
    """Queues a report, which a worker builds.

    DAILY, WEEKLY and FINAL have figures, BAST is minutes to be signed, CASES has complaints, RECONCILIATION has custody. Refuses with round_unknown, period_reversed, period_wrong_length, period_not_taken, area_outside_round; NotYet
    while the events of a new round may be on their way.
    """

    roles: ClassVar[frozenset[Role]] = REPORTERS
    changes: ClassVar[bool] = True
    template: ReportTemplate
    format: ReportFormat
    round_id: str
    area: AreaCode
    since: date | None = Field(default=None, description="First day.")
    until: date | None = Field(default=None, description="Last day.")
    language: ReportLanguage = Field(default=ReportLanguage.ID, description='"id" (the default) or "en".')


class GetReports(ReportingRequest[ReportsAnswer]):
    """Finds reports by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = REPORTERS
    ids: tuple[str, ...] = Field(max_length=100)


class ReportByHash(ReportingRequest[ReportsAnswer]):
    """READY reports whose file has this hash, the newest first, those the viewer may see: for a file without its number.

    The same data gives the same bytes, so that several reports may have one hash; at most 100 are answered.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.AUDITOR})
    sha256: Sha256


class ReportLink(Answer):
    """The presigned URL of a report's file; `id` is the report's."""

    id: str
    url: str


class ReportLinksAnswer(Answer):
    """The links of the reports found."""

    nodes: tuple[ReportLink, ...] = ()


class GetReportLinks(ReportingRequest[ReportLinksAnswer]):
    """Issues URLs of the files of READY reports that the viewer may see.

    Each request leaves one audit entry for all of them.
    """

    roles: ClassVar[frozenset[Role]] = REPORTERS
    changes: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class ListReports(Page[Many[ReportView]]):
    """Lists reports on areas of the viewer's scope, the newest first."""

    service: ClassVar[str] = "reporting"
    roles: ClassVar[frozenset[Role]] = REPORTERS
    round_id: str | None = None


class VerifiedReport(Answer):
    """Public facts of a report: its title, its recorded hash, and the time of its rendering.

    `action` is the action of the entry that proves it.
    """

    action: ClassVar[AuditAction] = AuditAction.REPORT_GENERATE

    id: str
    title: str
    template: ReportTemplate
    format: ReportFormat
    area: AreaCode
    made_at: Moment
    sha256: Sha256
    size: int


class VerifyReport(ReportingRequest[VerifiedReport]):
    """Verifies a report by its recorded hash; public. NotFound for a report that is not READY."""

    id: str


class ReportGenerated(Event):
    """A report's file was stored."""

    type: ClassVar[str] = "id.amanah.reporting.report.generated.v1"
    topic: ClassVar[str] = REPORTING.name
    report_id: str
    template: ReportTemplate
    format: ReportFormat
    round_id: str
    area: AreaCode
    sha256: Sha256
    size: int

    def key(self) -> str:
        """Returns the report's id."""
        return self.report_id


class ReportRequested(Event):
    """A report was requested."""

    type: ClassVar[str] = "id.amanah.reporting.report.requested.v1"
    topic: ClassVar[str] = REPORTING.name
    report_id: str
    template: ReportTemplate
    format: ReportFormat
    round_id: str
    area: AreaCode

    def key(self) -> str:
        """Returns the report's id."""
        return self.report_id
