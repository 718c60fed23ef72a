"""Queries of cases."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.cases import (
    CaseHistories,
    CaseHistory,
    CasesAnswer,
    CaseStatus,
    GetCases,
    ListCaseEvents,
    ListCases,
)
from amanah.contracts.errors import BadInput
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.distribution.cases.documents import CASE_EVENTS, CASES, CaseEventDocument
from services.distribution.cases.views import case_view, event_view
from services.distribution.cases.visibility import find_visible, visible_to
from services.distribution.store import Store, page


@answers
async def list_cases(store: Store, actor: Actor, ask: ListCases) -> CasesAnswer:
    """Lists the cases that the actor may see, the newest first."""
    wanted: list[Condition] = [visible_to(actor, ask.area)]
    wanted += [{k: v} for k, v in (("status", ask.status), ("kind", ask.kind)) if v is not None]
    if ask.overdue is not None:
        now = datetime.now(UTC)
        if ask.overdue:
            wanted.append({"status": {"$ne": CaseStatus.RESOLVED}, "dueAt": {"$lt": now}})
        else:
            wanted.append({"$or": [{"status": CaseStatus.RESOLVED}, {"dueAt": {"$gte": now}}]})
    found = await page(store[CASES], {"$and": wanted}, first=ask.first, after=ask.after, newest=True)
    return CasesAnswer(
        nodes=tuple(case_view(store.keys, actor, c) for c in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


@answers
async def get_cases(store: Store, actor: Actor, ask: GetCases) -> CasesAnswer:
    """Returns cases by id, those that the actor may see."""
    found = await find_visible(store, actor, ask.ids)
    return CasesAnswer(nodes=tuple(case_view(store.keys, actor, c) for c in found), total=len(found))


@answers
async def list_case_events(store: Store, actor: Actor, ask: ListCaseEvents) -> CaseHistories:
    """Lists the histories of cases. A cursor is a line's number: lines are only added, so pages are stable."""
    after = ask.after or "0"
    if not (after.isdigit() and len(after) <= 9):
        raise BadInput("bad_input.cursor", "after")
    cases = {c["_id"]: c for c in await find_visible(store, actor, ask.case_ids)}
    lines = await store[CASE_EVENTS].list(
        {"case": {"$in": sorted(cases)}, "number": {"$gt": int(after), "$lte": int(after) + ask.first}},
        sort=[("case", 1), ("number", 1)],
    )
    of_each: dict[str, list[CaseEventDocument]] = {case_id: [] for case_id in cases}
    for line in lines:
        of_each[line["case"]].append(line)
    return CaseHistories(
        nodes=tuple(
            CaseHistory(
                case_id=case_id,
                recipient_id=None if cases[case_id]["anonymous"] else cases[case_id]["recipient"],
                own=cases[case_id]["filedBy"] == actor.id,
                nodes=tuple(event_view(store.keys, actor, cases[case_id], line) for line in found),
                cursors=tuple(str(line["number"]) for line in found),
                total=cases[case_id]["events"],
                more=cases[case_id]["events"] > int(after) + ask.first,
            )
            for case_id, found in of_each.items()
        )
    )
