"""Measurement for all benchmarks: two ways of doing the same, in turn, by CPU time."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """A comparison: the medians of both sides in CPU seconds, their ratio, and the goal in words."""

    name: str
    ours: float
    peer: float
    goal: str
    of: str
    ours_over_peer: bool = False

    @property
    def ratio(self) -> float:
        """The peer's cost divided by ours; ours by the peer's, where the goal is an upper bound."""
        return self.ours / self.peer if self.ours_over_peer else self.peer / self.ours

    def line(self) -> str:
        """`name ratio goal`."""
        return f"{self.name:<28} {self.ratio:7.2f}x  goal {self.goal}  ({self.of})"

    def as_json(self) -> dict[str, Any]:
        """The result as a JSON value."""
        return {"name": self.name, "ratio": self.ratio, "goal": self.goal, "ours": self.ours, "peer": self.peer}


def side_by_side(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    goal: str,
    of: str,
    rounds: int = 5,
    ours_over_peer: bool = False,
    clock: Callable[[], float] = time.process_time,
) -> Result:
    """Runs both in turn, `rounds` times after one to warm up. `clock` is this process's CPU time unless another is given."""
    spent: dict[str, list[float]] = {"ours": [], "peer": []}
    for turn in range(rounds + 1):
        for side, work in (("ours", ours), ("peer", peer)):
            began = clock()
            work()
            if turn:
                spent[side].append(clock() - began)
    return Result(name, statistics.median(spent["ours"]), statistics.median(spent["peer"]), goal, of, ours_over_peer)
