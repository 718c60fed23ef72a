"""Reading cases: which of them a viewer may see, and how much of each."""

from collections.abc import Sequence
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.areas import NATION, Scope
from amanah.contracts.cases import (
    CASE_READERS,
    CaseAction,
    CaseEventView,
    CaseHistories,
    CaseHistory,
    CasesAnswer,
    CaseStatus,
    CaseView,
    GetCases,
    ListCaseEvents,
    ListCases,
)
from amanah.contracts.distribution import MANAGERS
from amanah.contracts.errors import BadInput
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.cases.documents import CASE_EVENTS, CASES
from services.distribution.cases.rules.cases import FILED, overdue
from services.distribution.store import Store, page

# What who filed a case may read of the handlers' notes: the answer.
_FOR_AUTHORS = frozenset({FILED, CaseAction.RESOLVE})


def visible(actor: Actor, area: str | None = None) -> Condition:
    """That a case lies in the areas that the actor oversees, was filed by them or is assigned to them."""
    here = Scope([NATION]).narrowed(area).condition("area")
    ways: list[Condition] = [{"filedBy": actor.id, **here}, {"assignee": actor.id, **here}]
    if actor.has(CASE_READERS):
        ways.append(actor.scope(CASE_READERS).narrowed(area).condition("area"))
    return {"$or": ways}


def view(store: Store, actor: Actor, case: Document) -> CaseView:
    """A case as the actor, who may see it, is shown it."""
    return CaseView(
        id=case["_id"],
        reference=case["reference"],
        kind=case["kind"],
        channel=case["channel"],
        status=case["status"],
        level=case["level"],
        area=case["area"],
        round_id=case["round"],
        opened_at=case["openedAt"],
        due_at=case["dueAt"],
        overdue=overdue(case["status"], case["dueAt"], datetime.now(UTC)),
        subject_id=case["subject"],
        assignee_id=case["assignee"],
        anonymous=case["anonymous"],
        text=store.keys.decrypt(case["text"], f"case:{case['_id']}:text"),
        has_contact=bool(case["contact"]) and not case["anonymous"] and _manages(actor, case),
        attachments=len(case["attachments"]),
        recipient_id=None if case["anonymous"] else case.get("recipient"),
        own=case["filedBy"] == actor.id,
    )


def _manages(actor: Actor, case: Document) -> bool:
    return actor.has(MANAGERS) and actor.scope(MANAGERS).covers(case["area"])


def handles(actor: Actor, case: Document) -> bool:
    """Whether the actor reads a case for its sake, and not only as its author."""
    oversees = actor.has(CASE_READERS) and actor.scope(CASE_READERS).covers(case["area"])
    return oversees or case["assignee"] == actor.id


@answers
async def list_cases(store: Store, actor: Actor, ask: ListCases) -> CasesAnswer:
    """See ListCases."""
    wanted: list[Condition] = [visible(actor, ask.area)]
    wanted += [{k: v} for k, v in (("status", ask.status), ("kind", ask.kind)) if v is not None]
    if ask.overdue is not None:
        now = datetime.now(UTC)
        if ask.overdue:
            wanted.append({"status": {"$ne": CaseStatus.RESOLVED}, "dueAt": {"$lt": now}})
        else:
            wanted.append({"$or": [{"status": CaseStatus.RESOLVED}, {"dueAt": {"$gte": now}}]})
    found = await page(store[CASES], {"$and": wanted}, first=ask.first, after=ask.after, newest=True)
    return CasesAnswer(
        nodes=tuple(view(store, actor, c) for c in found.documents),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )


async def seen(store: Store, actor: Actor, ids: Sequence[str]) -> list[Document]:
    """Those of these cases that the actor may see."""
    return await store[CASES].list({"$and": [{"_id": {"$in": list(ids)}}, visible(actor)]})


@answers
async def get_cases(store: Store, actor: Actor, ask: GetCases) -> CasesAnswer:
    """See GetCases."""
    found = await seen(store, actor, ask.ids)
    return CasesAnswer(nodes=tuple(view(store, actor, c) for c in found), total=len(found))


@answers
async def list_case_events(store: Store, actor: Actor, ask: ListCaseEvents) -> CaseHistories:
    """See ListCaseEvents. A cursor is a line's number: a history only grows, so that pages stay put."""
    after = ask.after or "0"
    if not (after.isdigit() and len(after) <= 9):
        raise BadInput("bad_input.cursor", "after")
    cases = {c["_id"]: c for c in await seen(store, actor, ask.case_ids)}
    lines = await store[CASE_EVENTS].list(
        {"case": {"$in": sorted(cases)}, "number": {"$gt": int(after), "$lte": int(after) + ask.first}},
        sort=[("case", 1), ("number", 1)],
    )
    of_each: dict[str, list[Document]] = {case_id: [] for case_id in cases}
    for line in lines:
        of_each[line["case"]].append(line)
    return CaseHistories(
        nodes=tuple(
            CaseHistory(
                case_id=case_id,
                recipient_id=None if cases[case_id]["anonymous"] else cases[case_id].get("recipient"),
                own=cases[case_id]["filedBy"] == actor.id,
                nodes=tuple(_line(store, actor, cases[case_id], line) for line in found),
                cursors=tuple(str(line["number"]) for line in found),
                total=cases[case_id]["events"],
                more=cases[case_id]["events"] > int(after) + ask.first,
            )
            for case_id, found in of_each.items()
        )
    )


def _line(store: Store, actor: Actor, case: Document, line: Document) -> CaseEventView:
    readable = line["note"] and (handles(actor, case) or line["action"] in _FOR_AUTHORS or line["by"] == actor.id)
    return CaseEventView(
        at=line["at"],
        by_id=line["by"],
        action=line["action"],
        level=line["level"],
        note=store.keys.decrypt(line["note"], f"case-event:{line['_id']}") if readable else None,
    )
