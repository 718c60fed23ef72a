"""Commands on rosters: proposing one, which freezes its content, and approving it, by a second person with a decree."""

from typing import Literal

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.buckets import ROSTERS as ROSTERS_BUCKET
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
from amanah.runtime.rpc import answers
from services.recipients.register.documents import RECIPIENTS, PersonDocument
from services.recipients.rosters.documents import (
    ROSTER_PERIODS,
    ROSTERS,
    PayeesDocument,
    RosterDocument,
    roster_subject,
)
from services.recipients.rosters.payees import delete_payees, store_payees
from services.recipients.rosters.rules import (
    RosterBuilder,
    RosterContent,
    RosterRecipient,
    check_approval,
    content_hash,
    overlaps,
)
from services.recipients.rosters.views import roster_view
from services.recipients.store import Store, find_by_ids, in_scope, now

_APPROVAL: tuple[Literal["status", "approvedBy", "approvedAt", "decree", "payees"], ...] = (
    "status", "approvedBy", "approvedAt", "decree", "payees",
)  # fmt: skip


@answers
async def propose_roster(store: Store, actor: Actor, ask: ProposeRoster) -> RosterView:
    """Freezes the active recipients of an area as a roster. An approval covers this content, byte for byte.

    Refuses with program_unknown, area_unknown and roster_empty.
    """
    by = actor.acting(ask.roles, ask.area)
    if kind_of(ask.program_id) != "Program":
        raise Refused("program_unknown", "programId")
    if store.areas.get(ask.area) is None:
        raise Refused("area_unknown", "area")
    content = await _collect(store, actor, ask)
    roster_id = new_id("ros")
    document: RosterDocument = {
        "_id": roster_id,
        "program": ask.program_id,
        "period": ask.period,
        "area": ask.area,
        "status": RosterStatus.PROPOSED,
        "size": content.size,
        "hash": content.hash,
        "key": f"{roster_id}.jsonl.gz",
        "villages": [{"area": area, "count": count} for area, count in content.villages.items()],
        "duplicates": content.duplicates,
        "forPayment": ask.for_payment,
        "proposedBy": _person(by),
        "proposedAt": now(),
        "approvedBy": None,
        "approvedAt": None,
        "decree": None,
    }
    await store.objects.put(ROSTERS_BUCKET, document["key"], content.packed, "application/gzip")

    async def propose(tx: Tx) -> None:
        await store[ROSTERS].insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROSTER_PROPOSE,
            subject=roster_subject(document),
            concerns=related_subjects(ask.program_id),
            event=RosterProposed(
                roster_id=roster_id, program_id=ask.program_id, period=ask.period, area=ask.area, size=content.size
            ),
            area=ask.area,
            after=f"sha256:{content.hash}",
        )

    await store.db.transaction(propose)
    return roster_view(document)


async def _collect(store: Store, actor: Actor, ask: ProposeRoster) -> RosterContent:
    """The content of the roster, from the register as it is now. Raises Refused for an empty one."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = {"$and": [{"status": RecipientStatus.ACTIVE}, in_scope(scope)]}
    fields = dict.fromkeys(RosterRecipient.__annotations__, 1)
    builder = RosterBuilder()
    async for recipient in store[RECIPIENTS].stream(condition, sort=[("_id", 1)], projection=fields):
        builder.add(recipient)
    content = builder.build()
    if content.size == 0:
        raise Refused("roster_empty", "area")
    return content


@answers
async def approve_roster(store: Store, actor: Actor, ask: ApproveRoster) -> RosterView:
    """Approves a proposed roster on the authority of a decree. A repeat by the same person returns the same answer.

    Refuses with roster_not_proposed, same_person, roster_has_duplicates, roster_exists (another of the program and
    period holds recipients of this area), roster_mismatch (the stored content is not the proposed one) and reason_unfit.
    """
    fit_for_log(ask.decree, "decree")
    visible = in_scope(actor.scope(ask.roles))
    found = await find_by_ids(store[ROSTERS], [ask.roster_id], visible)
    if not found:
        raise NotFound("not_found.roster")
    by = actor.acting(ask.roles, found[0]["area"])
    await _check_content(store, found[0])
    payees = await _store_payees(store, by, found[0])

    async def approve(tx: Tx) -> RosterDocument:
        roster = (await find_by_ids(store[ROSTERS], [ask.roster_id], visible, tx=tx))[0]
        if roster["approvedBy"] == _person(by) and roster["decree"] == ask.decree:
            return roster
        check_approval(by.id, roster["proposedBy"]["id"], roster["status"], roster["duplicates"])
        await _check_overlap(store, tx, roster)
        approved: RosterDocument = {
            **roster,
            "status": RosterStatus.APPROVED,
            "approvedBy": _person(by),
            "approvedAt": now(),
            "decree": ask.decree,
            "payees": payees,
        }
        change = {name: approved[name] for name in _APPROVAL}
        await store[ROSTERS].update({"_id": roster["_id"]}, {"$set": change}, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROSTER_APPROVE,
            subject=roster_subject(roster),
            concerns=related_subjects(roster["program"], roster["proposedBy"]["id"]),
            event=_approval_event(roster, ask.decree, payees),
            authority=ask.decree,
            area=roster["area"],
            before=f"sha256:{roster['hash']}",
            after=f"sha256:{roster['hash']}",
        )
        return approved

    try:
        approved = await store.db.transaction(approve)
    except Refused:
        if payees:
            await delete_payees(store, payees)
        raise
    if payees and approved.get("payees") != payees:
        await delete_payees(store, payees)
    return roster_view(approved)


async def _store_payees(store: Store, by: Acting, roster: RosterDocument) -> PayeesDocument | None:
    """Stores the payees of a roster for payment that seems fit for approval; the transaction decides."""
    for_payment = roster.get("forPayment") and roster["status"] == RosterStatus.PROPOSED
    return await store_payees(store, roster) if for_payment and roster["proposedBy"]["id"] != by.id else None


async def _check_content(store: Store, roster: RosterDocument) -> None:
    """Raises Refused when the stored content is not the proposed one."""
    try:
        intact = content_hash(await store.objects.get(ROSTERS_BUCKET, roster["key"])) == roster["hash"]
    except (NotFound, OSError, EOFError):
        intact = False
    if not intact:
        raise Refused("roster_mismatch", "rosterId")


async def _check_overlap(store: Store, tx: Tx, roster: RosterDocument) -> None:
    """Raises Refused for a second roster over the same recipients. Approvals of one period are serialized."""
    key = f"{roster['program']}|{roster['period']}"
    await store[ROSTER_PERIODS].change({"_id": key}, {"$inc": {"approvals": 1}}, upsert=True, tx=tx)
    same_period = {"program": roster["program"], "period": roster["period"], "status": RosterStatus.APPROVED}
    approved = await store[ROSTERS].list(same_period, projection={"area": 1}, tx=tx)
    if overlaps(roster["area"], (each["area"] for each in approved)):
        raise Refused("roster_exists", "rosterId")


def _approval_event(roster: RosterDocument, decree: str, payees: PayeesDocument | None) -> RosterApproved:
    return RosterApproved(
        roster_id=roster["_id"],
        program_id=roster["program"],
        period=roster["period"],
        area=roster["area"],
        size=roster["size"],
        hash=roster["hash"],
        decree=decree,
        bucket=ROSTERS_BUCKET,
        object_key=roster["key"],
        payees_key=payees["key"] if payees else None,
        payees_hash=payees["hash"] if payees else None,
    )


def _person(by: Acting) -> PersonDocument:
    return {"id": by.id, "name": by.name, "role": by.role}
