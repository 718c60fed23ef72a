"""Cases: what is done about them until they are resolved.

Every step is a line of the case's history, which is only ever added to.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import SYSTEM, Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.cases import (
    CASE_READERS,
    AttachmentsAnswer,
    CaseAction,
    CaseAttachments,
    CaseLevel,
    CaseOutcome,
    CaseStatus,
    CaseUpdated,
    CaseView,
    ContactView,
    ListAttachments,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.distribution import MANAGERS
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.ids import kind_of
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.cases import attachments
from services.distribution.cases import queries as casebook
from services.distribution.cases.documents import CASE_EVENTS, CASES, of_case
from services.distribution.cases.rules.cases import RENEWS, CaseState, after, check, next_level
from services.distribution.handovers.commands.disputes import dispute, uphold
from services.distribution.messages.commands import tell_resolved
from services.distribution.store import Store

_AUDIT_ACTIONS: Mapping[CaseAction, AuditAction] = {
    CaseAction.ASSIGN: AuditAction.CASE_ASSIGN,
    CaseAction.NOTE: AuditAction.CASE_NOTE,
    CaseAction.ESCALATE: AuditAction.CASE_ESCALATE,
    CaseAction.RESOLVE: AuditAction.CASE_RESOLVE,
    CaseAction.REOPEN: AuditAction.CASE_REOPEN,
}


async def add_line(
    store: Store,
    tx: Tx,
    case_id: str,
    at: datetime,
    by: str | None,
    action: str,
    level: CaseLevel,
    note: str | None = None,
) -> None:
    """Adds a line to a case's history; the case counts its lines."""
    counted = await store[CASES].change({"_id": case_id}, {"$inc": {"events": 1}}, tx=tx)
    if counted is None:
        raise NotFound("not_found.case")
    number = counted["events"]
    line = f"{case_id}~{number:06d}"
    await store[CASE_EVENTS].insert(
        {
            "_id": line,
            "case": case_id,
            "number": number,
            "at": at,
            "by": by,
            "action": action,
            "level": level,
            "note": store.keys.encrypt(note, f"case-event:{line}") if note else "",
        },
        tx=tx,
    )


def state(case: Document) -> dict[str, Any]:
    """What the audit log seals of a case."""
    return {k: case[k] for k in ("kind", "status", "level", "assignee", "subject", "handover", "anonymous")} | {
        "dueAt": case["dueAt"].isoformat()
    }


@answers
async def update_case(store: Store, actor: Actor, ask: UpdateCase) -> CaseView:
    """See UpdateCase. Refuses with the codes of `check`, assignee_unknown and party_to_case."""
    if ask.action == CaseAction.ASSIGN and ask.assignee_id and kind_of(ask.assignee_id) != "User":
        raise Refused("assignee_unknown.kind", "assigneeId")

    async def work(tx: Tx) -> Document:
        case = await store[CASES].get({"_id": ask.case_id}, tx=tx)
        if case is None:
            raise NotFound("not_found.case")
        by = _handler(actor, case, ask.action)
        check(_standing(case), ask.action, note=ask.note, assignee=ask.assignee_id)
        _check_not_a_party(actor, case, ask)
        return await advance(
            store, tx, by, case, ask.action, note=ask.note, assignee=ask.assignee_id, outcome=ask.outcome
        )

    return casebook.view(store, actor, await store.db.transaction(work))


def _standing(case: Document) -> CaseState:
    return CaseState(CaseStatus(case["status"]), CaseLevel(case["level"]), case["assignee"])


def _handler(actor: Actor, case: Document, action: CaseAction) -> Acting:
    """The actor in the role in which they may do this. NotFound for who may not see the case."""
    if actor.has(MANAGERS) and actor.scope(MANAGERS).covers(case["area"]):
        return actor.acting(MANAGERS, case["area"])
    if case["assignee"] == actor.id:
        if action in (CaseAction.NOTE, CaseAction.RESOLVE):
            return actor.anywhere(UpdateCase.roles)
        raise Forbidden("forbidden.case_assignee")
    if case["filedBy"] == actor.id or (actor.has(CASE_READERS) and actor.scope(CASE_READERS).covers(case["area"])):
        raise Forbidden("forbidden.case")
    raise NotFound("not_found.case")


def _check_not_a_party(actor: Actor, case: Document, ask: UpdateCase) -> None:
    """Whoever did what a case is about does not judge it."""
    judges = {CaseAction.ASSIGN: (ask.assignee_id, "assigneeId"), CaseAction.RESOLVE: (actor.id, "action")}
    judge, named = judges.get(ask.action, (None, None))
    if judge is not None and judge == case["party"]:
        raise Refused("party_to_case", named)


async def advance(
    store: Store,
    tx: Tx,
    by: Acting,
    case: Document,
    action: CaseAction,
    *,
    note: str | None = None,
    assignee: str | None = None,
    outcome: str | None = None,
) -> Document:
    """The case after an action that `check` let pass, with its line, event and audit entry."""
    now = datetime.now(UTC)
    standing = after(_standing(case), action, assignee)
    due = case["dueAt"]
    if action in RENEWS:
        due = store.settings.deadlines.due(case["kind"], standing.level, case["area"], now)
    waits = standing.status != CaseStatus.RESOLVED and next_level(standing.level) is not None
    changed = {
        "status": standing.status,
        "level": standing.level,
        "assignee": standing.assignee,
        "dueAt": due,
        "escalateAt": due if waits else None,
    }
    if action != CaseAction.NOTE:
        await store[CASES].update({"_id": case["_id"]}, {"$set": changed}, tx=tx)
        case, before = case | changed, case
    else:
        before = case
    await add_line(store, tx, case["_id"], now, by.id, action, standing.level, note)
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[action],
        subject=Subject(type="Case", id=case["_id"]),
        concerns=tuple(dict.fromkeys(of_case(before) + of_case(case))),
        area=case["area"],
        authority=case["round"] or "",
        event=CaseUpdated(
            case_id=case["_id"],
            kind=case["kind"],
            action=action,
            was=before["status"],
            status=case["status"],
            level=case["level"],
            at=now,
            due_at=due,
            area=case["area"],
            round_id=case["round"],
        ),
        before=store.seal(case["_id"], state(before)),
        after=store.seal(case["_id"], state(case)),
    )
    if action == CaseAction.RESOLVE:
        if case["handover"] is not None and outcome != CaseOutcome.FOR_CORRECTION:
            await uphold(store, tx, by, case, now)
        await tell_resolved(store, tx, case)
    elif action == CaseAction.REOPEN and case["handover"] is not None:
        await dispute(store, tx, by, case, now)
    return case


async def escalate_overdue(store: Store) -> bool:
    """Escalates a case that its level did not answer in time; whether there was one. The work of a background worker."""
    now = datetime.now(UTC)
    late = await store[CASES].get({"escalateAt": {"$lt": now}}, sort=[("escalateAt", 1)])
    if late is None:
        return False

    async def work(tx: Tx) -> None:
        # Another instance, or a person, may have been quicker: then its time is another, or none.
        case = await store[CASES].get({"_id": late["_id"], "escalateAt": late["escalateAt"]}, tx=tx)
        if case is not None:
            await advance(store, tx, SYSTEM, case, CaseAction.ESCALATE, note="Not answered in time.")

    await store.db.transaction(work)
    return True


@answers
async def reveal_contact(store: Store, actor: Actor, ask: RevealContact) -> ContactView:
    """See RevealContact. Refuses with contact_hidden and contact_missing."""
    case = await store[CASES].get({"_id": ask.case_id})
    if case is None or not actor.scope(MANAGERS).covers(case["area"]):
        raise NotFound("not_found.case")
    if case["anonymous"]:
        raise Refused("contact_hidden", "caseId")
    if not case["contact"]:
        raise Refused("contact_missing", "caseId")

    async def work(tx: Tx) -> None:
        # The reason is a person's free text: the history keeps it encrypted, the log knows only that there was one.
        await add_line(store, tx, case["_id"], datetime.now(UTC), actor.id, "REVEAL_CONTACT", case["level"], ask.reason)
        await store.outbox.record(
            tx,
            actor.acting(MANAGERS, case["area"]),
            action=AuditAction.CONTACT_REVEAL,
            subject=Subject(type="Case", id=case["_id"]),
            concerns=of_case(case),
            area=case["area"],
        )

    await store.db.transaction(work)
    return ContactView(contact=store.keys.decrypt(case["contact"], f"case:{case['_id']}:contact"))


@answers
async def list_attachments(store: Store, actor: Actor, ask: ListAttachments) -> AttachmentsAnswer:
    """See ListAttachments. Who only filed a case knows its files already."""
    seen = await casebook.seen(store, actor, ask.case_ids)
    found = [c for c in seen if c["attachments"] and casebook.handles(actor, c)]
    for case in found:
        await store.outbox.record_entry(
            actor.anywhere(ask.roles),
            action=AuditAction.ATTACHMENT_REVEAL,
            subject=Subject(type="Case", id=case["_id"]),
            concerns=of_case(case),
            area=case["area"],
        )
    return AttachmentsAnswer(
        nodes=tuple(
            [
                CaseAttachments(
                    case_id=c["_id"], nodes=tuple([await attachments.view(store, a) for a in c["attachments"]])
                )
                for c in found
            ]
        )
    )
