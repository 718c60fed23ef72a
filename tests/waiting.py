"""Waits in tests for what happens in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Awaitable[T | None]], seconds: float = 30, *, every: float = 0.02
) -> T: ...
@overload
async def eventually(condition: Callable[[], T | None], seconds: float = 30, *, every: float = 0.02) -> T: ...
async def eventually(
    condition: Callable[[], Awaitable[T | None] | T | None], seconds: float = 30, *, every: float = 0.02
) -> T:
    """Calls `condition` until its result is true, and returns that; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            result: T | None = await found if isawaitable(found) else found
            if result:
                return result
            await asyncio.sleep(every)
