"""Assignments: which officer works which area of a round on which days."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit import Subject
from amanah.contracts.distribution import AssignmentView, AssignOfficer, OfficerAssigned
from amanah.contracts.errors import Refused
from amanah.contracts.ids import kind_of, new_id
from amanah.mongo import Document, Tx
from services.distribution import views
from services.distribution.domain.rounds import check_dates, check_within
from services.distribution.store import Store


async def assign_officer(store: Store, actor: Actor, ask: AssignOfficer) -> AssignmentView:
    """See AssignOfficer."""
    by = actor.acting(ask.roles, ask.area)
    check_dates(ask.starts_on, ask.ends_on)
    round_found = await store.rounds.get({"_id": ask.round_id})
    if round_found is None:
        raise Refused("round_unknown", "There is no such round; create it first.", "roundId")
    check_within(ask.area, round_found["area"], "area")
    if kind_of(ask.officer_id) != "User":
        raise Refused("officer_unknown", "This is no person's id; name the officer by their id.", "officerId")
    same: Document = {
        "round": ask.round_id,
        "officer": ask.officer_id,
        "area": ask.area,
        "starts": ask.starts_on.isoformat(),
        "ends": ask.ends_on.isoformat(),
    }
    document = {"_id": new_id("asg"), **same}

    async def work(tx: Tx) -> Document:
        existing = await store.assignments.get(same, tx=tx)
        if existing is not None:
            return existing
        await store.assignments.insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action="distribution:officer:assign",
            subject=Subject(type="Assignment", id=document["_id"]),
            area=ask.area,
            authority=ask.round_id,
            event=OfficerAssigned(
                assignment_id=document["_id"],
                round_id=ask.round_id,
                officer_id=ask.officer_id,
                area=ask.area,
                starts_on=ask.starts_on,
                ends_on=ask.ends_on,
            ),
            after=store.seal(document["_id"], same),
        )
        return document

    return views.assignment(await store.db.transaction(work))
