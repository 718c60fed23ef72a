"""How to wait: for an event but not for ever, and after failures."""

import asyncio
import random
from contextlib import suppress

_LONGEST_PAUSE = 10.0


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for the event; whether it is set when `seconds` are over at the latest."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, bounded, and never the same for two instances."""
    longest = min(_LONGEST_PAUSE, 0.1 * 2.0 ** min(failures, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret
