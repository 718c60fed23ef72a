"""Actions on cases until they are resolved. Each adds a line to the case's history, which is append-only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import SYSTEM, Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.cases import (
    AttachmentsAnswer,
    CaseAction,
    CaseAttachments,
    CaseKind,
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
from services.distribution.cases import attachments
from services.distribution.cases.documents import CASE_EVENTS, CASES, CaseDocument, parties, related_to_case
from services.distribution.cases.notices import notify_resolved
from services.distribution.cases.rules.access import handles, manages, oversees
from services.distribution.cases.rules.cases import RENEWS, CaseState, Deadlines, after, check, next_level
from services.distribution.cases.views import case_view
from services.distribution.cases.visibility import find_visible
from services.distribution.handovers.commands.disputes import Dispute, dispute, uphold
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
    """Adds a line to a case's history, numbered by the case's count of lines."""
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


def state(case: CaseDocument) -> dict[str, Any]:
    """Returns the state of a case that its audit entries seal."""
    return {
        "kind": case["kind"],
        "status": case["status"],
        "level": case["level"],
        "assignee": case["assignee"],
        "subject": case["subject"],
        "handover": case["handover"],
        "anonymous": case["anonymous"],
        "dueAt": case["dueAt"].isoformat(),
    }


def deadlines(store: Store) -> Deadlines:
    """Returns the deadlines that operators have set."""
    return Deadlines(store.settings.case_hours, frozenset(store.settings.holidays))


@answers
async def update_case(store: Store, actor: Actor, ask: UpdateCase) -> CaseView:
    """Takes an action on a case. Refuses with the codes of `check`, assignee_unknown and party_to_case."""
    if ask.action == CaseAction.ASSIGN and ask.assignee_id and kind_of(ask.assignee_id) != "User":
        raise Refused("assignee_unknown.kind", "assigneeId")

    async def work(tx: Tx) -> CaseDocument:
        case = await store[CASES].get({"_id": ask.case_id}, tx=tx)
        if case is None:
            raise NotFound("not_found.case")
        by = _handler(actor, case, ask.action)
        check(_state(case), ask.action, note=ask.note, assignee=ask.assignee_id)
        _check_not_a_party(actor, case, ask)
        return await advance(
            store, tx, by, case, ask.action, note=ask.note, assignee=ask.assignee_id, outcome=ask.outcome
        )

    return case_view(store.keys, actor, await store.db.transaction(work))


def _state(case: CaseDocument) -> CaseState:
    return CaseState(CaseStatus(case["status"]), CaseLevel(case["level"]), case["assignee"])


def _handler(actor: Actor, case: CaseDocument, action: CaseAction) -> Acting:
    """Returns the actor in the role that allows the action. NotFound for an actor who may not see the case."""
    if manages(actor, case["area"]):
        return actor.acting(MANAGERS, case["area"])
    if case["assignee"] == actor.id:
        if action in (CaseAction.NOTE, CaseAction.RESOLVE):
            return actor.anywhere(UpdateCase.roles)
        raise Forbidden("forbidden.case_assignee")
    if case["filedBy"] == actor.id or oversees(actor, case["area"]):
        raise Forbidden("forbidden.case")
    raise NotFound("not_found.case")


def _check_not_a_party(actor: Actor, case: CaseDocument, ask: UpdateCase) -> None:
    """Refuses the officer whom a case is about as its assignee or judge."""
    judges = {CaseAction.ASSIGN: (ask.assignee_id, "assigneeId"), CaseAction.RESOLVE: (actor.id, "action")}
    judge, named = judges.get(ask.action, (None, None))
    if judge is not None and judge == case["party"]:
        raise Refused("party_to_case", named)


async def advance(
    store: Store,
    tx: Tx,
    by: Acting,
    case: CaseDocument,
    action: CaseAction,
    *,
    note: str | None = None,
    assignee: str | None = None,
    outcome: str | None = None,
) -> CaseDocument:
    """Applies an action that passed `check`, with its line, event and audit entry. Returns the case after it."""
    now = datetime.now(UTC)
    then = after(_state(case), action, assignee)
    due = case["dueAt"]
    if action in RENEWS:
        due = deadlines(store).due(CaseKind(case["kind"]), then.level, case["area"], now)
    waits = then.status != CaseStatus.RESOLVED and next_level(then.level) is not None
    before = case
    if action != CaseAction.NOTE:
        escalate_at = due if waits else None
        case = {
            **before,
            "status": then.status,
            "level": then.level,
            "assignee": then.assignee,
            "dueAt": due,
            "escalateAt": escalate_at,
        }
        changed = {part: case.get(part) for part in ("status", "level", "assignee", "dueAt", "escalateAt")}
        await store[CASES].update({"_id": case["_id"]}, {"$set": changed}, tx=tx)
    await add_line(store, tx, case["_id"], now, by.id, action, then.level, note)
    await store.outbox.record(
        tx,
        by,
        action=_AUDIT_ACTIONS[action],
        subject=Subject(type="Case", id=case["_id"]),
        concerns=tuple(dict.fromkeys(related_to_case(before) + related_to_case(case))),
        area=case["area"],
        authority=case["round"] or "",
        event=CaseUpdated(
            case_id=case["_id"],
            kind=CaseKind(case["kind"]),
            action=action,
            was=CaseStatus(before["status"]),
            status=CaseStatus(case["status"]),
            level=CaseLevel(case["level"]),
            at=now,
            due_at=due,
            area=case["area"],
            round_id=case["round"],
            parties=tuple(dict.fromkeys(parties(before) + parties(case))),
        ),
        before=store.seal(case["_id"], state(before)),
        after=store.seal(case["_id"], state(case)),
    )
    if action == CaseAction.RESOLVE:
        if case["handover"] is not None and outcome != CaseOutcome.FOR_CORRECTION:
            await uphold(store, tx, by, _dispute(case, case["handover"]), now)
        await notify_resolved(store, tx, case)
    elif action == CaseAction.REOPEN and case["handover"] is not None:
        await dispute(store, tx, by, _dispute(case, case["handover"]), now)
    return case


def _dispute(case: CaseDocument, handover: str) -> Dispute:
    """Returns the dispute of a handover by a case."""
    return Dispute(case_id=case["_id"], kind=CaseKind(case["kind"]), handover_id=handover, anonymous=case["anonymous"])


async def escalate_overdue(store: Store) -> bool:
    """Escalates a case that its level did not answer in time; False when there is none. The work of a background worker."""
    now = datetime.now(UTC)
    late = await store[CASES].get({"escalateAt": {"$lt": now}}, sort=[("escalateAt", 1)])
    if late is None:
        return False

    async def work(tx: Tx) -> None:
        # Another instance or a person may have changed it meanwhile: then its deadline is another, or none.
        case = await store[CASES].get({"_id": late["_id"], "escalateAt": late["escalateAt"]}, tx=tx)
        if case is not None:
            await advance(store, tx, SYSTEM, case, CaseAction.ESCALATE, note="Not answered in time.")

    await store.db.transaction(work)
    return True


@answers
async def reveal_contact(store: Store, actor: Actor, ask: RevealContact) -> ContactView:
    """Returns the contact of a complaint. Refuses with contact_hidden and contact_missing."""
    case = await store[CASES].get({"_id": ask.case_id})
    if case is None or not actor.scope(MANAGERS).covers(case["area"]):
        raise NotFound("not_found.case")
    if case["anonymous"]:
        raise Refused("contact_hidden", "caseId")
    if not case["contact"]:
        raise Refused("contact_missing", "caseId")

    async def work(tx: Tx) -> None:
        # The reason is free text, which may name people: encrypted in the history, and not in the audit entry.
        await add_line(
            store, tx, case["_id"], datetime.now(UTC), actor.id, "REVEAL_CONTACT", CaseLevel(case["level"]), ask.reason
        )
        await store.outbox.record(
            tx,
            actor.acting(MANAGERS, case["area"]),
            action=AuditAction.CONTACT_REVEAL,
            subject=Subject(type="Case", id=case["_id"]),
            concerns=related_to_case(case),
            area=case["area"],
        )

    await store.db.transaction(work)
    return ContactView(contact=store.keys.decrypt(case["contact"], f"case:{case['_id']}:contact"))


@answers
async def list_attachments(store: Store, actor: Actor, ask: ListAttachments) -> AttachmentsAnswer:
    """Lists the attachments of cases for their handlers, with an audit entry a case. Authors know their own files."""
    visible = await find_visible(store, actor, ask.case_ids)
    found = [c for c in visible if c["attachments"] and handles(actor, c["area"], c["assignee"])]
    for case in found:
        await store.outbox.record_entry(
            actor.anywhere(ask.roles),
            action=AuditAction.ATTACHMENT_REVEAL,
            subject=Subject(type="Case", id=case["_id"]),
            concerns=related_to_case(case),
            area=case["area"],
        )
    return AttachmentsAnswer(
        nodes=tuple(
            [
                CaseAttachments(
                    case_id=c["_id"], nodes=tuple([await attachments.link(store, a) for a in c["attachments"]])
                )
                for c in found
            ]
        )
    )
