"""Photos of handovers: URLs that expire, each with its audit entry."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound
from amanah.contracts.evidence import GetPhotoLinks, OriginalLink, PhotoLink, PhotoLinksAnswer, RevealOriginal
from amanah.contracts.public_text import fit_for_log
from amanah.runtime.mongo import Tx
from amanah.runtime.objects import EVIDENCE, ORIGINALS
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.handovers.documents import HANDOVERS, PHOTO_VIEWS, related_to_handover, related_to_handovers
from services.distribution.store import Store

_RELATED = dict.fromkeys(("recipient", "entitlement", "officer", "package", "packageId", "round"), 1)
_LINKED = {"area": 1, "photo": 1, "signature": 1, **_RELATED}


@answers
async def get_photo_links(store: Store, actor: Actor, ask: GetPhotoLinks) -> PhotoLinksAnswer:
    """See GetPhotoLinks. No address without its note: what cannot be noted is not shown."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    found = await store[HANDOVERS].list(condition, projection=_LINKED)
    others = [handover for handover in found if handover["officer"] != actor.id]
    if others:
        await _note(store, actor, ask, others)
    return PhotoLinksAnswer(nodes=tuple(await asyncio.gather(*(_link(store, handover) for handover in found))))


async def _note(store: Store, actor: Actor, ask: GetPhotoLinks, handovers: Sequence[Document]) -> None:
    """Each handover is on one audit entry a viewer and day, however often they look; those of a village are on one together."""
    now = datetime.now(UTC)
    marks = {f"{now:%Y%m%d}~{actor.id}~{handover['_id']}": handover for handover in handovers}

    async def work(tx: Tx) -> None:
        known = await store[PHOTO_VIEWS].list({"_id": {"$in": list(marks)}}, projection={"_id": 1}, tx=tx)
        looked_at: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for mark in sorted(marks.keys() - {view["_id"] for view in known}):
            handover = marks[mark]
            # An upsert, so that two who look at once meet at this document and the second finds the first's.
            before = await store[PHOTO_VIEWS].change(
                {"_id": mark}, {"$setOnInsert": {"at": now}}, upsert=True, returning="before", tx=tx
            )
            if before is None:
                looked_at[handover["round"], handover["area"]].append(handover)
        for (round_id, area), some in looked_at.items():
            await store.outbox.record(
                tx,
                actor.acting(ask.roles, area),
                action=AuditAction.PHOTO_VIEW,
                subject=Subject(type="Round", id=round_id),
                concerns=related_to_handovers(some),
                area=area,
                authority=round_id,
            )

    await store.db.transaction(work)


async def _link(store: Store, handover: Document) -> PhotoLink:
    valid = timedelta(minutes=store.settings.link_minutes)
    until = datetime.now(UTC) + valid
    photo, signature = handover["photo"], handover["signature"]
    served, thumbnail, signed = await asyncio.gather(
        *(
            store.objects.presign_get(EVIDENCE, key, valid)
            for key in (photo["served"], photo["thumbnail"], signature["served"])
        )
    )
    return PhotoLink(id=handover["_id"], url=served, thumbnail_url=thumbnail, signature_url=signed, expires_at=until)


@answers
async def reveal_original(store: Store, actor: Actor, ask: RevealOriginal) -> OriginalLink:
    """See RevealOriginal. The address is made first and given only once the call is noted."""
    fit_for_log(ask.reason, "reason")
    condition = {"_id": ask.handover_id, **actor.scope(ask.roles).condition("area")}
    handover = await store[HANDOVERS].get(condition)
    if handover is None:
        raise NotFound("not_found.handover")
    photo = handover["photo"]
    valid = timedelta(minutes=store.settings.original_link_minutes)
    until = datetime.now(UTC) + valid
    url = await store.objects.presign_get(ORIGINALS, photo["original"], valid, filename=f"{photo['id']}.bin")
    await store.outbox.record_entry(
        actor.acting(ask.roles, handover["area"]),
        action=AuditAction.PHOTO_REVEAL,
        subject=Subject(type="Handover", id=handover["_id"]),
        concerns=related_to_handover(handover),
        area=handover["area"],
        authority=handover["round"],
        reason=ask.reason,
    )
    return OriginalLink(url=url, expires_at=until)
