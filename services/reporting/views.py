"""How a report looks to its reader."""

from datetime import timedelta

from amanah.contracts.reporting import ReportView
from amanah.mongo import Document
from amanah.objects import REPORTS
from services.reporting.rendering import FORMATS
from services.reporting.store import Store


async def view(store: Store, report: Document) -> ReportView:
    """A report as its reader sees it; with where to download it, once it is ready."""
    url = None
    if report["status"] == "READY":
        filename = f"{report['number']}.{FORMATS[report['format']].extension}"
        valid = timedelta(minutes=store.settings.link_minutes)
        url = await store.objects.presign_get(REPORTS, report["object"], valid, filename=filename)
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
        download_url=url,
        failure=report.get("failure"),
    )
