"""Commands on programs."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import milli
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.rounds import CreateProgram, ProgramCreated, ProgramView, SetThresholds, Thresholds
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.rounds import views as views_module
from services.distribution.rounds.documents import PROGRAMS, ROUNDS, ProgramDocument
from services.distribution.rounds.rules.money import check_money
from services.distribution.rounds.rules.rounds import check_items
from services.distribution.store import Store


@answers
async def create_program(store: Store, actor: Actor, ask: CreateProgram) -> ProgramView:
    """Creates a program. The same program again returns the first."""
    by = actor.anywhere(ask.roles)
    check_items(ask.items)
    check_money(ask.items, ask.kind)
    document: ProgramDocument = {
        "_id": new_id("prg"),
        "code": ask.code,
        "name": ask.name,
        "items": [
            {"sku": i.sku, "name": i.name, "unit": i.unit, "quantity": milli(i.quantity_per_recipient)}
            for i in ask.items
        ],
        "thresholds": Thresholds(**ask.thresholds.changed_values()).model_dump(),
        "paidIsDelivered": ask.paid_is_delivered,
    }

    async def work(tx: Tx) -> ProgramDocument:
        existing = await store[PROGRAMS].get({"code": ask.code}, tx=tx)
        if existing is not None:
            if any(existing.get(part) != document[part] for part in ("name", "items", "paidIsDelivered")):
                raise Refused("code_taken.program", "code")
            return existing
        await store[PROGRAMS].insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PROGRAM_CREATE,
            subject=Subject(type="Program", id=document["_id"]),
            event=ProgramCreated(program_id=document["_id"], code=ask.code, name=ask.name, items=ask.items),
            after=store.seal(document["_id"], _state(document)),
        )
        return document

    return views_module.program(await store.db.transaction(work))


def _state(program: ProgramDocument) -> Document:
    return {part: program.get(part) for part in ("code", "items", "name", "paidIsDelivered", "thresholds")}


@answers
async def set_thresholds(store: Store, actor: Actor, ask: SetThresholds) -> ProgramView:
    """Sets thresholds of a program and of its rounds."""
    by = actor.anywhere(ask.roles)
    fit_for_log(ask.authority, "authority")
    given = ask.thresholds.changed_values()
    if not given:
        raise Refused("thresholds_missing", "thresholds")

    async def work(tx: Tx) -> ProgramDocument:
        before = await store[PROGRAMS].get({"_id": ask.program_id}, tx=tx)
        if before is None:
            raise NotFound("not_found.program")
        rounds = await store[ROUNDS].list({"program": ask.program_id}, projection={"area": 1}, tx=tx)
        for reached in rounds:
            actor.acting(ask.roles, reached["area"])
        thresholds = {**Thresholds.model_validate(before["thresholds"]).model_dump(), **given}
        if thresholds == before["thresholds"]:
            return before
        change = {"$set": {"thresholds": thresholds}}
        await store[PROGRAMS].update({"_id": ask.program_id}, change, tx=tx)
        await store[ROUNDS].update_many({"program": ask.program_id}, change, tx=tx)
        after: ProgramDocument = before | {"thresholds": thresholds}
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PROGRAM_SET_THRESHOLDS,
            subject=Subject(type="Program", id=ask.program_id),
            concerns=related_subjects(*(reached["_id"] for reached in rounds)),
            authority=ask.authority,
            reason=", ".join(f"{name}={value}" for name, value in sorted(given.items())),
            before=store.seal(ask.program_id, _state(before)),
            after=store.seal(ask.program_id, _state(after)),
        )
        return after

    return views_module.program(await store.db.transaction(work))
