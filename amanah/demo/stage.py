"""Context of every act of the story."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from amanah.demo.attempts import Attempts
from amanah.demo.cast import Cast
from amanah.demo.client import Api
from amanah.demo.screen import Screen
from amanah.demo.state import State

T = TypeVar("T")

_PATIENCE = 120.0
_PAUSE = 0.3


class Stalled(Exception):
    """Something that should have come to pass did not."""


@dataclass(frozen=True)
class Stage:
    """The system under play, the people, and what is noted. `folder` takes what the demo makes."""

    api: Api
    cast: Cast
    screen: Screen
    state: State
    folder: Path
    recipients: int
    seed: int

    def attempts(self, kind: str) -> Attempts:
        """The attempts at fraud of one kind: `office` or `handover`."""
        return Attempts(self.state, self.screen, f"attempts.{kind}")


async def until(what: str, look: Callable[[], Awaitable[T | None]], patience: float = _PATIENCE) -> T:
    """Looks again and again until `look` gives something. Raises Stalled after `patience` seconds."""
    deadline = time.monotonic() + patience
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise Stalled(f"waited {patience:.0f} s for {what}, in vain")
        await asyncio.sleep(_PAUSE)
    return found
