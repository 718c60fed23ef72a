"""The report of cases: how many of each kind and level, which are overdue, and the list of them."""

import asyncio

from amanah.contracts.errors import AmanahError
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.reporting.figures.rules.cases import Case, Tables, is_overdue
from services.reporting.figures.rules.figures import Figure
from services.reporting.figures.rules.status import latest
from services.reporting.reports.gathering.request import Asked, counted_until, counts_of
from services.reporting.reports.rendering import CaseFile
from services.reporting.reports.rules.composing import tally
from services.reporting.reports.rules.report import Content
from services.reporting.store import Position, Store, counted

_PIECE = 1000


async def gather(store: Store, asked: Asked, listing: CaseFile) -> Content:
    """The content of a report of cases as of now; `listing` gets those that were opened in the period."""

    async def read(tx: Tx) -> tuple[Position, Document]:
        return (
            await store.position(tx=tx),
            await store.total(asked.scope, asked.round["_id"], asked.area, tx=tx),
        )

    position, total = await store.db.transaction(read)
    as_of = counted_until(position)
    tables = Tables()
    piece: list[Case] = []
    since, until = asked.period
    async for row in store.cases_in(asked.scope, asked.round["_id"], asked.area, since, until):
        state = latest(s for s in row["states"] if position.covers(s))
        # One whose opening was counted has a state at least as old.
        if state is None or not position.covers(row):
            continue
        case = Case(
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
        tables.add(case)
        piece.append(case)
        if len(piece) == _PIECE:
            await asyncio.to_thread(listing.add, piece)
            piece = []
    await asyncio.to_thread(listing.add, piece)
    if asked.period.whole and tables.unresolved() != counted(total, Figure.OPEN_CASES):
        raise AmanahError("figures_disagree")
    return Content(
        **asked.about(store.areas),
        position=str(position),
        as_of=as_of,
        totals=tally(counts_of(total), counts_of(total)),
        cases_by_kind=tables.by_kind(),
        cases_by_level=tables.by_level(),
        ledger=listing.summary(),
    )
