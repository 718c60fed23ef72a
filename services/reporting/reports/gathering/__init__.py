"""What a report says, read at one position: the figures in one snapshot, then the rows that had been counted by then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amanah.contracts.reports import ReportLanguage, ReportTemplate
from amanah.runtime.tables import Document
from services.reporting.reports.gathering import cases, custody, figures
from services.reporting.reports.gathering.request import Asked
from services.reporting.reports.rendering import BalanceFile, CaseFile, LedgerFile, Spool
from services.reporting.reports.rules.report import Content, LogCheckpoint
from services.reporting.store import Store, goods_of


@asynccontextmanager
async def gathered(store: Store, report: Document, round_: Document) -> AsyncIterator[tuple[Content, Spool]]:
    """The content of a report as of now, and the list behind it, which is gone after the context."""
    asked, language, goods = Asked(report, round_), ReportLanguage(report["language"]), goods_of(round_)
    match asked.template:
        case ReportTemplate.CASES:
            with CaseFile(language) as listed:
                yield await _pinned(store, await cases.gather(store, asked, listed)), listed
        case ReportTemplate.RECONCILIATION:
            with BalanceFile({good.sku: good for good in goods}, language) as balances:
                yield await _pinned(store, await custody.gather(store, asked, balances)), balances
        case _:
            with LedgerFile([good.sku for good in goods], language) as ledger:
                yield await _pinned(store, await figures.gather(store, asked, ledger)), ledger


async def _pinned(store: Store, content: Content) -> Content:
    """The content with the audit log's checkpoint of its own time, not of now: the same position says the same."""
    found = await store.checkpoint(content.as_of)
    if found is None:
        return content
    checkpoint = LogCheckpoint(origin=found["origin"], day=found["_id"], size=found["size"], root=found["root"])
    return content.model_copy(update={"checkpoint": checkpoint})
