"""Rosters: the active recipients of an area, frozen when proposed, in force once a second person approves."""

from dataclasses import asdict

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import kind_of, new_id
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.register import RecipientStatus
from amanah.contracts.rosters import (
    ApproveRoster,
    ProposeRoster,
    RosterApproved,
    RosterProposed,
    RosterStatus,
    RosterView,
)
from amanah.runtime.mongo import Tx
from amanah.runtime.objects import ROSTERS
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.recipients.rosters.payees import Kept, forget, keep
from services.recipients.rosters.rules import Freezer, Frozen, hash_of, may_approve, overlaps
from services.recipients.rosters.views import roster_view
from services.recipients.store import Store, now, within

_BLIND = {"nikBlind": 1, "householdBlind": 1, "personBlind": 1}
_LINE = {"area": 1, "version": 1, "latitude_e6": 1, "longitude_e6": 1, **_BLIND}


@answers
async def propose_roster(store: Store, actor: Actor, ask: ProposeRoster) -> RosterView:
    """Freezes the active recipients of the area. What is approved later is this content, byte for byte.

    Refuses with program_unknown, area_unknown and roster_empty.
    """
    by = actor.acting(ask.roles, ask.area)
    if kind_of(ask.program_id) != "Program":
        raise Refused("program_unknown", "programId")
    if store.areas.get(ask.area) is None:
        raise Refused("area_unknown", "area")
    frozen = await _freeze(store, actor, ask)
    roster_id = new_id("ros")
    document: Document = {
        "_id": roster_id,
        "program": ask.program_id,
        "period": ask.period,
        "area": ask.area,
        "status": RosterStatus.PROPOSED,
        "size": frozen.size,
        "hash": frozen.hash,
        "key": f"{roster_id}.jsonl.gz",
        "villages": [{"area": area, "count": count} for area, count in frozen.villages.items()],
        "duplicates": frozen.duplicates,
        "forPayment": ask.for_payment,
        "proposedBy": _by(by),
        "proposedAt": now(),
        "approvedBy": None,
        "approvedAt": None,
        "decree": None,
    }
    await store.objects.put(ROSTERS, document["key"], frozen.packed, "application/gzip")

    async def propose(tx: Tx) -> None:
        await store.rosters.insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROSTER_PROPOSE,
            subject=Subject(type="Roster", id=roster_id),
            concerns=related_subjects(ask.program_id),
            event=RosterProposed(
                roster_id=roster_id, program_id=ask.program_id, period=ask.period, area=ask.area, size=frozen.size
            ),
            area=ask.area,
            after=f"sha256:{frozen.hash}",
        )

    await store.db.transaction(propose)
    return roster_view(document)


async def _freeze(store: Store, actor: Actor, ask: ProposeRoster) -> Frozen:
    condition = within(actor.scope(ask.roles).narrowed(ask.area), {"status": RecipientStatus.ACTIVE})
    freezer = Freezer()
    async for recipient in store.recipients.stream(condition, sort=[("_id", 1)], projection=_LINE):
        freezer.add(recipient)
    frozen = freezer.frozen()
    if frozen.size == 0:
        raise Refused("roster_empty", "area")
    return frozen


@answers
async def approve_roster(store: Store, actor: Actor, ask: ApproveRoster) -> RosterView:
    """Puts a proposed roster in force on the authority of a decree. A repeat by the same person answers the first.

    Refuses with roster_not_proposed, same_person, roster_has_duplicates, roster_exists (another of the program and
    period holds recipients of this area), roster_mismatch (the stored content is not what was proposed) and reason_unfit.
    """
    fit_for_log(ask.decree, "decree")
    scope = actor.scope(ask.roles)
    found = await store.rosters_of(scope, [ask.roster_id])
    if not found:
        raise NotFound("not_found.roster")
    by = actor.acting(ask.roles, found[0]["area"])
    await _check_content(store, found[0])
    payees = await _payees(store, by, found[0])

    async def approve(tx: Tx) -> Document:
        roster = (await store.rosters_of(scope, [ask.roster_id], tx=tx))[0]
        if roster["approvedBy"] == _by(by) and roster["decree"] == ask.decree:
            return roster
        may_approve(by.id, roster["proposedBy"]["id"], roster["status"], roster["duplicates"])
        await _only_one(store, tx, roster)
        change = {
            "status": RosterStatus.APPROVED,
            "approvedBy": _by(by),
            "approvedAt": now(),
            "decree": ask.decree,
            "payees": asdict(payees) if payees else None,
        }
        await store.rosters.update({"_id": roster["_id"]}, {"$set": change}, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROSTER_APPROVE,
            subject=Subject(type="Roster", id=roster["_id"]),
            concerns=related_subjects(roster["program"], roster["proposedBy"]["id"]),
            event=_approved(roster, ask.decree, payees),
            authority=ask.decree,
            area=roster["area"],
            before=f"sha256:{roster['hash']}",
            after=f"sha256:{roster['hash']}",
        )
        return roster | change

    try:
        approved = await store.db.transaction(approve)
    except Refused:
        if payees:
            await forget(store, payees)
        raise
    if payees and approved.get("payees") != asdict(payees):
        await forget(store, payees)
    return roster_view(approved)


async def _payees(store: Store, by: Acting, roster: Document) -> Kept | None:
    """The payees of a roster for payment that may be approved now; whether it may is decided by the transaction."""
    wanted = roster.get("forPayment") and roster["status"] == RosterStatus.PROPOSED
    return await keep(store, roster) if wanted and roster["proposedBy"]["id"] != by.id else None


async def _check_content(store: Store, roster: Document) -> None:
    try:
        intact = hash_of(await store.objects.get(ROSTERS, roster["key"])) == roster["hash"]
    except (NotFound, OSError, EOFError):
        intact = False
    if not intact:
        raise Refused("roster_mismatch", "rosterId")


async def _only_one(store: Store, tx: Tx, roster: Document) -> None:
    """Refuses a second roster over the same recipients. Approvals of one period wait for each other at its document."""
    key = f"{roster['program']}|{roster['period']}"
    await store.periods.change({"_id": key}, {"$inc": {"approvals": 1}}, upsert=True, tx=tx)
    same_period = {"program": roster["program"], "period": roster["period"], "status": RosterStatus.APPROVED}
    approved = await store.rosters.list(same_period, projection={"area": 1}, tx=tx)
    if overlaps(roster["area"], (each["area"] for each in approved)):
        raise Refused("roster_exists", "rosterId")


def _approved(roster: Document, decree: str, payees: Kept | None) -> RosterApproved:
    return RosterApproved(
        roster_id=roster["_id"],
        program_id=roster["program"],
        period=roster["period"],
        area=roster["area"],
        size=roster["size"],
        hash=roster["hash"],
        decree=decree,
        bucket=ROSTERS,
        object_key=roster["key"],
        payees_key=payees.key if payees else None,
        payees_hash=payees.hash if payees else None,
    )


def _by(by: Acting) -> Document:
    return {"id": by.id, "name": by.name, "role": by.role}
