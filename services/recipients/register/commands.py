"""The full NIK of a recipient, for those who decide by it: one at a time, for a reason, and on the audit trail first."""

from datetime import timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.public_text import fit_for_log
from amanah.contracts.register import RevealedNik, RevealNik
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.recipients.register.documents import number
from services.recipients.store import Store, now


@answers
async def reveal_nik(store: Store, actor: Actor, ask: RevealNik) -> RevealedNik:
    """See RevealNik. What cannot be noted is not shown."""
    reason = fit_for_log(ask.reason, "reason")
    found = await store.recipients_of(actor.scope(ask.roles), [ask.recipient_id])
    if not found:
        raise NotFound("not_found.recipient")
    recipient = found[0]

    async def note(tx: Tx) -> None:
        await _count(store, tx, actor)
        await store.outbox.record(
            tx,
            actor.acting(ask.roles, recipient["area"]),
            action=AuditAction.NIK_REVEAL,
            subject=Subject(type="Recipient", id=recipient["_id"]),
            area=recipient["area"],
            reason=reason,
        )

    await store.db.transaction(note)
    return RevealedNik(nik=number(store.keys, recipient["_id"], "nik", recipient["nik"]))


async def _count(store: Store, tx: Tx, actor: Actor) -> None:
    """Counts a reveal of this hour; what is refused is not counted."""
    at = now()
    counted = await store.reveals.change(
        {"_id": f"{actor.id}~{at:%Y%m%d%H}"},
        {"$inc": {"count": 1}, "$setOnInsert": {"until": at + timedelta(hours=2)}},
        upsert=True,
        returning="after",
        tx=tx,
    )
    most = store.settings.reveals_an_hour
    if counted is not None and counted["count"] > most:
        raise Refused("reveals_spent", most=most)
