"""Programs: what is given to whom."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit import Subject
from amanah.contracts.distribution import CreateProgram, ProgramCreated, ProgramView
from amanah.contracts.errors import Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import milli
from amanah.mongo import Document, Tx
from services.distribution import views
from services.distribution.domain.handovers import Thresholds
from services.distribution.domain.rounds import check_items
from services.distribution.store import Store


async def create_program(store: Store, actor: Actor, ask: CreateProgram) -> ProgramView:
    """See CreateProgram."""
    by = actor.anywhere(ask.roles)
    check_items(ask.items)
    document: Document = {
        "_id": new_id("prg"),
        "code": ask.code,
        "name": ask.name,
        "items": [
            {"sku": i.sku, "name": i.name, "unit": i.unit, "quantity": milli(i.quantity_per_recipient)}
            for i in ask.items
        ],
        "thresholds": Thresholds().model_dump(),
    }

    async def work(tx: Tx) -> Document:
        existing = await store.programs.get({"code": ask.code}, tx=tx)
        if existing is not None:
            if (existing["name"], existing["items"]) != (document["name"], document["items"]):
                raise Refused("code_taken", "Another program has this code; choose another code.", "code")
            return existing
        await store.programs.insert(document, tx=tx)
        await store.outbox.record(
            tx,
            by,
            action="distribution:program:create",
            subject=Subject(type="Program", id=document["_id"]),
            event=ProgramCreated(program_id=document["_id"], code=ask.code, name=ask.name, items=ask.items),
            after=store.seal(document["_id"], {"code": ask.code, "items": document["items"], "name": ask.name}),
        )
        return document

    return views.program(await store.db.transaction(work))
