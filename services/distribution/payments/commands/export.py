"""Export of an approved batch to files. Only here are names and accounts decrypted.

A file is bounded and fits in memory; a batch may not. The order of recipients decides the files' contents, and content and
time of approval a file's bytes: writing one again writes the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.buckets import PAYMENTS
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.payments.payments import BatchStatus, Debtor, OpenPaymentFiles, PaymentBatchView, PaymentFormat
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.payments import payees
from services.distribution.payments import views as payment_views
from services.distribution.payments.commands.batches import batch_jobs, content_of, fail, move, subject, visible
from services.distribution.payments.documents import (
    PAYMENT_BATCHES,
    PaymentBatchDocument,
    PaymentFileDocument,
    related_to_batch,
)
from services.distribution.payments.rules import g2p, pain001
from services.distribution.payments.rules.instructions import Head, Instruction, message_id, total
from services.distribution.payments.rules.payments import check_exported
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    PROGRAMS,
    ROSTERS,
    ROUNDS,
    RosterDocument,
    RoundDocument,
    batch_of,
)
from services.distribution.rounds.rules.entitlements import entitlement_id
from services.distribution.store import Store


class _Writer(NamedTuple):
    document: Callable[[Head, Sequence[Instruction]], Iterator[bytes]]
    suffix: str
    content_type: str


_WRITERS = {
    PaymentFormat.PAIN_001: _Writer(pain001.document, pain001.SUFFIX, pain001.CONTENT_TYPE),
    PaymentFormat.G2P_CONNECT: _Writer(g2p.document, g2p.SUFFIX, g2p.CONTENT_TYPE),
}


async def export(store: Store, batch: PaymentBatchDocument) -> PaymentBatchDocument:
    """Writes the missing files, then EXPORTED; FAILED when the content differs from the approved one. Raises LeaseLost."""
    try:
        if (await content_of(store, batch["_id"])).hash != batch["hash"]:
            raise _mismatch()
        async for part in _parts(store, batch):
            batch = await _write(store, batch, part)
        if (sum(f["count"] for f in batch["files"]), sum(f["total"] for f in batch["files"])) != (
            batch["count"],
            batch["total"],
        ):
            raise _mismatch()
    except Refused as refused:
        if refused.code == "storage_full":  # an operator makes room, and it goes on
            raise
        for key in await store.objects.list(PAYMENTS, f"{batch['_id']}/"):
            await store.objects.delete(PAYMENTS, key)
        return await fail(store, batch, refused)
    return await store.db.transaction(lambda tx: _exported(store, tx, batch))


def _mismatch() -> Refused:
    return Refused("batch_mismatch", "batchId")


@dataclass
class _Part:
    """Payments of one file, and the last recipient in it."""

    instructions: list[Instruction] = field(default_factory=list)
    last: str = ""


async def _parts(store: Store, batch: PaymentBatchDocument) -> AsyncIterator[_Part]:
    """Yields the contents of the files that are not written yet."""
    round_found = await _round(store, batch)
    roster = await store[ROSTERS].get({"_id": round_found["roster"]})
    if roster is None:
        raise _mismatch()
    after = batch["files"][-1]["last"] if batch["files"] else ""
    part = _Part()
    async for sealed in payees.batches(store, roster, after=after):
        for recipient, instruction in await _instructions(store, batch, roster, sealed):
            part.instructions.append(instruction)
            part.last = recipient
            if len(part.instructions) == store.settings.payments_per_file:
                yield part
                part = _Part()
    if part.instructions:
        yield part


async def _instructions(
    store: Store, batch: PaymentBatchDocument, roster: RosterDocument, sealed: Sequence[payees.SealedPayee]
) -> list[tuple[str, Instruction]]:
    """Returns the payments of the batch to these payees, with the recipient of each."""
    ids = {entitlement_id(batch["round"], each.recipient_id): each for each in sealed}
    if not sealed:
        return []
    found = await store[ENTITLEMENTS].list(payees.within(sealed, batch["round"]), projection={"payment": 1})
    amounts = {e["_id"]: e["payment"]["amount"] for e in found if batch_of(e) == batch["_id"]}
    wanted = [(i, each) for i, each in ids.items() if i in amounts]
    open_payees = await payees.open_payees(store, roster["_id"], [each for _, each in wanted])
    return [
        (each.recipient_id, Instruction(i, amounts[i], payee.name, payee.bank, payee.account))
        for (i, each), payee in zip(wanted, open_payees, strict=True)
    ]


async def _write(store: Store, batch: PaymentBatchDocument, part: _Part) -> PaymentBatchDocument:
    """Writes one file, with its hash in the audit log."""
    writer, number = _WRITERS[PaymentFormat(batch["format"])], len(batch["files"]) + 1
    head = await _head(store, batch, number)
    content = await asyncio.to_thread(lambda: b"".join(writer.document(head, part.instructions)))
    name = f"{message_id(batch['_id'], number)}.{writer.suffix}"
    written: PaymentFileDocument = {
        "number": number,
        "name": name,
        "key": f"{batch['_id']}/{name}",
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "count": len(part.instructions),
        "total": total(part.instructions),
        "last": part.last,
    }
    await store.objects.put(PAYMENTS, written["key"], content, writer.content_type)

    async def keep(tx: Tx) -> PaymentBatchDocument:
        here = {"status": BatchStatus.APPROVED, "files": {"$size": number - 1}}
        moved = await batch_jobs(store).of(batch).move(here, {"$push": {"files": written}}, tx=tx)
        await store.outbox.record(
            tx, SYSTEM, action=AuditAction.PAYMENT_FILE_WRITE, subject=subject(batch),
            concerns=related_to_batch(batch), area=batch["area"], authority=batch["authority"] or "", reason=name, after=f"sha256:{written['sha256']}",
        )  # fmt: skip
        return moved

    return await store.db.transaction(keep)


async def _head(store: Store, batch: PaymentBatchDocument, number: int) -> Head:
    round_found = await _round(store, batch)
    program = await store[PROGRAMS].get({"_id": round_found["program"]})
    if program is None or batch["decidedAt"] is None:
        raise _mismatch()
    return Head(
        batch_id=batch["_id"],
        number=number,
        created=batch["decidedAt"],
        executes=date.fromisoformat(batch["executionDate"]),
        debtor=Debtor(**batch["debtor"]),
        purpose=f"{program['name']} {round_found['name']}",
        post_office=store.settings.post_office,
        sender=store.settings.payment_sender,
    )


async def _round(store: Store, batch: PaymentBatchDocument) -> RoundDocument:
    found = await store[ROUNDS].get({"_id": batch["round"]})
    if found is None:
        raise NotFound("not_found.round")
    return found


async def _exported(store: Store, tx: Tx, batch: PaymentBatchDocument) -> PaymentBatchDocument:
    moved = await move(store, tx, batch, BatchStatus.EXPORTED)
    names = ", ".join(f["name"] for f in batch["files"][:3])
    await store.outbox.record(
        tx, SYSTEM, action=AuditAction.PAYMENT_BATCH_EXPORT, subject=subject(batch),
        concerns=related_to_batch(batch), area=batch["area"], authority=batch["authority"] or "", reason=f"{len(batch['files'])} files: {names}",
        after=f"sha256:{batch['hash']}",
    )  # fmt: skip
    return moved


@answers
async def open_payment_files(store: Store, actor: Actor, ask: OpenPaymentFiles) -> PaymentBatchView:
    """Returns an exported batch with the addresses of its files; each call is an audit entry."""
    batch = await visible(store, actor, ask.batch_id, ask.roles)
    check_exported(BatchStatus(batch["status"]))
    if batch.get("filesGone"):
        raise Refused("files_gone", "batchId")
    await store.outbox.record_entry(
        actor.acting(ask.roles, batch["area"]),
        action=AuditAction.PAYMENT_FILE_OPEN,
        subject=subject(batch),
        concerns=related_to_batch(batch),
        area=batch["area"],
        authority=batch["authority"] or "",
    )
    valid = timedelta(minutes=store.settings.link_minutes)
    until = datetime.now(UTC) + valid
    files = [
        payment_views.file(
            f, expires_at=until, url=await store.objects.presign_get(PAYMENTS, f["key"], valid, filename=f["name"])
        )
        for f in batch["files"]
    ]
    return payment_views.batch(store.keys, batch).model_copy(update={"files": tuple(files)})


async def forget_files(store: Store) -> bool:
    """Deletes the files of a batch at the end of their retention; False when there is none. The work of a background worker."""
    kept_until = datetime.now(UTC) - timedelta(days=store.settings.payment_files_days)
    old = {"status": BatchStatus.EXPORTED, "filesGone": {"$ne": True}, "decidedAt": {"$lt": kept_until}}
    batch = await store[PAYMENT_BATCHES].get(old)
    if batch is None:
        return False
    for written in batch["files"]:
        await store.objects.delete(PAYMENTS, written["key"])

    async def gone(tx: Tx) -> None:
        if await store[PAYMENT_BATCHES].update({"_id": batch["_id"], **old}, {"$set": {"filesGone": True}}, tx=tx):
            await store.outbox.record(
                tx, SYSTEM, action=AuditAction.PAYMENT_FILE_DELETE, subject=subject(batch),
                concerns=related_to_batch(batch), area=batch["area"],
            )  # fmt: skip

    await store.db.transaction(gone)
    return True
