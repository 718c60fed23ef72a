"""Parking of messages that a consumer cannot handle: a dead letter each, and audit entries up to a rate."""

from collections.abc import Sequence

import structlog

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.deadletter import address, letter_for
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.reactions import Parked
from amanah.runtime.mongo import Tx

log = structlog.get_logger()


class Parking:
    """Parks messages for `group`; `count` has how many. The letters come first: a crash parks twice, and loses nothing."""

    def __init__(self, bus: Bus, outbox: Outbox | None, group: str) -> None:
        self.count = 0
        self._bus = bus
        self._outbox = outbox
        self._group = group

    async def publish(self, parked: Sequence[Parked]) -> list[Parked]:
        """Publishes the letters, and returns the first of the messages, which are to have an entry of their own.

        Each letter is kept; but whoever writes to the topic says how many there are, so not each has an entry.
        """
        await self._bus.publish(
            [letter_for(p.message, code=p.reason.code, explanation=p.reason.message, group=self._group) for p in parked]
        )
        trail = None if self._outbox is None else self._outbox.trail
        return [p for p in parked if trail is not None and await trail.count_refusal(_topic(p))]

    async def record(self, tx: Tx, recorded: Sequence[Parked]) -> None:
        """Records the entries in the transaction that moves past the messages."""
        for parked in recorded:
            message, reason = parked.message, parked.reason.code
            subject = Subject(type="Message", id=address(message.topic, message.partition, message.offset))
            assert self._outbox is not None, "nothing is recorded without an outbox"  # noqa: S101
            await self._outbox.record(
                tx, SYSTEM, action=AuditAction.LETTER_PARK, subject=subject, outcome="refused", reason=reason
            )

    def committed(self, parked: Sequence[Parked], recorded: Sequence[Parked]) -> None:
        """Counts the messages, once that transaction is committed."""
        if not parked:
            return
        if self._outbox is not None:
            for each in parked[len(recorded) :]:
                self._outbox.trail.suppress(SYSTEM, _topic(each))
        self.count += len(parked)
        message, reason = parked[0].message, parked[0].reason
        log.warning(
            "messages parked",
            group=self._group, count=len(parked), topic=message.topic, partition=message.partition,
            first_offset=message.offset, first_code=reason.code, first_explanation=reason.message,
        )  # fmt: skip


def _topic(parked: Parked) -> Subject:
    return Subject(type="Topic", id=parked.message.topic)
