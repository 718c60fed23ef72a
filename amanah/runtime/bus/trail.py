"""What is put on the audit trail of requests that changed nothing: who was turned away, and who saw whose data.

Whoever is turned away says how often. So many entries of each of them are written one by one; how many more there were is
told in one (decision 0025).
"""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from amanah.contracts.actor import STRANGER, Acting, Actor, nobody
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, concerning, named
from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Answer, Request
from amanah.runtime import telemetry
from amanah.runtime.rate_limits import RateLimiter, network

_MOST_NAMED = 20
"""Ids of a request that was turned down: nobody has checked them, and each is an entry in somebody's history."""

_ALL_STRANGERS = Subject(type="Address", id="any")

log = structlog.get_logger()


@dataclass(frozen=True)
class Rates:
    """How many refusals are written one by one: of `each` person, address or topic, and of all `strangers` together."""

    each: str = "600/minute"
    strangers: str = "300/minute"


class Concerned(Protocol):
    """What a request is about."""

    def __call__(self, ask: Request[Any], /) -> Awaitable[Sequence[Subject]]:
        """The things it names."""
        ...


class Record(Protocol):
    """Writes an audit entry that stands alone; `Outbox.record_entry` is one."""

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
        """The entry's id, once it is durable."""
        ...


@dataclass
class _Omitted:
    """How many entries of one were not written, since when."""

    by: Acting
    since: float
    count: int = 0


class Trail:
    """The audit trail as the doors of a service write it."""

    def __init__(self, record: Record, rates: Rates) -> None:
        self._record = record
        self._each = RateLimiter(rates.each)
        self._strangers = RateLimiter(rates.strangers)
        self._omitted: dict[Subject, _Omitted] = {}
        self.concerned: Concerned = _named
        """What a request is about; a service that knows more than its ids tell puts its own here."""

    async def unsigned(self, called: str, error: AmanahError) -> None:
        """The audit entry of a call without this house's signature: what was called, `service.method`, and the code."""
        await self.stranger(AuditAction.CALL_REFUSE, Subject(type="Request", id=called), error.code)

    async def stranger(self, action: AuditAction, subject: Subject, code: str) -> None:
        """The audit entry of somebody who could not say who they are, at the address of the request under way."""
        address = Subject(type="Address", id=network(telemetry.origin().ip))
        if await self.room(address) and await self._strangers.try_hit(_ALL_STRANGERS.id):
            await self._record(STRANGER, action=action, subject=subject, outcome="refused", reason=code)
        else:
            # One for all: addresses are cheap, and an entry each would be no bound. Nor would a line each in the service's log.
            if self.omit(STRANGER, _ALL_STRANGERS) == 1:
                log.warning("strangers are refused, beyond what is recorded", action=action, reason=code, ip=address.id)

    async def denied(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        """The audit entry of a request that the actor's roles or areas do not allow."""
        await self._turned_down(actor.foremost(), ask, AuditAction.REQUEST_DENY, "denied", error)

    async def refused(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        """The audit entry of a command that was not carried out: who tried, on what, and the code."""
        await self._turned_down(actor.trying(ask.roles), ask, AuditAction.REQUEST_REFUSE, "refused", error)

    async def seen(self, actor: Actor, ask: Request[Any], answer: Answer) -> None:
        """The audit entry of personal data that is about to be shown: who asks, and whose it is."""
        shown = concerning(*sorted(set(answer.shown())))
        if shown:
            await self._record(
                actor.trying(ask.roles), action=AuditAction.PERSONAL_DATA_READ, subject=_of(ask), concerns=shown
            )

    async def _turned_down(
        self, by: Acting, ask: Request[Any], action: AuditAction, outcome: str, error: AmanahError
    ) -> None:
        hidden = ask.hides_author()
        # Those who hide are counted together: a sum of one's own would name them.
        who = nobody() if hidden else by
        person = Subject(type="User", id=who.id)
        if not await self.room(person):
            self.omit(who, person)
        elif hidden:
            with telemetry.unlinked():
                await self._record(who, action=action, subject=_of(ask), outcome=outcome, reason=error.code)
        else:
            concerns = (await self.concerned(ask))[:_MOST_NAMED]
            await self._record(
                who, action=action, subject=_of(ask), concerns=concerns, outcome=outcome, reason=error.code
            )

    async def room(self, whose: Subject) -> bool:
        """Counts one refusal of `whose`; whether it is still to be an entry of its own. If not, `omit` it."""
        return await self._each.try_hit(f"{whose.type} {whose.id}")

    def omit(self, by: Acting, whose: Subject) -> int:
        """Counts what has no entry of its own, and how many there are now; `tell` tells the sum."""
        omitted = self._omitted.setdefault(whose, _Omitted(by, time.monotonic()))
        omitted.count += 1
        return omitted.count

    async def tell(self, *, ending: bool = False) -> None:
        """Writes an entry for each whose entries were omitted a window ago, or at once when the process is `ending`.

        Whatever this raises, no count is lost.
        """
        for whose, omitted in list(self._omitted.items()):
            if ending or time.monotonic() - omitted.since >= self._each.window:
                told = omitted.count
                await self._record(
                    omitted.by, action=AuditAction.ENTRIES_OMIT, subject=whose, outcome="noted", reason=f"{told} more"
                )
                omitted.count -= told
                omitted.since = time.monotonic()
                if not omitted.count:
                    del self._omitted[whose]


def _of(ask: Request[Any]) -> Subject:
    return Subject(type="Request", id=f"{ask.service}.{ask.method()}")


async def _named(ask: Request[Any]) -> Sequence[Subject]:
    return named(ask)
