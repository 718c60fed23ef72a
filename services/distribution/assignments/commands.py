"""Commands on assignments."""

from datetime import UTC, date, datetime
from typing import Any

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.assignments import (
    AssignmentEnded,
    AssignmentView,
    AssignOfficer,
    EndAssignment,
    OfficerAssigned,
    ReassignOfficer,
)
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.distribution import TRACKERS
from amanah.contracts.errors import Conflict, NotFound, Refused
from amanah.contracts.ids import kind_of, new_id
from amanah.contracts.time_zones import local_date
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.assignments.documents import ASSIGNMENTS, AssignmentDocument, related_to_assignment
from services.distribution.assignments.rules.assignments import check_other_officer, last_day, successor_days
from services.distribution.assignments.views import assignment
from services.distribution.rounds.lookup import find_round
from services.distribution.rounds.rules.rounds import check_dates, check_within
from services.distribution.store import Store


@answers
async def assign_officer(store: Store, actor: Actor, ask: AssignOfficer) -> AssignmentView:
    """Assigns an officer. The same assignment again returns the first."""
    by = actor.acting(ask.roles, ask.area)
    check_dates(ask.starts_on, ask.ends_on)
    round_found = await find_round(store, actor.scope(TRACKERS), ask.round_id)
    check_within(ask.area, round_found["area"], "area")
    _check_person(ask.officer_id)
    document = _document(ask.round_id, ask.officer_id, ask.area, ask.starts_on, ask.ends_on, ask.daily_load)

    async def work(tx: Tx) -> AssignmentDocument:
        existing = await store[ASSIGNMENTS].get(_same(document) | {"endedAt": None}, tx=tx)
        if existing is not None:
            return existing
        await _insert(store, tx, by, document)
        return document

    return assignment(await store.db.transaction(work))


@answers
async def reassign_officer(store: Store, actor: Actor, ask: ReassignOfficer) -> AssignmentView:
    """Ends an assignment today and assigns the rest of its days to another officer."""
    _check_person(ask.officer_id)

    async def work(tx: Tx) -> AssignmentDocument:
        found, by = await _find_managed(store, tx, actor, ask)
        if found.get("replacedBy"):
            successor = await store[ASSIGNMENTS].get({"_id": found["replacedBy"]}, tx=tx)
            if successor is not None and successor["officer"] == ask.officer_id:
                return successor
        _check_not_ended(found)
        check_other_officer(found["officer"], ask.officer_id)
        today = local_date(datetime.now(UTC), found["area"])
        starts, ends = successor_days(*_days(found), today)
        made = _document(found["round"], ask.officer_id, found["area"], starts, ends, found.get("dailyLoad"))
        made["replaces"] = found["_id"]
        if await store[ASSIGNMENTS].get(_same(made) | {"endedAt": None}, tx=tx):
            raise Refused("officer_assigned", "officerId")
        await _end(store, tx, by, found, ask.reason, today, replaced_by=made["_id"])
        await _insert(store, tx, by, made)
        return made

    return await _answer(store, actor, ask, await store.db.transaction(work))


@answers
async def end_assignment(store: Store, actor: Actor, ask: EndAssignment) -> AssignmentView:
    """Ends an assignment today."""

    async def work(tx: Tx) -> AssignmentDocument:
        found, by = await _find_managed(store, tx, actor, ask)
        if found.get("endedAt"):
            return found
        return await _end(store, tx, by, found, ask.reason, local_date(datetime.now(UTC), found["area"]))

    return await _answer(store, actor, ask, await store.db.transaction(work))


async def _answer(
    store: Store, actor: Actor, ask: ReassignOfficer | EndAssignment, found: AssignmentDocument
) -> AssignmentView:
    answer = assignment(found, store.keys)
    if answer.ended_by != actor.id:  # a repeat shows the reason of another person
        await store.outbox.trail.record_read(actor, ask, answer)
    return answer


def _check_person(officer_id: str) -> None:
    if kind_of(officer_id) != "User":
        raise Refused("officer_unknown.kind", "officerId")


def _check_not_ended(found: AssignmentDocument) -> None:
    if found.get("endedAt"):
        raise Refused("assignment_over.ended", "assignmentId")


async def _find_managed(
    store: Store, tx: Tx, actor: Actor, ask: ReassignOfficer | EndAssignment
) -> tuple[AssignmentDocument, Acting]:
    """Returns the assignment, and the role in which the actor manages its area. NotFound for one elsewhere."""
    scope = actor.scope(ask.roles)
    found = await store[ASSIGNMENTS].get({"_id": ask.assignment_id, **scope.condition("area")}, tx=tx)
    if found is None:
        raise NotFound("not_found.assignment")
    return found, actor.acting(ask.roles, found["area"])


def _document(
    round_id: str, officer: str, area: str, starts: date, ends: date, daily_load: int | None
) -> AssignmentDocument:
    document: AssignmentDocument = {
        "_id": new_id("asg"),
        "round": round_id,
        "officer": officer,
        "area": area,
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "dailyLoad": daily_load,
    }
    # Unique while it is not ended early, so that two equal requests at once make one assignment.
    return document | {"once": "|".join(_same(document).values())}


def _same(document: AssignmentDocument) -> dict[str, str]:
    return {
        "round": document["round"],
        "officer": document["officer"],
        "area": document["area"],
        "starts": document["starts"],
        "ends": document["ends"],
    }


def _days(found: AssignmentDocument) -> tuple[date, date]:
    return date.fromisoformat(found["starts"]), date.fromisoformat(found["ends"])


def _state(document: AssignmentDocument) -> dict[str, Any]:
    ended_at = document.get("endedAt")
    ending = {
        "endedAt": ended_at.isoformat() if ended_at else None,
        "endedBy": document.get("endedBy"),
        "endReason": document.get("endReason"),
        "replacedBy": document.get("replacedBy"),
        "replaces": document.get("replaces"),
    }
    present = {field: value for field, value in ending.items() if value is not None}
    return _same(document) | {"dailyLoad": document.get("dailyLoad")} | present


async def _insert(store: Store, tx: Tx, by: Acting, document: AssignmentDocument) -> None:
    await store[ASSIGNMENTS].insert(document, tx=tx)
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.OFFICER_ASSIGN,
        subject=Subject(type="Assignment", id=document["_id"]),
        concerns=related_to_assignment(document),
        area=document["area"],
        authority=document["round"],
        event=OfficerAssigned(
            assignment_id=document["_id"],
            round_id=document["round"],
            officer_id=document["officer"],
            area=document["area"],
            starts_on=document["starts"],
            ends_on=document["ends"],
            daily_load=document["dailyLoad"],
            replaces=document.get("replaces"),
        ),
        after=store.seal(document["_id"], _state(document)),
    )


async def _end(
    store: Store,
    tx: Tx,
    by: Acting,
    found: AssignmentDocument,
    reason: str,
    today: date,
    replaced_by: str | None = None,
) -> AssignmentDocument:
    """Ends the assignment. Its days until then stay, with the handovers that they allow."""
    starts, ends = _days(found)
    last = last_day(starts, ends, today)
    now = datetime.now(UTC)
    change: Document = {
        "ends": last.isoformat(),
        "plannedUntil": found["ends"],
        "endedAt": now.replace(microsecond=now.microsecond // 1000 * 1000),
        "endedBy": by.id,
        # A reason may be a person's illness or conduct.
        "endReason": store.keys.encrypt(reason, f"assignment:{found['_id']}"),
        "replacedBy": replaced_by,
    }
    open_one = {"_id": found["_id"], "endedAt": None}
    ended = await store[ASSIGNMENTS].change(open_one, {"$set": change, "$unset": {"once": ""}}, tx=tx)
    if ended is None:
        raise Conflict("conflict.assignment")
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.ASSIGNMENT_END,
        subject=Subject(type="Assignment", id=found["_id"]),
        concerns=related_to_assignment(ended),
        area=found["area"],
        authority=found["round"],
        event=AssignmentEnded(
            assignment_id=found["_id"],
            round_id=found["round"],
            officer_id=found["officer"],
            area=found["area"],
            ends_on=last,
            planned_until=ends,
            replaced_by=replaced_by,
        ),
        before=store.seal(found["_id"], _state(found)),
        after=store.seal(found["_id"], _state(ended)),
    )
    return ended
