"""Rounds: opened over an approved roster, with one entitlement for each of its recipients."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import MAX_RELATED, Subject, related_subjects
from amanah.contracts.distribution import VIEWERS
from amanah.contracts.errors import NotYet, Refused
from amanah.contracts.ids import just_made, kind_of, new_id
from amanah.contracts.rounds import (
    CreateRound,
    EntitlementStatus,
    RoundCreated,
    RoundOpened,
    RoundStatus,
    RoundView,
    VillageEntitlements,
)
from amanah.runtime.jobs import NEVER, Job, Jobs, LeaseLost
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.rounds import rosters
from services.distribution.rounds.confirmation_codes import code_hash
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    PROGRAMS,
    ROSTERS,
    ROUNDS,
    EntitlementDocument,
    ProgramDocument,
    RosterDocument,
    RoundDocument,
)
from services.distribution.rounds.rules.entitlements import entitlement_id
from services.distribution.rounds.rules.quantities import items
from services.distribution.rounds.rules.rounds import check_dates, check_roster
from services.distribution.rounds.views import due_in, program_items, round_
from services.distribution.store import Store

_VILLAGES_AN_EVENT = 2000
# With the roster, what one audit entry can name.
_BATCH = MAX_RELATED - 1
_LEASE = timedelta(seconds=20)


def round_jobs(store: Store) -> Jobs[RoundDocument]:
    """Returns the rounds whose entitlements are still to be created."""
    return Jobs(store[ROUNDS], {"status": RoundStatus.OPENING}, lease=_LEASE, time_field="workedAt", time_is_start=True)


@answers
async def create_round(store: Store, actor: Actor, ask: CreateRound) -> RoundView:
    """Creates a round over an approved roster. The same round again returns the first."""
    check_dates(ask.starts_on, ask.ends_on)
    program = await store[PROGRAMS].get({"_id": ask.program_id})
    if program is None:
        raise Refused("program_unknown", "programId")
    roster = await _approved_roster(store, actor, ask.roster_id)
    by = actor.acting(ask.roles, roster["area"])
    check_roster(program["_id"], roster["program"])
    await rosters.check(store.objects, roster)
    document: RoundDocument = {
        "_id": new_id("rnd"),
        "program": program["_id"],
        "roster": roster["_id"],
        "name": ask.name,
        "status": RoundStatus.OPENING,
        "area": roster["area"],
        "starts": ask.starts_on.isoformat(),
        "ends": ask.ends_on.isoformat(),
        "size": roster["size"],
        "items": program["items"],
        "thresholds": program["thresholds"],
        "created": 0,
        "workedAt": datetime.now(UTC) if roster["size"] <= store.settings.open_at_once else NEVER,
    }

    async def work(tx: Tx) -> RoundDocument:
        same = {"program": program["_id"], "roster": roster["_id"], "name": ask.name}
        existing = await store[ROUNDS].get(same, tx=tx)
        if existing is not None:
            if (existing["starts"], existing["ends"]) != (document["starts"], document["ends"]):
                raise Refused("name_taken", "name")
            return existing
        await store[ROUNDS].insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.ROUND_CREATE,
            subject=Subject(type="Round", id=document["_id"]),
            concerns=related_subjects(program["_id"], roster["_id"]),
            area=document["area"],
            authority=roster["decree"],
            event=_created(document, program, roster),
            after=store.seal(document["_id"], _state(document)),
        )
        return document

    made = await store.db.transaction(work)
    if made["status"] == RoundStatus.OPENING and made["size"] <= store.settings.open_at_once:
        made = await open_round(store, made)
    return round_(made)


def _created(document: RoundDocument, program: ProgramDocument, roster: RosterDocument) -> RoundCreated:
    return RoundCreated(
        round_id=document["_id"],
        program_id=program["_id"],
        program_name=program["name"],
        roster_id=roster["_id"],
        roster_hash=roster["hash"],
        decree=roster["decree"],
        name=document["name"],
        area=document["area"],
        starts_on=document["starts"],
        ends_on=document["ends"],
        items=program_items(document["items"]),
    )


def _state(document: RoundDocument) -> dict[str, Any]:
    return {k: document[k] for k in ("program", "roster", "name", "area", "starts", "ends", "size", "items")}


async def _approved_roster(store: Store, actor: Actor, roster_id: str) -> RosterDocument:
    """Waits for the roster's approval from the bus and returns the roster.

    A roster outside the actor's scope gets the same answer as an unknown one, after the same time. NotYet only while the
    event of the roster itself may be on its way.
    """
    if kind_of(roster_id) != "Roster":
        raise Refused("roster_not_approved.kind", "rosterId")
    scope = actor.scope(VIEWERS)
    until = time.monotonic() + store.settings.roster_wait_s
    coming = just_made(roster_id, datetime.now(UTC))
    while True:
        found = await store[ROSTERS].get({"_id": roster_id})
        seen = found is not None and scope.covers(found["area"])
        if found is not None and seen and found["approved"]:
            return found
        if time.monotonic() >= until:
            break
        await asyncio.sleep(0.1)
    if coming and not seen:
        raise NotYet("not_yet.roster", "rosterId")
    raise Refused("roster_not_approved", "rosterId")


async def open_round(store: Store, round_found: RoundDocument) -> RoundDocument:
    """Creates the missing entitlements, then opens the round.

    It may stop anywhere and run again, also in several instances at once: each batch is one transaction that also moves the
    round's position by compare-and-set, and only one transaction turns OPENING into OPEN.
    """
    roster = await store[ROSTERS].get({"_id": round_found["roster"]})
    if roster is None:
        raise Refused("roster_not_approved.gone")
    villages: Counter[str] = Counter()
    batch: list[EntitlementDocument] = []
    done = 0
    async for line in rosters.lines(store.objects, roster):
        villages[line.area] += 1
        done += 1
        if done <= round_found["created"]:
            continue
        batch.append(_entitlement(store, round_found["_id"], line))
        if len(batch) == _BATCH:
            round_found = await _create(store, round_found, roster, batch)
            batch = []
    if batch:
        round_found = await _create(store, round_found, roster, batch)
    return await _opened(store, round_found, villages)


def _entitlement(store: Store, round_id: str, line: rosters.Line) -> EntitlementDocument:
    identifier = entitlement_id(round_id, line.recipient_id)
    return {
        "_id": identifier,
        "round": round_id,
        "recipient": line.recipient_id,
        "area": line.area,
        "home": line.home,
        "household": line.household,
        "nik": line.nik,
        "status": EntitlementStatus.PENDING,
        "codeHash": code_hash(store.keys, identifier),
    }


async def _create(
    store: Store, round_found: RoundDocument, roster: RosterDocument, batch: Sequence[EntitlementDocument]
) -> RoundDocument:
    """Creates entitlements and returns the round after them, or as another instance left it if that has created them."""
    job, created = round_jobs(store).of(round_found), round_found["created"]

    async def work(tx: Tx) -> RoundDocument:
        here = {"status": RoundStatus.OPENING, "created": created}
        moved = await job.move(here, {"$set": {"created": created + len(batch)}}, tx=tx)
        await store[ENTITLEMENTS].insert_many(batch, tx=tx)
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.ENTITLEMENT_CREATE,
            subject=Subject(type="Round", id=moved["_id"]),
            concerns=related_subjects(roster["_id"], *(each["recipient"] for each in batch)),
            area=moved["area"],
            authority=roster["decree"],
            after=store.seal(moved["_id"], {"entitlements": [each["_id"] for each in batch]}),
        )
        return moved

    try:
        return await store.db.transaction(work)
    except LeaseLost:
        return await store[ROUNDS].get({"_id": round_found["_id"]}) or round_found


async def _opened(store: Store, round_found: RoundDocument, villages: Counter[str]) -> RoundDocument:
    due = due_in(round_found)
    counts = tuple(
        VillageEntitlements(area=area, count=n, quantities=items({sku: q * n for sku, q in due.items()}))
        for area, n in sorted(villages.items())
    )
    job, total = round_jobs(store).of(round_found), villages.total()

    async def work(tx: Tx) -> RoundDocument:
        change: Document = {"$set": {"status": RoundStatus.OPEN, "size": total}}
        opened = await job.move({"status": RoundStatus.OPENING}, change, tx=tx)
        sealed = store.seal(opened["_id"], {"entitlements": total, "villages": dict(sorted(villages.items()))})
        for some in _parts(counts):
            await store.outbox.record(
                tx,
                SYSTEM,
                action=AuditAction.ROUND_OPEN,
                subject=Subject(type="Round", id=opened["_id"]),
                concerns=related_subjects(opened["program"], opened["roster"]),
                area=opened["area"],
                event=RoundOpened(round_id=opened["_id"], entitlement_count=sum(v.count for v in some), villages=some),
                after=sealed,
            )
        return opened

    try:
        return await store.db.transaction(work)
    except LeaseLost:
        return await store[ROUNDS].get({"_id": round_found["_id"]}) or round_found


def _parts(counts: Sequence[VillageEntitlements]) -> Iterator[tuple[VillageEntitlements, ...]]:
    """Yields the villages in parts that fit into a message of the bus; one part for a round without villages."""
    for first in range(0, max(1, len(counts)), _VILLAGES_AN_EVENT):
        yield tuple(counts[first : first + _VILLAGES_AN_EVENT])


async def open_waiting(store: Store) -> bool:
    """Opens one waiting round and returns true if there was one. Runs in a background worker."""
    return await round_jobs(store).work(partial(_resume, store))


async def _resume(store: Store, job: Job[RoundDocument]) -> None:
    await open_round(store, job.document)
