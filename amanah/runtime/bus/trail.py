"""Audit entries of requests that change nothing: denials, refusals and reads of personal data.

A caller can repeat a refused request as often as they like. Refusals of one caller up to a rate have an entry each; one more entry
counts the rest (decision 0025).
"""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from amanah.contracts.actor import STRANGER, Acting, Actor, nobody
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects, subjects_in
from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Answer, Request
from amanah.runtime import telemetry
from amanah.runtime.rate_limits import RateLimiter, network

_MAX_UNCHECKED = 20
"""Related ids of a refused request. Nobody has checked them, and each adds the entry to the history of something."""

_ALL_STRANGERS = Subject(type="Address", id="any")

log = structlog.get_logger()


@dataclass(frozen=True)
class Rates:
    """Rates up to which refusals have an entry each: of `each` person, address or topic, and of all `strangers` together."""

    each: str = "600/minute"
    strangers: str = "300/minute"


class FindRelated(Protocol):
    """Finds the objects and people that a request is about."""

    def __call__(self, ask: Request[Any], /) -> Awaitable[Sequence[Subject]]:
        """Returns them as subjects."""
        ...


class Record(Protocol):
    """Writes an audit entry without an event; `Outbox.record_entry` is one."""

    def __call__(
        self,
        by: Acting,
        *,
        action: AuditAction,
        subject: Subject,
        concerns: Sequence[Subject] = (),
        outcome: str = "done",
        reason: str = "",
    ) -> Awaitable[str]:
        """Returns the entry's id, once the entry is durable."""
        ...


@dataclass
class _Suppressed:
    """Number of refusals of one caller without an entry, and the time since when they are counted."""

    by: Acting
    since: float
    count: int = 0


class Trail:
    """Audit trail of a service's requests."""

    def __init__(self, record: Record, rates: Rates) -> None:
        self._record = record
        self._each = RateLimiter(rates.each)
        self._strangers = RateLimiter(rates.strangers)
        self._suppressed: dict[Subject, _Suppressed] = {}
        self.find_related: FindRelated = _find_ids
        """Replaced by a service that knows more of a request than the ids in it."""

    async def record_unsigned(self, called: str, error: AmanahError) -> None:
        """Records a call without a valid signature; `called` is `service.method`."""
        await self.record_stranger(AuditAction.CALL_REFUSE, Subject(type="Request", id=called), error.code)

    async def record_stranger(self, action: AuditAction, subject: Subject, code: str) -> None:
        """Records the refusal of a caller who is not authenticated, at the network address of the current request."""
        address = Subject(type="Address", id=network(telemetry.origin().ip))
        if await self.count_refusal(address) and await self._strangers.try_hit(_ALL_STRANGERS.id):
            await self._record(STRANGER, action=action, subject=subject, outcome="refused", reason=code)
        else:
            # One sum for all: addresses are cheap, so a sum for each would be no bound; nor would a log line for each.
            if self.suppress(STRANGER, _ALL_STRANGERS) == 1:
                log.warning("strangers are refused, beyond what is recorded", action=action, reason=code, ip=address.id)

    async def record_denial(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        """Records a request that the actor's roles or areas do not allow."""
        await self._record_refused(actor.foremost(), ask, AuditAction.REQUEST_DENY, "denied", error)

    async def record_refusal(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        """Records a command that was refused, with the code."""
        await self._record_refused(actor.trying(ask.roles), ask, AuditAction.REQUEST_REFUSE, "refused", error)

    async def record_read(self, actor: Actor, ask: Request[Any], answer: Answer) -> None:
        """Records a read of personal data, if the answer has any. To be called before the answer is given."""
        shown = related_subjects(*sorted(set(answer.data_subjects())))
        if shown:
            await self._record(
                actor.trying(ask.roles), action=AuditAction.PERSONAL_DATA_READ, subject=_subject(ask), concerns=shown
            )

    async def _record_refused(
        self, by: Acting, ask: Request[Any], action: AuditAction, outcome: str, error: AmanahError
    ) -> None:
        anonymous = ask.hides_author()
        # Anonymous authors are counted together: a sum of one's own would name its author.
        who = nobody() if anonymous else by
        person = Subject(type="User", id=who.id)
        if not await self.count_refusal(person):
            self.suppress(who, person)
        elif anonymous:
            with telemetry.unlinked():
                await self._record(who, action=action, subject=_subject(ask), outcome=outcome, reason=error.code)
        else:
            related = (await self.find_related(ask))[:_MAX_UNCHECKED]
            await self._record(
                who, action=action, subject=_subject(ask), concerns=related, outcome=outcome, reason=error.code
            )

    async def count_refusal(self, whose: Subject) -> bool:
        """Counts a refusal and tells if it has an entry of its own. If it has none, call `suppress`."""
        return await self._each.try_hit(f"{whose.type} {whose.id}")

    def suppress(self, by: Acting, whose: Subject) -> int:
        """Counts a refusal without an entry and returns their number; `flush` writes it."""
        suppressed = self._suppressed.setdefault(whose, _Suppressed(by, time.monotonic()))
        suppressed.count += 1
        return suppressed.count

    async def flush(self, *, ending: bool = False) -> None:
        """Writes an entry for each count that is a window old, or for all counts if the process is `ending`.

        No count is lost, whatever this raises.
        """
        for whose, suppressed in list(self._suppressed.items()):
            if ending or time.monotonic() - suppressed.since >= self._each.window:
                count = suppressed.count
                await self._record(
                    suppressed.by,
                    action=AuditAction.ENTRIES_OMIT,
                    subject=whose,
                    outcome="noted",
                    reason=f"{count} more",
                )
                suppressed.count -= count
                suppressed.since = time.monotonic()
                if not suppressed.count:
                    del self._suppressed[whose]


def _subject(ask: Request[Any]) -> Subject:
    return Subject(type="Request", id=f"{ask.service}.{ask.method()}")


async def _find_ids(ask: Request[Any]) -> Sequence[Subject]:
    return subjects_in(ask)
