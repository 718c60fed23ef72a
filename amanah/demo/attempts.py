"""Attempts at fraud and mistakes: each is made once, and must be refused with an expected code."""

from collections.abc import Awaitable, Callable
from typing import Any

from amanah.demo.client import ApiError
from amanah.demo.screen import Screen
from amanah.demo.state import DemoState


class NotRefused(Exception):
    """An attempt at fraud was accepted, or refused for another reason than expected."""


class Attempts:
    """Attempts with their answers; stored, so that a demo started again repeats none."""

    def __init__(self, state: DemoState, screen: Screen, key: str) -> None:
        self._state = state
        self._screen = screen
        self._key = key

    async def expect_refusal(self, what: str, codes: set[str], attempt: Callable[[], Awaitable[Any]]) -> None:
        """Makes the attempt `what` once. Raises NotRefused unless the answer is a refusal with one of `codes`."""
        answers: dict[str, str] = self._state.get(self._key) or {}
        if what not in answers:
            try:
                await attempt()
            except ApiError as refusal:
                if refusal.code not in codes:
                    raise NotRefused(f"{what}: expected {' or '.join(sorted(codes))}, but {refusal}") from refusal
                self._state.note(self._key, answers | {what: refusal.code})
                self._screen.refused(what, refusal.code)
            else:
                raise NotRefused(f"{what}: expected a refusal, but it was accepted")

    def count(self) -> int:
        """Number of attempts that were refused."""
        return len(self._state.get(self._key) or {})
