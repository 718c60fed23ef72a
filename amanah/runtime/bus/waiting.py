"""Waits with a bound: for an event, and after failures."""

import asyncio
import random
from contextlib import suppress

_LONGEST_PAUSE = 10.0


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Waits at most `seconds` for the event, and tells if it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def pause_after(failures: int) -> float:
    """Returns the seconds to wait after so many failures in a row: exponential, bounded, with jitter."""
    longest = min(_LONGEST_PAUSE, 0.1 * 2.0 ** min(failures, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret
