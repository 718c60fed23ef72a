"""Data of a report at one position: figures in one snapshot, then the rows up to that position."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amanah.contracts.reports import ReportLanguage, ReportTemplate
from services.reporting.figures.documents import RoundDocument
from services.reporting.figures.views import round_goods
from services.reporting.reports.data import cases, custody, figures
from services.reporting.reports.data.request import ReportRequest
from services.reporting.reports.documents import ReportDocument
from services.reporting.reports.lookup import find_checkpoint
from services.reporting.reports.rendering import BalanceFile, CaseFile, HandoverFile, Spool
from services.reporting.reports.rules.report import Content, LogCheckpoint
from services.reporting.store import Store


@asynccontextmanager
async def report_data(
    store: Store, report: ReportDocument, round_: RoundDocument
) -> AsyncIterator[tuple[Content, Spool]]:
    """Collects the content of a report as of now, and the list behind it, which is deleted after the context."""
    request, language = ReportRequest(report, round_), ReportLanguage(report["language"])
    goods = round_goods(round_)
    match request.template:
        case ReportTemplate.CASES:
            with CaseFile(language) as listing:
                yield await _with_checkpoint(store, await cases.collect(store, request, listing)), listing
        case ReportTemplate.RECONCILIATION:
            with BalanceFile({good.sku: good for good in goods}, language) as balances:
                yield await _with_checkpoint(store, await custody.collect(store, request, balances)), balances
        case _:
            with HandoverFile([good.sku for good in goods], language) as handovers:
                yield await _with_checkpoint(store, await figures.collect(store, request, handovers)), handovers


async def _with_checkpoint(store: Store, content: Content) -> Content:
    # The checkpoint of the content's own time, not the newest: the same position gives the same content.
    found = await find_checkpoint(store, content.as_of)
    if found is None:
        return content
    checkpoint = LogCheckpoint(origin=found["origin"], day=found["_id"], size=found["size"], root=found["root"])
    return content.model_copy(update={"checkpoint": checkpoint})
