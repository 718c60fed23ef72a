"""Data of the report of cases: counts by kind and level, overdue cases, and the list of cases."""

import asyncio

from amanah.contracts.errors import AmanahError
from amanah.runtime.mongo import Tx
from services.reporting.figures.documents import Counters
from services.reporting.figures.lookup import find_total, stream_cases
from services.reporting.figures.position import read_position
from services.reporting.figures.rules.cases import CaseCounts, CaseRow, is_overdue
from services.reporting.figures.rules.counters import Figure
from services.reporting.figures.rules.position import Position
from services.reporting.figures.views import case_state_at, figure_of, figures_of, is_counted
from services.reporting.reports.data.request import ReportRequest, require_as_of
from services.reporting.reports.rendering import CaseFile
from services.reporting.reports.rules.report import Content
from services.reporting.reports.rules.tables import tally
from services.reporting.store import Store

_BATCH = 1000


async def collect(store: Store, request: ReportRequest, listing: CaseFile) -> Content:
    """Returns the content of a report of cases as of now; `listing` gets those that were opened in the period."""

    async def read(tx: Tx) -> tuple[Position, Counters]:
        return (
            await read_position(store, tx=tx),
            await find_total(store, request.scope, request.round["_id"], request.area, tx=tx) or {},
        )

    position, total = await store.db.transaction(read)
    as_of = require_as_of(position)
    counts = CaseCounts()
    batch: list[CaseRow] = []
    since, until = request.period
    async for row in stream_cases(store, request.scope, request.round["_id"], request.area, since, until):
        state = case_state_at(row, position)
        # A case whose opening is counted has a state at least as old.
        if state is None or not is_counted(row, position):
            continue
        case = CaseRow(
            reference=row["reference"],
            kind=row["kind"],
            level=state["level"],
            status=state["status"],
            opened_at=row["at"],
            due_at=state["dueAt"],
            overdue=is_overdue(state["status"], state["dueAt"], as_of),
            area=row["area"],
            area_name=store.areas.name(row["area"]),
            channel=row["channel"],
        )
        counts.add(case)
        batch.append(case)
        if len(batch) == _BATCH:
            await asyncio.to_thread(listing.add, batch)
            batch = []
    await asyncio.to_thread(listing.add, batch)
    if request.period.whole and counts.unresolved() != figure_of(total, Figure.OPEN_CASES):
        raise AmanahError("figures_disagree")
    return Content(
        **request.facts(store.areas),
        position=str(position),
        as_of=as_of,
        totals=tally(figures_of(total), figures_of(total)),
        cases_by_kind=counts.by_kind(),
        cases_by_level=counts.by_level(),
        ledger=listing.summary(),
    )
