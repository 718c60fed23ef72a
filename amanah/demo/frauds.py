"""Fourth act: one attempt at fraud of each kind. Every one is refused, and says why."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from amanah.demo.client import Person
from amanah.demo.evidence import Capture, Handover, declared, jpeg, sent_photo, sent_signature
from amanah.demo.handovers import SAMPLE, Queue, queues
from amanah.demo.places import VILLAGES
from amanah.demo.program import GOODS, leftover
from amanah.demo.stage import Stage

_ELEVEN_MEGABYTES = 11 << 20


class Cheat:
    """Somebody with a task who bends it: the same officer, village, package and pending recipient for every attempt."""

    def __init__(self, stage: Stage, queue: Queue, entitlement: str) -> None:
        self.stage = stage
        self.queue = queue
        self.entitlement = entitlement
        self.package = queue.package(queue.entitled - 1)
        self._tried = 0

    async def record(self, *, by: Person | None = None, photo: str | None = None, **other: Any) -> Handover:
        """Declares a handover that is right but for what is given."""
        officer = by or self.queue.officer
        capture = self.capture()
        photo_id = photo or await sent_photo(officer, await capture.photo())
        signature_id = await sent_signature(officer, capture)
        made = declared(capture, self.entitlement, self.package, photo_id, signature_id)
        made["clientId"] = str(uuid4())
        return await officer.do("RecordHandover", **(made | other))

    async def with_photo(self, content: bytes | None, instead_of: bytes | None = None) -> Handover:
        """Declares a handover with a photo whose bytes are `content`, while `instead_of` is what they are said to be."""
        declared_bytes = instead_of or content or await self.capture().photo()
        return await self.record(photo=await self.queue.officer.upload(jpeg(declared_bytes, content)))

    def capture(self) -> Capture:
        """A fresh capture at the delivery point, now."""
        self._tried += 1
        return Capture.beside(f"cheat-{self._tried}", self.queue.village, datetime.now(UTC))


async def frauds_are_refused(stage: Stage) -> None:
    """Tries each kind of fraud with handovers, once."""
    lines = queues(stage)
    waiting, _ = await lines[0].pending()
    cheat = Cheat(stage, lines[0], waiting[0]["id"])
    sample: Handover = stage.state.get(SAMPLE)
    neighbour = lines[1]
    tries = stage.attempts("handover")
    good = await cheat.capture().photo()

    async def neighbours_photo() -> Handover:
        return await cheat.record(photo=await sent_photo(neighbour.officer, await cheat.capture().photo()))

    async def too_large() -> str:
        return await cheat.queue.officer.upload(jpeg(await asyncio.to_thread(bytes, _ELEVEN_MEGABYTES), None))

    await tries.made(
        "a second handover to the same recipient, from another device",
        {"already_delivered"},
        lambda: cheat.record(entitlementId=sample["entitlementId"], device="another device"),
    )
    await tries.made(
        "a photo that is a text file",
        {"photo_unreadable"},
        lambda: cheat.with_photo(b"Beras sudah diterima. Percayalah.\n" * 50),
    )
    await tries.made("a photo that is cut off", {"photo_unreadable"}, lambda: cheat.with_photo(good[: len(good) // 2]))
    await tries.made(
        "a photo with other bytes than declared",
        {"photo_mismatch"},
        lambda: cheat.with_photo(good[:-2] + b"\x00\x00", instead_of=good),
    )
    await tries.made("a photo that was never sent", {"photo_missing"}, lambda: cheat.with_photo(None))
    await tries.made("another officer's photo", {"upload_unknown"}, neighbours_photo)
    await tries.made(
        "a photo that belongs to another handover", {"upload_used"}, lambda: cheat.record(photo=sample["photoId"])
    )
    await tries.made("a photo of 11 MB", {"photo_too_large"}, too_large)
    await tries.made(
        "an officer without an assignment", {"not_assigned"}, lambda: cheat.record(by=stage.cast.idle_officer)
    )
    await tries.made(
        "a package that stands in another village",
        {"package_not_here"},
        lambda: cheat.record(packageCode=neighbour.package(0)),
    )
    await tries.made("a package that nobody knows", {"package_unknown"}, lambda: cheat.record(packageCode="SKM-0000-9"))
    await tries.made(
        "more than the recipient is due",
        {"items_not_entitled"},
        lambda: cheat.record(items=[{"sku": GOODS[0].sku, "quantity": "999"}]),
    )
    await tries.made(
        "more than is left in the package", {"package_short"}, lambda: cheat.record(packageCode=leftover().code)
    )


async def strangers_are_refused(stage: Stage, expired: str, foreign: str) -> None:
    """Tries to get in without a right to: another area, an expired token, a token of another issuer, and none."""
    round_id = stage.state.get("round")["id"]
    tries = stage.attempts("office")
    api = stage.api

    async def assign_oneself() -> Any:
        me = (await stage.cast.stranger.ask("Viewer"))["viewer"]["id"]
        today = datetime.now(UTC).date().isoformat()
        return await stage.cast.stranger.do(
            "AssignOfficer", roundId=round_id, officerId=me, area=VILLAGES[0].code, startsOn=today, endsOn=today
        )

    await tries.made(
        "a supervisor of another regency assigns an officer here", {"FORBIDDEN", "NOT_FOUND"}, assign_oneself
    )
    await tries.made("a token that has expired", {"UNAUTHENTICATED"}, lambda: api.ask(expired, "Viewer", {}))
    await tries.made("a token of another issuer", {"UNAUTHENTICATED"}, lambda: api.ask(foreign, "Viewer", {}))
    await tries.made(
        "no token at all", {"UNAUTHENTICATED"}, lambda: api.ask(None, "Recipients", {"filter": None, "first": 1})
    )
