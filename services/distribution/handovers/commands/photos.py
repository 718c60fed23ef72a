"""Photos of handovers: URLs that expire, each with its audit entry."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.buckets import EVIDENCE, ORIGINALS
from amanah.contracts.errors import NotFound
from amanah.contracts.evidence import GetPhotoLinks, OriginalLink, PhotoLink, PhotoLinksAnswer, RevealOriginal
from amanah.contracts.public_text import fit_for_log
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.handovers.documents import (
    HANDOVERS,
    PHOTO_VIEWS,
    HandoverDocument,
    related_to_handover,
    related_to_handovers,
)
from services.distribution.store import Store

_RELATED = dict.fromkeys(("recipient", "entitlement", "officer", "package", "packageId", "round"), 1)
_LINKED = {"area": 1, "photo": 1, "signature": 1, **_RELATED}


@answers
async def get_photo_links(store: Store, actor: Actor, ask: GetPhotoLinks) -> PhotoLinksAnswer:
    """Returns URLs of photos. The audit entry is written first; without it there is no URL."""
    condition = {"_id": {"$in": list(ask.ids)}, **actor.scope(ask.roles).condition("area")}
    found = await store[HANDOVERS].list(condition, projection=_LINKED)
    others = [handover for handover in found if handover["officer"] != actor.id]
    if others:
        await _record_views(store, actor, ask, others)
    return PhotoLinksAnswer(nodes=tuple(await asyncio.gather(*(_link(store, handover) for handover in found))))


async def _record_views(store: Store, actor: Actor, ask: GetPhotoLinks, handovers: Sequence[HandoverDocument]) -> None:
    """Writes one audit entry per viewer, handover and day, however often they look; a village's handovers share an entry."""
    now = datetime.now(UTC)
    marks = {f"{now:%Y%m%d}~{actor.id}~{handover['_id']}": handover for handover in handovers}

    async def work(tx: Tx) -> None:
        known = await store[PHOTO_VIEWS].list({"_id": {"$in": list(marks)}}, projection={"_id": 1}, tx=tx)
        viewed: dict[tuple[str, str], list[HandoverDocument]] = defaultdict(list)
        for mark in sorted(marks.keys() - {view["_id"] for view in known}):
            handover = marks[mark]
            # An upsert, so that of two concurrent requests the second finds the view of the first.
            before = await store[PHOTO_VIEWS].change(
                {"_id": mark}, {"$setOnInsert": {"at": now}}, upsert=True, returning="before", tx=tx
            )
            if before is None:
                viewed[handover["round"], handover["area"]].append(handover)
        for (round_id, area), some in viewed.items():
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


async def _link(store: Store, handover: HandoverDocument) -> PhotoLink:
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
    """Returns the URL of an original, after its audit entry is written."""
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
