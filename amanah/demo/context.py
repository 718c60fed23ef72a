"""Context of every part of the story."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from amanah.demo.attempts import Attempts
from amanah.demo.client import Api
from amanah.demo.screen import Screen
from amanah.demo.state import DemoState
from amanah.demo.users import DemoUsers

T = TypeVar("T")

_PATIENCE = 120.0
_PAUSE = 0.3


class WaitTimeout(Exception):
    """An expected result did not come in time."""


@dataclass(frozen=True)
class DemoContext:
    """The running system, its users and the stored state. `folder` takes the files that the demo makes."""

    api: Api
    users: DemoUsers
    screen: Screen
    state: DemoState
    folder: Path
    recipients: int
    seed: int

    def attempts(self, kind: str) -> Attempts:
        """The attempts at fraud of one kind: `office` or `handover`."""
        return Attempts(self.state, self.screen, f"attempts.{kind}")


async def wait_for(what: str, look: Callable[[], Awaitable[T | None]], patience: float = _PATIENCE) -> T:
    """Polls `look` until it returns a value, and returns that. Raises WaitTimeout after `patience` seconds."""
    deadline = time.monotonic() + patience
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise WaitTimeout(f"waited {patience:.0f} s for {what}; check that every service is ready")
        await asyncio.sleep(_PAUSE)
    return found
