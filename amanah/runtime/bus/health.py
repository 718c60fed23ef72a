"""Health of a consumer: what it and the bus did last, the ages of that, and sentences for a person when one is too old.

It measures and decides nothing else: `consumer.py` tells it what happened. Moments are seconds of `time.monotonic()`.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum

from amanah.runtime.bus.bus import Membership, Partition, Positions

_NO_MEMBER = Membership(None, None)

SILENT_SECONDS = 30.0
"""Seconds without a poll, or within one batch, after which a person must look."""

UNASSIGNED_SECONDS = 30.0
"""Seconds of joining the group after which a person must look."""

UNANSWERED_SECONDS = 8.0
"""Seconds since the bus last answered, if it failed twice since, after which a person must look."""

WAITING_SECONDS = 60.0
"""Seconds for which messages wait on a partition that nobody reads, after which a person must look."""


class Phase(StrEnum):
    """Phase of a consumer."""

    STARTING = "starting"
    RUNNING = "running"
    BACKING_OFF = "backing off"
    FAILING = "failing"
    HALTED = "halted"
    STOPPED = "stopped"


@dataclass(frozen=True)
class State:
    """Phase of a consumer, with the reason if it has one."""

    phase: Phase
    reason: str = ""


@dataclass
class Health:
    """Last signs of life of a consumer.

    `waiting` has the partitions with messages that no member of the group handles, each with the moment it began; `beyond`
    those whose stored position lies beyond their end, with both offsets.
    """

    clock: Callable[[], float] = time.monotonic
    membership: Membership = _NO_MEMBER
    polled_at: float | None = None
    handling_since: float | None = None
    answered_at: float = 0.0
    failure: str | None = None
    failures: int = 0
    waiting: dict[Partition, float] = field(default_factory=dict)
    beyond: dict[Partition, tuple[int, int]] = field(default_factory=dict)
    _last: dict[Partition, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answered_at = self.clock()

    def answered(self) -> None:
        """Notes that the bus answered."""
        self.answered_at = self.clock()
        self.failure, self.failures = None, 0

    def unanswered(self, reason: str) -> None:
        """Notes that the bus did not answer. Once may be our own fault: this process was paused while it asked."""
        self.failure = reason
        self.failures += 1

    def compare(
        self, ends: Positions, stored: Positions, own: Collection[Partition], fetched: Collection[Partition]
    ) -> None:
        """Compares the ends of the partitions with the group's stored positions.

        Of the `own` partitions those that are `fetched` to their end do not wait: what lies between may be markers of
        transactions. Of the others only what was published since the last comparison counts.
        """
        now = self.clock()
        self.beyond = {p: (at, end) for p, end in ends.items() if (at := stored.get(p, 0)) > end}
        for partition, end in ends.items():
            position = stored.get(partition, 0)
            position_before, end_before = self._last.get(partition, (position, end))
            self._last[partition] = (position, end)
            if position >= end or position != position_before or partition in fetched:
                self.waiting.pop(partition, None)
            elif partition in own or end > end_before:
                self.waiting.setdefault(partition, now)

    def waits(self, partitions: Collection[Partition], seconds: float) -> bool:
        """Tells if messages wait on one of these partitions for so long."""
        now = self.clock()
        return any(now - since >= seconds for p, since in self.waiting.items() if p in partitions)

    def trouble(self, phase: Phase) -> str | None:
        """Returns what is wrong and what to do, or None. While it backs off, only the bus and positions count."""
        now = self.clock()
        if self.failures > 1 and now - self.answered_at >= UNANSWERED_SECONDS:
            return (
                f"The bus has not answered for {now - self.answered_at:.0f} s ({self.failure}) Nothing is lost; handling goes"
                " on when it answers. Look at the brokers, the network and KAFKA_BOOTSTRAP_SERVERS."
            )
        for partition, (position, end) in self.beyond.items():
            return (
                f"The position {position} is beyond the end {end} of {_name(partition)}: the topic was made anew, or has lost"
                " messages. The group begins at its start again; find out who deleted it."
            )
        if phase is Phase.BACKING_OFF:
            return None
        if self.handling_since is not None and now - self.handling_since >= SILENT_SECONDS:
            return (
                f"One batch takes {now - self.handling_since:.0f} s. A message is very large, or its reaction hangs: look at"
                " the stores and at the service's log, then restart the service."
            )
        if self.handling_since is None and self.polled_at is not None and now - self.polled_at >= SILENT_SECONDS:
            return (
                f"It has not polled for {now - self.polled_at:.0f} s. Restart the service and report this with its log."
            )
        since = self.membership.waiting_since
        if since is not None and now - since >= UNASSIGNED_SECONDS:
            return (
                f"The group has assigned it no partitions for {now - since:.0f} s. It keeps joining; if this lasts, look at"
                " the brokers' log and restart the service."
            )
        for partition, since in self.waiting.items():
            if now - since >= WAITING_SECONDS:
                return (
                    f"Messages wait on {_name(partition)} for {now - since:.0f} s and no consumer of the group handles them."
                    " Look at its other instances; restart those in trouble."
                )
        return None

    def figures(self) -> dict[str, float]:
        """Returns the ages in seconds, -1 for what never was, and the partitions on which messages wait."""
        now = self.clock()
        since = self.membership.waiting_since
        return {
            "poll_age_s": _age(now, self.polled_at),
            "assignment_age_s": _age(now, self.membership.assigned_at),
            "unassigned_s": 0.0 if since is None else round(now - since, 1),
            "bus_answer_age_s": _age(now, self.answered_at),
            "partitions_waiting": len(self.waiting),
        }


def _age(now: float, then: float | None) -> float:
    return -1.0 if then is None else round(now - then, 1)


def _name(partition: Partition) -> str:
    return f"{partition.topic}/{partition.number}"
