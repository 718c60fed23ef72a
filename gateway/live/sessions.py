"""Sessions of connected users: how long they may stay, and how many streams they have open."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from amanah.contracts.errors import Throttled, Unauthenticated
from amanah.contracts.users import AccessRevoked
from gateway.access.authenticator import Session
from gateway.changes.feed import Feed


class TooManySubscriptions(Throttled):
    """The viewer has the maximum of open streams."""

    def __init__(self, most: int) -> None:
        super().__init__("subscription_limit", most=most)


class OpenStreams:
    """Counts the connections and subscriptions of each viewer, at this gateway."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, kind: str, viewer: str) -> Iterator[None]:
        """Counts one for the length of the block. Raises TooManySubscriptions."""
        key = f"{kind} {viewer}"
        if self._open[key] >= self._most:
            raise TooManySubscriptions(self._most)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


async def until_it_ends(session: Session, feed: Feed) -> Unauthenticated:
    """Waits until the session's token expires or its user's access is revoked; returns the error that tells which."""

    def about(event: AccessRevoked) -> str | None:
        return event.user_id if event.user_id == session.actor.id else None

    listener = feed.listen([AccessRevoked], about)
    try:
        async with asyncio.timeout((session.expires_at - datetime.now(UTC)).total_seconds()):
            await listener.take()
    except TimeoutError:
        return Unauthenticated("token_expired")
    finally:
        feed.forget(listener)
    return Unauthenticated("token_revoked")
