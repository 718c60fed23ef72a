"""Commands on the register: revealing a recipient's NIK, which writes its audit entry first."""

from datetime import timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.register import RevealedNik, RevealNik
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.recipients.register.documents import RECIPIENTS, REVEALS
from services.recipients.register.personal_data import decrypt_number
from services.recipients.store import Store, find_by_ids, in_scope, now


@answers
async def reveal_nik(store: Store, actor: Actor, ask: RevealNik) -> RevealedNik:
    """Returns the full NIK of one recipient, after its audit entry is stored.

    Refuses with reason_unfit and reveals_spent; raises NotFound outside the viewer's scope.
    """
    reason = fit_for_log(ask.reason, "reason")
    found = await find_by_ids(store[RECIPIENTS], [ask.recipient_id], in_scope(actor.scope(ask.roles)))
    if not found:
        raise NotFound("not_found.recipient")
    recipient = found[0]

    async def record(tx: Tx) -> None:
        await _count_reveal(store, tx, actor)
        await store.outbox.record(
            tx,
            actor.acting(ask.roles, recipient["area"]),
            action=AuditAction.NIK_REVEAL,
            subject=Subject(type="Recipient", id=recipient["_id"]),
            area=recipient["area"],
            reason=reason,
        )

    await store.db.transaction(record)
    return RevealedNik(nik=decrypt_number(store.keys, recipient["_id"], "nik", recipient["nik"]))


async def _count_reveal(store: Store, tx: Tx, actor: Actor) -> None:
    """Counts a reveal of the current hour. Raises Refused above the limit; a refused reveal is not counted."""
    at = now()
    counted = await store[REVEALS].change(
        {"_id": f"{actor.id}~{at:%Y%m%d%H}"},
        {"$inc": {"count": 1}, "$setOnInsert": {"until": at + timedelta(hours=2)}},
        upsert=True,
        returning="after",
        tx=tx,
    )
    most = store.settings.reveals_an_hour
    if counted is not None and counted["count"] > most:
        raise Refused("reveals_spent", most=most)
