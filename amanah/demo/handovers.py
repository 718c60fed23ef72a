"""Part 3: the officers hand out the aid, each in a village, in parallel.

The next recipient is the first that the server lists as pending, so that a killed demo continues where it stopped.
"""

import asyncio
from datetime import datetime
from typing import Any

from amanah.demo.client import ApiUser
from amanah.demo.context import DemoContext
from amanah.demo.evidence import Capture, Handover, handover
from amanah.demo.places import VILLAGES, Village
from amanah.demo.program import DELIVERED_SHARE
from amanah.demo.screen import Bar
from amanah.demo.supply import packages, timetable

_AHEAD = 2  # handovers whose evidence is on its way while the one before is recorded
_PAGE = 100
_FAR = 0.06  # degrees, some 7 km
REUSED, FAR = "photo_reused", "far_from_home"
SAMPLE = "handover.sample"


class Queue:
    """Queue of one officer's village: the pending recipients, and the number to serve."""

    def __init__(self, context: DemoContext, officer: ApiUser, village: Village) -> None:
        self.officer = officer
        self.village = village
        self.entitled: int = context.state.get("counted")[village.code]
        self.target = int(self.entitled * DELIVERED_SHARE)
        self._context = context
        self._times = timetable(context)
        self._loads = [load for load in packages(context) if load.village == village and load.recipients]

    async def pending(self) -> tuple[list[dict[str, Any]], int]:
        """Entitlements that wait, at most a page, and how many there are."""
        nodes = (await self.officer.ask("MyAssignments", first=_PAGE))["viewer"]["assignments"]["nodes"]
        for node in nodes:
            if node["area"]["code"] == self.village.code:
                found: dict[str, Any] = node["entitlements"]
                return found["nodes"], found["totalCount"]
        return [], 0

    def capture(self, entitlement: str, at: datetime) -> Capture:
        """Makes the device's capture in the village at a time. The pictures follow from the entitlement: no two are alike."""
        return Capture.beside(entitlement, self.village, at)

    def package(self, position: int) -> str:
        """The package that the recipient at `position` is served from."""
        for load in self._loads:
            if position < load.recipients:
                return load.code
            position -= load.recipients
        return self._loads[-1].code

    async def special(self, key: str, at: datetime, *, like: str | None = None, away: float = 0.0) -> Handover:
        """Records a handover that is stored before it is sent, so a repeat is the same one.

        `like` is the key of an earlier one whose photo is sent once more; `away` moves the officer from the village.
        """

        async def prepare() -> Any:
            nodes, _ = await self.pending()
            entitlement = nodes[0]["id"]
            picture = None
            if like is not None:
                earlier = self._context.state.get(like)["entitlementId"]
                picture = await self.capture(earlier, self._times.handover(0)).photo()
            capture = self.capture(entitlement, at).away(away)
            return await handover(self.officer, capture, entitlement, self.package(0), picture)

        noted: Handover = await self._context.state.once(key, prepare)
        payload = await self.officer.do("RecordHandover", **noted)
        result: Handover = payload["handover"]
        return result

    async def serve(self, bar: Bar) -> None:
        """Serves recipients one after the other until the target is met."""
        while True:
            nodes, waiting = await self.pending()
            done = self.entitled - waiting
            due = nodes[: max(0, self.target - done)]
            if not due:
                return
            ahead = asyncio.Semaphore(_AHEAD)
            async with asyncio.TaskGroup() as group:
                prepared = [
                    group.create_task(self._prepared(ahead, node["id"], done + offset))
                    for offset, node in enumerate(due)
                ]
                for task in prepared:
                    await self.officer.do("RecordHandover", **(await task))
                    ahead.release()
                    bar.step()

    async def _prepared(self, ahead: asyncio.Semaphore, entitlement: str, position: int) -> Handover:
        await ahead.acquire()  # given back when the handover is recorded
        capture = self.capture(entitlement, self._times.handover(position))
        return await handover(self.officer, capture, entitlement, self.package(position))


def queues(context: DemoContext) -> list[Queue]:
    """One queue for each officer."""
    return [Queue(context, o, v) for o, v in zip(context.users.officers, VILLAGES, strict=True)]


def target(context: DemoContext) -> int:
    """Number of recipients to serve by the end of the demo."""
    return sum(queue.target for queue in queues(context))


async def hand_over_aid(context: DemoContext) -> None:
    """Serves about four recipients in five; two of the handovers are accepted with a flag."""
    lines = queues(context)
    first, second = lines[0], lines[1]
    times = timetable(context)
    sample = await first.special(SAMPLE, times.handover(0))
    again = await first.special("handover.reused", times.handover(1), like=SAMPLE)
    far = await second.special("handover.far", times.far_visit_at, away=_FAR)
    context.screen.say(
        f"the first handover is {sample['status']}; its photo is sealed by {sample['photo']['sha256'][:16]}..."
    )
    for handed, flag in ((again, REUSED), (far, FAR)):
        found = ", ".join(f["code"] for f in handed["flags"]) or "without a flag"
        context.screen.say(f"accepted with a flag for the supervisor ({flag}): {found}")
    with context.screen.bars() as bars:
        async with asyncio.TaskGroup() as group:
            for line in lines:
                _, waiting = await line.pending()
                title = f"{line.officer.name}, {line.village.name}"
                group.create_task(line.serve(bars.add(title, max(1, line.target), line.entitled - waiting)))
    context.screen.say(
        f"{target(context)} of {sum(line.entitled for line in lines)} recipients have their aid, with evidence"
    )
