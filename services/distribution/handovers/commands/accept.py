"""Acceptance of a handover in one transaction, unless the facts changed meanwhile."""

import json
from dataclasses import replace
from datetime import datetime

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import Conflict
from amanah.contracts.handovers.events import HandoverAccepted
from amanah.contracts.handovers.handovers import HandoverStatus, RecordHandover
from amanah.contracts.ids import new_id
from amanah.contracts.message import Location
from amanah.contracts.rounds import EntitlementStatus
from amanah.runtime.mongo import Tx
from services.distribution.alerts.raising import NewAlert, raise_alert
from services.distribution.custody.commands.withdraw import withdraw
from services.distribution.custody.documents import PACKAGES, PackageDocument
from services.distribution.evidence import similar_photos
from services.distribution.evidence.documents import PHOTO_HASHES, PHOTO_USES
from services.distribution.evidence.intake import StoredPicture, retain
from services.distribution.evidence.rules.pictures import capture_time
from services.distribution.handovers.documents import HANDOVERS, OFFICER_COUNTERS, HandoverDocument, related_to_handover
from services.distribution.handovers.facts import HandoverContext, refuse_as_seen
from services.distribution.handovers.rules.flags import ALERT_RULES, flags
from services.distribution.handovers.rules.refusals import HandoverFacts, OtherHandover, PhotoFacts
from services.distribution.handovers.views import seal
from services.distribution.rounds.documents import ENTITLEMENTS, NOT_IN_PAYMENT, EntitlementDocument, location_document
from services.distribution.rounds.rules.geo import spot
from services.distribution.store import Store


class AcceptHandover:
    """Attempt whose facts and evidence are good; `accept` stores it as a handover or refuses it by the present facts."""

    def __init__(
        self,
        store: Store,
        actor: Actor,
        ask: RecordHandover,
        received_at: datetime,
        context: HandoverContext,
        photo: StoredPicture,
        signature: StoredPicture,
    ) -> None:
        if context.entitlement is None or context.round is None or context.package is None:
            raise ValueError("an attempt needs facts that were not refused")
        self.id = new_id("hov")
        self.store, self.actor, self.ask = store, actor, ask
        self.received_at, self.context = received_at, context
        self.entitlement: EntitlementDocument = context.entitlement
        self.package: PackageDocument = context.package
        self.photo, self.signature = photo, signature

    async def accept(self, tx: Tx) -> HandoverDocument:
        """Returns the handover, or the earlier one with the same client id. Raises Refused if the facts changed meanwhile."""
        store, ask = self.store, self.ask
        by = self.actor.acting(ask.roles, self.entitlement["area"])
        if not await self._deliver(tx):
            repeated = await store[HANDOVERS].get({"officer": self.actor.id, "clientId": ask.client_id}, tx=tx)
            if repeated is not None:
                return repeated
            await self._refuse_by_now(tx)
        taken = self.context.facts.submitted.items
        if not await withdraw(store, tx, self.package, taken, ask.occurred_at, self.id):
            await self._refuse_by_now(tx)
        for upload in (ask.photo_id, ask.signature_id):
            await store.uploads.use(tx, upload, self.id)
        document = self._document(flags(await self._facts_now(tx), self.context.limits))
        await store[HANDOVERS].insert(document, tx=tx)
        await retain(store, tx, self.photo, self.signature)
        await similar_photos.remember(store[PHOTO_HASHES], document["round"], self.id, self.photo.print, tx=tx)
        await self._announce(tx, by, document)
        return document

    async def _deliver(self, tx: Tx) -> bool:
        """Compare-and-set: of all attempts on one entitlement, one finds it PENDING."""
        delivered = {
            "status": EntitlementStatus.DELIVERED,
            "deliveredAt": self.received_at,
            "deliveredBy": self.actor.name,
            "handover": self.id,
        }
        pending = {"_id": self.entitlement["_id"], "status": EntitlementStatus.PENDING, **NOT_IN_PAYMENT}
        return bool(await self.store[ENTITLEMENTS].update(pending, {"$set": delivered}, tx=tx))

    async def _refuse_by_now(self, tx: Tx) -> None:
        """Raises the refusal by the facts that this transaction sees."""
        entitlement = await self.store[ENTITLEMENTS].get({"_id": self.entitlement["_id"]}, tx=tx)
        package = await self.store[PACKAGES].get({"_id": self.package["_id"]}, tx=tx)
        # This attempt's own change is no reason to refuse it.
        if entitlement is not None and entitlement.get("handover") == self.id:
            entitlement = self.entitlement
        refuse_as_seen(self.context, entitlement, package)
        raise Conflict("conflict.package")

    async def _facts_now(self, tx: Tx) -> HandoverFacts:
        """Returns the facts with those that need the transaction: the officer's other handovers, and similar photos."""
        at = self.ask.occurred_at
        await self._take_turn(tx)
        similar = await similar_photos.nearest(
            self.store[PHOTO_HASHES],
            self.entitlement["round"],
            self.photo.print,
            self.context.limits.photo_similar_bits,
            tx=tx,
        )
        photo = PhotoFacts(
            taken_at=capture_time(self.photo.picture, self.entitlement["area"]),
            location=self.photo.picture.location,
            used_before=await self._photo_used_before(tx),
            similar_bits=similar,
        )
        return replace(self.context.facts, photo=photo, others=await self._others(tx, at))

    async def _take_turn(self, tx: Tx) -> None:
        """Serializes an officer's handovers, so that each is compared with the one before."""
        await self.store[OFFICER_COUNTERS].change(
            {"_id": self.actor.id}, {"$inc": {"handovers": 1}}, upsert=True, tx=tx
        )

    async def _others(self, tx: Tx, at: datetime) -> tuple[OtherHandover, ...]:
        """Returns the officer's handovers within the window of `too_fast`, and the ones before and after it."""
        listed = self.store[HANDOVERS].list
        field, mine, shown = "occurredAt", {"officer": self.actor.id}, {"occurredAt": 1, "location": 1}
        # Two windows of handovers are enough.
        most = 2 * self.context.limits.too_fast_per_minute + 2
        before = await listed({**mine, field: {"$lte": at}}, sort=[(field, -1)], limit=most, projection=shown, tx=tx)
        after = await listed({**mine, field: {"$gt": at}}, sort=[(field, 1)], limit=most, projection=shown, tx=tx)
        return tuple(OtherHandover(h["occurredAt"], Location.model_validate(h["location"])) for h in (*before, *after))

    async def _photo_used_before(self, tx: Tx) -> bool:
        return (
            await self.store[PHOTO_USES].change(
                {"_id": self.photo.sha256},
                {"$setOnInsert": {"handover": self.id}},
                upsert=True,
                returning="before",
                tx=tx,
            )
            is not None
        )

    def _document(self, found: dict[str, str]) -> HandoverDocument:
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
            "packageId": self.package["_id"],
            "items": [{"sku": sku, "quantity": q} for sku, q in self.context.facts.submitted.items.items()],
            "receivedBy": ask.received_by.kind,
            "private": self._private(),
            "occurredAt": ask.occurred_at,
            "sentAt": ask.sent_at,
            "receivedAt": self.received_at,
            "location": location_document(ask.location),
            "photo": self.photo.document(area),
            "signature": self.signature.document(area),
            "device": ask.device or self.actor.device,
            "flags": [{"code": code, "detail": detail} for code, detail in found.items()],
            "status": HandoverStatus.ACCEPTED,
            # One handover an entitlement, by a unique index, until it is reversed.
            "standing": self.entitlement["_id"],
        }

    def _private(self) -> str:
        """Encrypts the proxy's name, relation and number and the officer's note: they are personal data."""
        said = self.ask.received_by.model_dump(exclude={"kind"}, exclude_none=True)
        if self.ask.note:
            said["note"] = self.ask.note
        return self.store.keys.encrypt(json.dumps(said), f"handover:{self.id}") if said else ""

    async def _announce(self, tx: Tx, by: Acting, document: HandoverDocument) -> None:
        area, round_id = document["area"], document["round"]
        touched = related_to_handover(document)
        await self.store.outbox.record(
            tx,
            by,
            action=AuditAction.HANDOVER_ACCEPT,
            subject=Subject(type="Entitlement", id=document["entitlement"]),
            concerns=touched,
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
                location=spot(document["location"]),
            ),
            before=self.store.seal(document["entitlement"], {"status": EntitlementStatus.PENDING.value}),
            after=f"sha256:{seal(self.store.keys, document).hash}",
        )
        for flag in document["flags"]:
            await raise_alert(
                self.store,
                tx,
                NewAlert(
                    ALERT_RULES[flag["code"]], self.received_at, area, round_id,
                    flag["detail"], "Handover", self.id, concerns=touched,
                ),
            )  # fmt: skip
