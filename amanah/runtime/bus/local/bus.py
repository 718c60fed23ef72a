"""The local bus itself: the SQLite file off the event loop, and readers that wake when something is written."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import Topic
from amanah.runtime.bus.bus import Membership, Message, Outgoing, Partition, Positions, Start, Stored, check_size
from amanah.runtime.bus.local.groups import Groups, Member
from amanah.runtime.bus.local.log import Log
from amanah.runtime.bus.waiting import within

_WATCH_SECONDS = 0.1
_BEAT_EVERY = 10
_EXPIRE_EVERY = 6000

T = TypeVar("T")


class _Worker:
    """A thread with a connection of its own, opened on first use."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._log: Log | None = None

    async def run(self, work: Callable[[Log], T]) -> T:
        """Runs `work` in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    def _do(self, work: Callable[[Log], T]) -> T:
        if self._log is None:
            self._log = Log(self._path)
        return work(self._log)

    async def close(self) -> None:
        """Finishes queued work and closes the file."""
        if self._log is not None:
            await self.run(Log.close)
        self._thread.shutdown()


class LocalBus:
    """A `Bus` in the file at `path`, for one machine. Processes that open the same file share it."""

    def __init__(self, path: Path) -> None:
        self._writer = _Worker(path, "bus-writer")
        self._reader = _Worker(path, "bus-reader")
        self._waiting: list[tuple[Sequence[Outgoing], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._readers: list[LocalSubscription] = []

    async def ensure_topics(self, topics: Collection[Topic]) -> list[str]:
        """Creates missing topics."""
        return await self._writer.run(lambda log: log.create(topics))

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Writes the batch. Batches that arrive while another is being written are committed together."""
        if not batch:
            return
        check_size(batch)
        await self._reader.run(lambda log: log.partitions({m.topic for m in batch}))
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await written

    async def subscribe(
        self,
        topics: Collection[str],
        *,
        group: str | None,
        start: Start = Start.EARLIEST,
        stored: Stored | None = None,
    ) -> "LocalSubscription":
        """Opens a reader of the topics."""
        # Read here, not at the first poll: "now" is the moment of this call.
        ends = await self._reader.run(lambda log: log.ends(topics))
        reader = LocalSubscription(self, tuple(sorted(topics)), group, start, stored, ends)
        self._readers.append(reader)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return reader

    async def ends(self, topics: Collection[str]) -> dict[Partition, int]:
        """Returns the end of each partition."""
        return await self._reader.run(lambda log: log.ends(topics))

    async def identities(self, topics: Collection[str]) -> Mapping[str, str]:
        """Returns none: a topic of the file ends with the file."""
        return {}

    async def close(self) -> None:
        """Finishes what is being written and closes the file."""
        if self._writing is not None:
            await self._writing
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._writer.close()
        await self._reader.close()

    async def _write(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            messages = [message for batch, _ in taken for message in batch]
            error: BaseException | None = None
            try:
                await self._append(messages)
            except Exception as failure:  # whatever it is belongs to those who wait, not to this task
                error = failure
            for _, written in taken:
                if written.done():
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)
            topics = {m.topic for m in messages}
            for reader in self._readers:
                if not topics.isdisjoint(reader.topics):
                    reader.wake()

    async def _append(self, messages: list[Outgoing]) -> None:
        await self._writer.run(lambda log: log.append(messages))

    async def _watch(self) -> None:
        """Wakes readers when other processes write, keeps this process's members alive, and applies the retention."""
        seen = -1
        turn = 0
        while self._readers:
            with contextlib.suppress(Unavailable):  # the file is busy or the disk is full: the next turn tries again
                version = await self._reader.run(Log.version)
                if version != seen:
                    seen = version
                    for reader in self._readers:
                        reader.wake()
                if turn % _BEAT_EVERY == 0:
                    await self._beat()
                if turn % _EXPIRE_EVERY == _EXPIRE_EVERY - 1:
                    await self._writer.run(Log.expire)
            turn += 1
            await asyncio.sleep(_WATCH_SECONDS)

    async def _beat(self) -> None:
        readers = [(reader, reader.member) for reader in self._readers if reader.member is not None]
        if not readers:
            return
        members = [member for _, member in readers]
        shares = await self._writer.run(lambda log: Groups(log).beat(members))
        for (reader, _), share in zip(readers, shares, strict=True):
            reader.expect(share)

    async def _claim(self, member: Member) -> dict[Partition, int | None]:
        claims = await self._writer.run(lambda log: Groups(log).claim(member))
        await self._beat()
        return claims

    async def _read(self, positions: Positions, maximum: int) -> list[Message]:
        return await self._reader.run(lambda log: log.read(positions, maximum))

    async def _commit(self, group: str, positions: Positions) -> None:
        await self._writer.run(lambda log: Groups(log).commit(group, positions))

    async def _leave(self, reader: "LocalSubscription") -> None:
        if reader not in self._readers:
            return
        self._readers.remove(reader)
        if (member := reader.member) is not None:
            await self._writer.run(lambda log: Groups(log).leave(member))
            await self._beat()


class LocalSubscription:
    """A `Subscription` of the local bus."""

    def __init__(
        self,
        bus: LocalBus,
        topics: tuple[str, ...],
        group: str | None,
        start: Start,
        stored: Stored | None,
        ends: dict[Partition, int],
    ) -> None:
        self.topics = frozenset(topics)
        self.member = None if group is None else Member(group, uuid4().hex, topics)
        self._bus = bus
        self._start = start
        self._stored = stored
        self._ends = ends
        self._woken = asyncio.Event()
        self._unsettled = group is not None
        self._membership = (
            Membership(None, time.monotonic()) if group is not None else Membership(time.monotonic(), None)
        )
        self._positions: dict[Partition, int] = {} if group is not None else {p: self._first(p) for p in ends}

    def wake(self) -> None:
        """Ends the wait of a poll: there may be something to read."""
        self._woken.set()

    def expect(self, share: set[Partition]) -> None:
        """Takes the partitions that the member should have; if it has others, its next poll corrects that."""
        if share != self._positions.keys():
            if not self._unsettled:
                self._membership = Membership(self._membership.assigned_at, time.monotonic())
            self._unsettled = True
            self._woken.set()

    async def poll(self, maximum: int = 500, timeout: float = 1.0) -> list[Message]:
        """Returns the next messages."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self._woken.clear()
            if self.member is not None and self._unsettled:
                await self._settle(self.member)
            messages = await self._bus._read(self._positions, maximum) if self._positions else []
            if messages:
                self._advance(messages)
                return messages
            if not await within(deadline - loop.time(), self._woken):
                return []

    def assigned(self) -> frozenset[Partition]:
        """Returns the assigned partitions."""
        return frozenset(self._positions)

    def membership(self) -> Membership:
        """Returns when partitions were last assigned, and since when the group is joined again."""
        return self._membership

    def wanted(self) -> bool:
        """Tells if the group waits for this reader's next poll."""
        return self._unsettled

    async def position(self, partition: Partition) -> int | None:
        """Returns the offset of the next message to read."""
        return self._positions.get(partition)

    async def seek(self, positions: Positions) -> None:
        """Continues at these offsets."""
        self._positions |= {p: offset for p, offset in positions.items() if p in self._positions}
        self._woken.set()

    async def commit(self, positions: Positions) -> None:
        """Stores the group's positions."""
        if self.member is None:
            raise ValueError("a reader without a group has nothing to commit")
        await self._bus._commit(self.member.group, positions)

    async def close(self) -> None:
        """Leaves the group."""
        await self._bus._leave(self)

    async def _settle(self, member: Member) -> None:
        """Claims partitions: keeps the position of those that stay, and looks up that of new ones."""
        claims = await self._bus._claim(member)
        new = [p for p in claims if p not in self._positions]
        known = await self._stored(new) if new and self._stored is not None else {}
        ends = await self._bus.ends(self.topics) if new else {}
        begin = {}
        for partition in new:
            position = known.get(partition, claims[partition])
            inside = position is not None and position <= ends[partition]
            begin[partition] = position if inside and position is not None else self._first(partition)
        self._positions = {p: self._positions.get(p, begin.get(p, 0)) for p in claims}
        self._unsettled = False
        self._membership = Membership(time.monotonic(), None)

    def _first(self, partition: Partition) -> int:
        return self._ends[partition] if self._start is Start.NOW else 0

    def _advance(self, messages: Sequence[Message]) -> None:
        # The last one read goes to the end of the line, so that a long backlog does not keep the others waiting.
        for partition in {m.where: None for m in messages}:
            self._positions[partition] = self._positions.pop(partition)
        for message in messages:
            self._positions[message.where] = message.offset + 1
