"""Reports as their readers see them."""

from amanah.contracts.reports import ReportView, VerifiedReport
from services.reporting.reports.documents import ReportDocument


def report_view(report: ReportDocument) -> ReportView:
    """Returns a report as its requester sees it."""
    return ReportView(
        id=report["_id"],
        template=report["template"],
        format=report["format"],
        status=report["status"],
        title=report["title"],
        round_id=report["round"],
        area=report["area"],
        requested_at=report["requestedAt"],
        as_of=report.get("asOf"),
        sha256=report.get("sha256"),
        size=report.get("size"),
        failure=report.get("failure"),
    )


def verified_report(report: ReportDocument) -> VerifiedReport:
    """Returns the public facts of a finished report."""
    return VerifiedReport(
        id=report["_id"],
        title=report["title"],
        template=report["template"],
        format=report["format"],
        area=report["area"],
        made_at=report["madeAt"],
        sha256=report["sha256"],
        size=report["size"],
    )
