"""Handovers: a package's contents pass to a recipient, with evidence, exactly once."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit import Subject
from amanah.contracts.distribution import (
    HandoverAccepted,
    HandoverView,
    RecordHandover,
    SyncAnswer,
    SyncHandovers,
    SyncResult,
)
from amanah.contracts.errors import AmanahError, Conflict, Refused
from amanah.contracts.ids import new_id
from amanah.mongo import Document, DuplicateKey, Tx
from services.distribution import evidence, situations, views
from services.distribution.commands.alerts import Raised, raise_alert
from services.distribution.domain.custody import PackageStatus
from services.distribution.domain.entitlements import EntitlementStatus
from services.distribution.domain.handovers import SEVERITIES, flags, refuse_if_wrong
from services.distribution.domain.quantities import Amounts
from services.distribution.store import Store

_ENTITLEMENT = re.compile(r"^ent_[0-9a-z]{26}$")


async def record_handover(store: Store, actor: Actor, ask: RecordHandover) -> HandoverView:
    """See RecordHandover. A refusal leaves nothing behind but its audit entry."""
    first = await store.handovers.get({"officer": actor.id, "clientId": ask.client_id})
    if first is not None:
        return await _view(store, first)
    try:
        return await _view(store, await _record(store, actor, ask))
    except Refused as refused:
        await note_refusal(store, actor, ask.entitlement_id, "distribution:handover:record", refused)
        raise


async def _record(store: Store, actor: Actor, ask: RecordHandover) -> Document:
    received_at = datetime.now(UTC)
    facts = await situations.gather(store, actor, ask, received_at)
    refuse_if_wrong(facts.situation)
    try:
        kept = await evidence.take(store, actor, ask.photo_id, ask.signature_id)
    except Refused:
        # The evidence may be used up because the handover was recorded meanwhile: then that is the reason to tell.
        refuse_if_wrong((await situations.gather(store, actor, ask, received_at)).situation)
        raise
    attempt = _Attempt(store, actor, ask, received_at, facts, *kept)
    try:
        document = await store.db.transaction(attempt.accept)
    except DuplicateKey as error:
        await evidence.discard(store, *kept)
        first = await store.handovers.get({"officer": actor.id, "clientId": ask.client_id})
        if first is None:
            raise Conflict("Somebody recorded the same at the same moment; try again.") from error
        return first
    except (Refused, Conflict):
        # Only where nothing was committed for sure: rather a picture that nothing refers to than a handover without one.
        await evidence.discard(store, *kept)
        raise
    if document["_id"] != attempt.id:
        await evidence.discard(store, *kept)
        return document
    await evidence.forget_uploads(store, *kept)
    return document


class _Attempt:
    """One attempt whose facts and evidence are good; `accept` makes it a handover or finds that it came too late."""

    def __init__(
        self,
        store: Store,
        actor: Actor,
        ask: RecordHandover,
        received_at: datetime,
        facts: situations.Facts,
        photo: evidence.Kept,
        signature: evidence.Kept,
    ) -> None:
        if facts.entitlement is None or facts.round is None or facts.package is None:
            raise ValueError("an attempt needs facts that were not refused")
        self.id = new_id("hov")
        self.store, self.actor, self.ask = store, actor, ask
        self.received_at, self.facts = received_at, facts
        self.entitlement: Document = facts.entitlement
        self.package: Document = facts.package
        self.photo, self.signature = photo, signature

    async def accept(self, tx: Tx) -> Document:
        """The handover; or the earlier one of the same client id. Raises Refused when the facts changed meanwhile."""
        store, ask = self.store, self.ask
        by = self.actor.acting(ask.roles, self.entitlement["area"])
        if not await self._deliver(tx):
            repeated = await store.handovers.get({"officer": self.actor.id, "clientId": ask.client_id}, tx=tx)
            if repeated is not None:
                return repeated
            await self._refuse_by_now(tx)
        if not await self._take_out(tx, self.facts.situation.claim.items):
            await self._refuse_by_now(tx)
        for upload in (ask.photo_id, ask.signature_id):
            await store.uploads.use(tx, upload, self.id)
        situation = replace(self.facts.situation, photo_used_before=await self._photo_used_before(tx))
        document = self._document(flags(situation, self.facts.limits))
        await store.handovers.insert(document, tx=tx)
        await self._announce(tx, by, document)
        return document

    async def _deliver(self, tx: Tx) -> bool:
        """Compare and set: of all attempts on one entitlement, one finds it pending."""
        delivered = {
            "status": EntitlementStatus.DELIVERED,
            "deliveredAt": self.received_at,
            "deliveredBy": self.actor.name,
            "handover": self.id,
        }
        pending = {"_id": self.entitlement["_id"], "status": EntitlementStatus.PENDING}
        return bool(await self.store.entitlements.update(pending, {"$set": delivered}, tx=tx))

    async def _take_out(self, tx: Tx, taken: Amounts) -> bool:
        """Takes the quantities out of the package, if it still is where it was and has them."""
        condition: Document = {
            "_id": self.package["_id"],
            "status": PackageStatus.ARRIVED,
            "place": self.package["place"],
        }
        change: dict[str, int] = {}
        # The contents of a package keep their order from its making on.
        for number, content in enumerate(self.package["contents"]):
            if quantity := taken.get(content["sku"], 0):
                condition[f"contents.{number}.left"] = {"$gte": quantity}
                change |= {f"contents.{number}.left": -quantity, f"contents.{number}.handed": quantity}
        return bool(await self.store.packages.update(condition, {"$inc": change}, tx=tx))

    async def _refuse_by_now(self, tx: Tx) -> None:
        """Raises the refusal that the facts, as this transaction sees them, call for."""
        entitlement = await self.store.entitlements.get({"_id": self.entitlement["_id"]}, tx=tx)
        package = await self.store.packages.get({"_id": self.package["_id"]}, tx=tx)
        # This attempt's own mark is no reason to refuse it.
        if entitlement is not None and entitlement.get("handover") == self.id:
            entitlement = self.entitlement
        situations.refuse_as_seen(self.facts, entitlement, package)
        raise Conflict("The package changed at the same moment; try again.")

    async def _photo_used_before(self, tx: Tx) -> bool:
        return (
            await self.store.photo_uses.change(
                {"_id": self.photo.sha256},
                {"$setOnInsert": {"handover": self.id}},
                upsert=True,
                returning="before",
                tx=tx,
            )
            is not None
        )

    def _document(self, found: dict[str, str]) -> Document:
        ask, area = self.ask, self.entitlement["area"]
        return {
            "_id": self.id,
            "clientId": ask.client_id,
            "officer": self.actor.id,
            "officerName": self.actor.name,
            "entitlement": self.entitlement["_id"],
            "round": self.entitlement["round"],
            "recipient": self.entitlement["recipient"],
            "area": area,
            "package": self.package["code"],
            "items": [{"sku": sku, "quantity": q} for sku, q in self.facts.situation.claim.items.items()],
            "receivedBy": ask.received_by.kind,
            "private": self._private(),
            "occurredAt": ask.occurred_at,
            "receivedAt": self.received_at,
            "location": ask.location.model_dump(exclude_none=True),
            "photo": self.photo.document(area),
            "signature": self.signature.document(area),
            "device": ask.device or self.actor.device,
            "flags": [{"code": code, "detail": detail} for code, detail in found.items()],
            "status": "ACCEPTED",
        }

    def _private(self) -> str:
        """The proxy's name, relation and number and the officer's note, encrypted: they are people's own."""
        said = self.ask.received_by.model_dump(exclude={"kind"}, exclude_none=True)
        if self.ask.note:
            said["note"] = self.ask.note
        return self.store.keys.encrypt(json.dumps(said), f"handover:{self.id}") if said else ""

    async def _announce(self, tx: Tx, by: Acting, document: Document) -> None:
        area, round_id = document["area"], document["round"]
        await self.store.outbox.record(
            tx,
            by,
            action="distribution:handover:accept",
            subject=Subject(type="Entitlement", id=document["entitlement"]),
            area=area,
            authority=round_id,
            event=HandoverAccepted(
                handover_id=self.id,
                round_id=round_id,
                entitlement_id=document["entitlement"],
                area=area,
                officer_id=self.actor.id,
                package_code=document["package"],
                occurred_at=document["occurredAt"],
                received_at=self.received_at,
                items=self.ask.items,
                flags=tuple(f["code"] for f in document["flags"]),
                photo_sha256=self.photo.sha256,
            ),
            before=self.store.seal(document["entitlement"], {"status": EntitlementStatus.PENDING.value}),
            after=self.store.seal(document["entitlement"], _state(document)),
        )
        for flag in document["flags"]:
            await raise_alert(
                self.store,
                tx,
                Raised(
                    flag["code"], SEVERITIES[flag["code"]], self.received_at, area, round_id,
                    flag["detail"], "Handover", self.id,
                ),
            )  # fmt: skip


def _state(document: Document) -> dict[str, Any]:
    """What the audit log seals of a handover: enough that nothing of it can be changed unseen."""
    return {
        "status": EntitlementStatus.DELIVERED.value,
        "handover": document["_id"],
        "officer": document["officer"],
        "package": document["package"],
        "items": document["items"],
        "occurredAt": document["occurredAt"].isoformat(),
        "receivedAt": document["receivedAt"].isoformat(),
        "location": document["location"],
        "photo": document["photo"]["sha256"],
        "signature": document["signature"]["sha256"],
    }


async def _view(store: Store, document: Document) -> HandoverView:
    entitlement = await store.entitlements.get({"_id": document["entitlement"]})
    round_found = await store.rounds.get({"_id": document["round"]})
    if entitlement is None or round_found is None:
        raise AmanahError("A handover has lost its entitlement; an operator must look into it.")
    return await views.handover(store, document, entitlement, round_found)


async def note_refusal(store: Store, actor: Actor, entitlement_id: str, action: str, refused: Refused) -> None:
    """The audit entry of an attempt that was refused: who tried, on what, and the code."""
    # What a caller sent as an id may be anything; only an id goes into the log.
    subject = Subject(type="Entitlement", id=entitlement_id if _ENTITLEMENT.match(entitlement_id) else "unknown")
    await store.outbox.record_entry(
        actor.anywhere(RecordHandover.roles), action=action, subject=subject, outcome="refused", reason=refused.code
    )


async def sync_handovers(store: Store, actor: Actor, ask: SyncHandovers) -> SyncAnswer:
    """See SyncHandovers. One after the other, so that a device's records keep their order."""
    results = []
    for each in ask.handovers:
        try:
            recorded = await record_handover(store, actor, each)
            results.append(SyncResult(client_id=each.client_id, handover=recorded))
        except AmanahError as error:
            results.append(
                SyncResult(client_id=each.client_id, code=error.code, field=error.field, message=error.message)
            )
    return SyncAnswer(results=tuple(results))
