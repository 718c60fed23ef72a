"""Worker that serves the lanes of all partners in turn."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from amanah.contracts.errors import AmanahError, Unavailable
from amanah.runtime.bus.waiting import pause_after, within
from services.distribution.partner_events.commands.lanes import Lane, LaneMoved
from services.distribution.partner_events.documents import DELIVERIES
from services.distribution.store import Store

_TURN_SECONDS = 0.5
"""Time for which a lane is served before the next has its turn; a batch that has begun is finished."""
_POLL_SECONDS = 1.0
_FOLLOW_SECONDS = 1.0
_LONGEST_REST = 5.0
"""A lane that has used up its pace is looked at again after so many seconds: its limits may have changed."""
_SERVERS = 2
_YIELD_SECONDS = 1.0
_LOOK_SECONDS = 0.05

log = structlog.get_logger()


class LaneServers:
    """Worker that serves lanes round-robin: `servers` at a time, each its lane for a turn."""

    name = "partner lanes"

    def __init__(
        self, store: Store, servers: int = _SERVERS, intake_is_behind: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self._intake_is_behind = intake_is_behind
        self._servers = servers
        self._nudged = asyncio.Event()
        self._stopping = asyncio.Event()
        self._looking = asyncio.Lock()
        """Held by the one that looks for work: idle ones ask the store no oftener than one would."""
        self._last = ""
        self._busy: set[str] = set()
        self._elsewhere: dict[str, float] = {}
        self._batches = self._faults = 0
        self._failures = 0
        self._trouble: str | None = None

    def nudge(self) -> None:
        """Ends the wait for deliveries."""
        self._nudged.set()

    async def run(self) -> None:
        """Serves until cancelled; finishes the current batches first."""
        working = asyncio.gather(*(self._serve() for _ in range(self._servers)))
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            self._nudged.set()
            await working

    def trouble(self) -> str | None:
        """Returns a fault that a person must look at. A store that is away is none."""
        return self._trouble

    def figures(self) -> dict[str, float]:
        """Returns the `batches` served, events rejected for `faults` of ours, and `failures` in a row."""
        return {"batches": self._batches, "faults": self._faults, "failures": self._failures}

    async def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                async with self._looking:
                    if self._stopping.is_set():
                        return
                    # Before the look: what comes during it wakes the wait.
                    self._nudged.clear()
                    lane = await self._next_lane()
                    if lane is None:
                        await within(_POLL_SECONDS, self._nudged)
                        continue
                    self._busy.add(lane)
                await self._turn(lane)
                self._failures, self._trouble = 0, None
            except Exception as error:  # nothing may end the servers; deliveries stay in their lanes
                self._failures += 1
                if not isinstance(error, AmanahError):
                    log.exception("lane server failed")
                    self._trouble = f"cannot serve partners: {type(error).__name__}; see the logs"
                await within(pause_after(self._failures), self._stopping)

    async def _next_lane(self) -> str | None:
        """The lane whose turn it is: the next by id that has deliveries, is not served already, and need not rest."""
        now = time.monotonic()
        self._elsewhere = {lane: until for lane, until in self._elsewhere.items() if until > now}
        others = sorted(self._busy | self._elsewhere.keys())
        after = {"lane": {"$gt": self._last, "$nin": others}}
        for condition in (after, {"lane": {"$nin": others}}):
            if found := await self._store[DELIVERIES].get(condition, projection={"lane": 1}, sort=[("lane", 1)]):
                lane = found["lane"]
                if lane not in self._busy:
                    self._last = lane
                    return lane
        return None

    async def _intake_first(self) -> bool:
        """Waits a little while messages wait to be sorted: another partner's may be behind a flood. Always true."""
        end = time.monotonic() + _YIELD_SECONDS
        while self._intake_is_behind() and time.monotonic() < end and not self._stopping.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    async def _turn(self, lane_id: str) -> None:
        """Serves a lane until its turn is over or it is empty."""
        lane = Lane(self._store, lane_id)
        try:
            if not await lane.hold():
                self._elsewhere[lane_id] = time.monotonic() + _FOLLOW_SECONDS
                return
            end = time.monotonic() + _TURN_SECONDS
            while await self._intake_first() and await lane.serve_batch():
                self._batches += 1
                if time.monotonic() >= end or self._stopping.is_set():
                    break
            if lane.rest:
                self._elsewhere[lane_id] = time.monotonic() + min(lane.rest, _LONGEST_REST)
        except LaneMoved:
            log.info("lane was served by another instance", lane=lane_id)
        finally:
            self._faults += lane.faults
            self._busy.discard(lane_id)
            with suppress(Unavailable):  # the lease ends by itself
                await asyncio.shield(lane.release())
