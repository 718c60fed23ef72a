"""Context of a subscription: its viewer's queries, asked again when something has changed."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from itertools import count
from typing import Any, TypeVar

from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import AreaTable
from amanah.contracts.errors import Unavailable
from amanah.contracts.message import Event, Request
from amanah.runtime.bus.waiting import pause_after
from gateway.changes.feed import About, Feed, Listener
from gateway.changes.history import Change
from gateway.changes.shared import SharedAnswers
from gateway.context import Caller, Context, People

A = TypeVar("A", bound=BaseModel)

SECONDS = 1.0
"""Between two queries of a subscription: what changes meanwhile is one query."""

_IDS = 100
_ATTEMPTS = 7


class LiveContext(Context):
    """Context of one subscription. What it sends is what its viewer's own query answers, never the content of an event.

    `after` is the position from which to continue. `position` is the one after the value that was sent last.
    """

    def __init__(
        self,
        actor: Actor,
        client: Caller,
        people: People,
        areas: AreaTable,
        feed: Feed,
        shared: SharedAnswers,
        after: str | None = None,
    ) -> None:
        super().__init__(actor, client, people, areas)
        self._feed = feed
        self._shared = shared
        self._after = after
        self._listener: Listener | None = None
        self.listening = asyncio.Event()
        self.position: str | None = None

    @property
    def idle_position(self) -> str | None:
        """The position up to which everything is sent, while the subscription waits for a change; otherwise None."""
        return self._feed.history.latest() if self._listener is not None and self._listener.idle else None

    def close(self) -> None:
        """Ends listening."""
        if self._listener is not None:
            self._feed.forget(self._listener)

    async def answers(
        self, ask: Request[A], events: Collection[type[Event]], about: About, *, within: Iterable[str] = ()
    ) -> AsyncGenerator[A, None]:
        """Asks once, to raise what the query would raise, and then yields the answer again after each change.

        For answers that depend on the viewer's grants alone and are no entry of the audit log.
        """
        await self.authorize(ask, within=within)
        listener = self._listen(events, about)
        await self._ask(ask, self._feed.history.latest() or "", share=True)
        return self._answers(ask, listener)

    async def _answers(self, ask: Request[A], listener: Listener) -> AsyncGenerator[A, None]:
        while True:
            *_, change = (await listener.take()).values()
            answer = await self._ask(ask, change.id, share=True)
            self._renew(change)
            yield answer
            await _until_next_tick()

    async def nodes(
        self, ask: Any, events: Collection[type[Event]], about: About, *, share: bool = False
    ) -> AsyncGenerator[Any, None]:
        """Yields the views that changed, found by `ask` with their `ids`: those that the viewer may see.

        `share` is for answers that depend on the viewer's grants alone.
        """
        await self.authorize(ask(ids=()))
        return self._nodes(ask, self._listen(events, about), share)

    async def _nodes(self, ask: Any, listener: Listener, share: bool) -> AsyncGenerator[Any, None]:
        while True:
            taken = await listener.take()
            found = await self._views(ask, taken, share)
            for identifier, change in taken.items():
                if (view := found.get(identifier)) is not None:
                    self._renew(change)
                    yield view
            await _until_next_tick()

    async def _views(self, ask: Any, taken: Mapping[str, Change], share: bool) -> dict[str, Any]:
        ids, (*_, latest) = list(taken), taken.values()
        found: dict[str, Any] = {}
        for start in range(0, len(ids), _IDS):
            request = ask(ids=tuple(ids[start : start + _IDS]))
            answer: Any = await self._ask(request, latest.id, share=share)
            if share and answer.data_subjects():
                # It shows somebody: then each viewer reads for themselves, since each reading is an entry of the audit log.
                answer = await self._ask(request, latest.id, share=False)
            found |= {view.id: view for view in answer.nodes}
        return found

    async def _ask(self, ask: Request[A], as_of: str, *, share: bool) -> A:
        """Calls the owner; while it is away, again for some seconds. Raises Unavailable after that."""
        for attempt in count(1):
            try:
                if share:
                    return await self._shared.call(ask, self.actor, f"{as_of}#{attempt}")
                return await self.client.call(ask, self.actor)
            except Unavailable:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(pause_after(attempt))
        raise AssertionError("unreachable")

    def _listen(self, events: Collection[type[Event]], about: About) -> Listener:
        self._listener = self._feed.listen(events, about, self._after)
        self.listening.set()
        return self._listener

    def _renew(self, change: Change) -> None:
        """Forgets what the last value loaded, before the next one is resolved."""
        self.__dict__.pop("loaders", None)
        self.position = self._feed.history.position(change.id)


async def _until_next_tick() -> None:
    """Waits for the next full second of the loop's clock, at which subscriptions with the same question ask together."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(SECONDS - now % SECONDS)
