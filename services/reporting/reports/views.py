"""How a report looks to its reader."""

from datetime import timedelta

from amanah.contracts.reports import ReportFormat, ReportLink, ReportView
from amanah.runtime.objects import REPORTS
from amanah.runtime.tables import Document
from services.reporting.reports.rendering import FORMATS
from services.reporting.store import Store


def view(report: Document) -> ReportView:
    """A report as its reader sees it."""
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


async def link(store: Store, report: Document) -> ReportLink:
    """Where to download the file of a report that is ready."""
    filename = f"{report['number']}.{FORMATS[ReportFormat(report['format'])].extension}"
    valid = timedelta(minutes=store.settings.link_minutes)
    url = await store.objects.presign_get(REPORTS, report["object"], valid, filename=filename)
    return ReportLink(id=report["_id"], url=url)
