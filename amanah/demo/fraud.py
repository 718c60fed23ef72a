"""Part 4: one attempt at fraud of each kind. Each is refused, with the reason."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from amanah.demo.client import ApiUser
from amanah.demo.context import DemoContext
from amanah.demo.evidence import Capture, Handover, handover_input, photo_file, upload_photo, upload_signature
from amanah.demo.handovers import SAMPLE, Queue, queues
from amanah.demo.places import VILLAGES
from amanah.demo.program import GOODS, leftover

_ELEVEN_MEGABYTES = 11 << 20


class Cheat:
    """An officer who cheats: the same officer, village, package and pending recipient for every attempt."""

    def __init__(self, context: DemoContext, queue: Queue, entitlement: str) -> None:
        self.context = context
        self.queue = queue
        self.entitlement = entitlement
        self.package = queue.package(queue.entitled - 1)
        self._tried = 0

    async def record(self, *, by: ApiUser | None = None, photo: str | None = None, **other: Any) -> Handover:
        """Records a handover that is valid except for the given values."""
        officer = by or self.queue.officer
        capture = self.capture()
        photo_id = photo or await upload_photo(officer, await capture.photo())
        signature_id = await upload_signature(officer, capture)
        made = handover_input(capture, self.entitlement, self.package, photo_id, signature_id)
        made["clientId"] = str(uuid4())
        return await officer.do("RecordHandover", **(made | other))

    async def with_photo(self, content: bytes | None, instead_of: bytes | None = None) -> Handover:
        """Declares a handover with a photo whose bytes are `content`, while `instead_of` is what they are said to be."""
        declared_bytes = instead_of or content or await self.capture().photo()
        return await self.record(photo=await self.queue.officer.upload(photo_file(declared_bytes, content)))

    def capture(self) -> Capture:
        """A fresh capture at the delivery point, now."""
        self._tried += 1
        return Capture.beside(f"cheat-{self._tried}", self.queue.village, datetime.now(UTC))


async def attempt_fraud(context: DemoContext) -> None:
    """Tries each kind of fraud with handovers, once."""
    lines = queues(context)
    waiting, _ = await lines[0].pending()
    cheat = Cheat(context, lines[0], waiting[0]["id"])
    sample: Handover = context.state.get(SAMPLE)
    neighbour = lines[1]
    tries = context.attempts("handover")
    good = await cheat.capture().photo()

    async def neighbours_photo() -> Handover:
        return await cheat.record(photo=await upload_photo(neighbour.officer, await cheat.capture().photo()))

    async def too_large() -> str:
        return await cheat.queue.officer.upload(photo_file(await asyncio.to_thread(bytes, _ELEVEN_MEGABYTES), None))

    await tries.expect_refusal(
        "a second handover to the same recipient, from another device",
        {"already_delivered"},
        lambda: cheat.record(entitlementId=sample["entitlementId"], device="another device"),
    )
    await tries.expect_refusal(
        "a photo that is a text file",
        {"photo_unreadable"},
        lambda: cheat.with_photo(b"Beras sudah diterima. Percayalah.\n" * 50),
    )
    await tries.expect_refusal(
        "a photo that is cut off", {"photo_unreadable"}, lambda: cheat.with_photo(good[: len(good) // 2])
    )
    await tries.expect_refusal(
        "a photo with other bytes than declared",
        {"photo_mismatch"},
        lambda: cheat.with_photo(good[:-2] + b"\x00\x00", instead_of=good),
    )
    await tries.expect_refusal("a photo that was never sent", {"photo_missing"}, lambda: cheat.with_photo(None))
    await tries.expect_refusal("another officer's photo", {"upload_unknown"}, neighbours_photo)
    await tries.expect_refusal(
        "a photo that belongs to another handover", {"upload_used"}, lambda: cheat.record(photo=sample["photoId"])
    )
    await tries.expect_refusal("a photo of 11 MB", {"photo_too_large"}, too_large)
    await tries.expect_refusal(
        "an officer without an assignment", {"not_assigned"}, lambda: cheat.record(by=context.users.idle_officer)
    )
    await tries.expect_refusal(
        "a package that stands in another village",
        {"package_not_here"},
        lambda: cheat.record(packageCode=neighbour.package(0)),
    )
    await tries.expect_refusal(
        "a package that nobody knows", {"package_unknown"}, lambda: cheat.record(packageCode="SKM-0000-9")
    )
    await tries.expect_refusal(
        "more than the recipient is due",
        {"items_not_entitled"},
        lambda: cheat.record(items=[{"sku": GOODS[0].sku, "quantity": "999"}]),
    )
    await tries.expect_refusal(
        "more than is left in the package", {"package_short"}, lambda: cheat.record(packageCode=leftover().code)
    )


async def attempt_access(context: DemoContext, expired: str, foreign: str) -> None:
    """Tries to get in without a right to: another area, an expired token, a token of another issuer, and none."""
    round_id = context.state.get("round")["id"]
    tries = context.attempts("office")
    api = context.api

    async def assign_oneself() -> Any:
        me = (await context.users.stranger.ask("Viewer"))["viewer"]["id"]
        today = datetime.now(UTC).date().isoformat()
        return await context.users.stranger.do(
            "AssignOfficer", roundId=round_id, officerId=me, area=VILLAGES[0].code, startsOn=today, endsOn=today
        )

    await tries.expect_refusal(
        "a supervisor of another regency assigns an officer here", {"FORBIDDEN", "NOT_FOUND"}, assign_oneself
    )
    await tries.expect_refusal("a token that has expired", {"UNAUTHENTICATED"}, lambda: api.ask(expired, "Viewer", {}))
    await tries.expect_refusal("a token of another issuer", {"UNAUTHENTICATED"}, lambda: api.ask(foreign, "Viewer", {}))
    await tries.expect_refusal(
        "no token at all", {"UNAUTHENTICATED"}, lambda: api.ask(None, "Recipients", {"filter": None, "first": 1})
    )
