"""Outcomes of partner events: to their partner on its own topic, and of rejected ones in the audit log and to operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import error_text
from amanah.contracts.logistics import PartnerEventRejected, Rejection, original
from amanah.contracts.partner_events import CapturedEvent
from amanah.contracts.partner_outcomes import EventOutcome, PartnerEventDecided
from amanah.contracts.topics import partner_outcomes
from amanah.runtime.mongo import Tx
from services.distribution.partner_events.commands.webhooks import queue_outcomes
from services.distribution.partner_events.rules import Accepted, Duplicate, KnownPackage, Sender, Verdict, event_key
from services.distribution.store import Store


@dataclass(frozen=True)
class Decided:
    """The verdict on one event; `source` and `at` say where and when it was received.

    `packages` are those of its packages that exist: a partner may send any text as a code, and only these are in the log.
    """

    verdict: Verdict
    source: str
    at: datetime
    packages: Sequence[KnownPackage] = ()


def captured_event(decided: Decided) -> CapturedEvent:
    """The outcome of an event as its capture job shows it."""
    match decided.verdict:
        case Rejection() as rejection:
            return CapturedEvent(
                index=rejection.index,
                event_id=rejection.event_id,
                result=EventOutcome.REJECTED,
                code=rejection.code,
                field=rejection.field,
                explanation=rejection.explanation,
            )
        case Duplicate(event):
            return CapturedEvent(index=event.index, event_id=event.id, result=EventOutcome.DUPLICATE)
        case Accepted(event, warning=warning):
            text = error_text(warning).en if warning else None
            return CapturedEvent(
                index=event.index, event_id=event.id, result=EventOutcome.ACCEPTED, code=warning, explanation=text
            )


async def announce(store: Store, tx: Tx, by: Acting, sender: Sender, decided: Sequence[Decided]) -> None:
    """Publishes each outcome to the partner, queues it for its webhook, and records rejections in the audit log: one entry a code names all of them."""
    outcomes = [_event(sender, each) for each in decided]
    store.outbox.publish(tx, by, sender.id, outcomes, partner_outcomes(sender.id).name)
    if sender.webhook:
        await queue_outcomes(store, tx, sender.id, outcomes)
    rejected: dict[str, list[Decided]] = {}
    for each in decided:
        if isinstance(each.verdict, Rejection):
            rejected.setdefault(each.verdict.code, []).append(each)
    for code, group in rejected.items():
        subjects = [_subject(sender, each) for each in group]
        packages = [package for each in group for package in each.packages]
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_EVENT_REJECT,
            subject=subjects[0],
            concerns=(
                *subjects[1:],
                *related_subjects(*(p.id for p in packages), packages=[p.code for p in packages]),
            ),
            outcome="refused",
            reason=code,
        )
        store.outbox.publish(tx, by, sender.id, [_rejected(sender, each) for each in group])


def _subject(sender: Sender, decided: Decided) -> Subject:
    """A rejected event in the audit log; the partner's own id of it may be any text."""
    index = decided.verdict.index if isinstance(decided.verdict, Rejection) else None
    return Subject(type="PartnerEvent", id=event_key(sender.id, f"{decided.source}#{index}"))


def _event(sender: Sender, decided: Decided) -> PartnerEventDecided:
    outcome = captured_event(decided)
    return PartnerEventDecided(
        partner_id=sender.id,
        event_id=outcome.event_id,
        index=outcome.index,
        outcome=EventOutcome(outcome.result),
        code=outcome.code,
        field=outcome.field,
        explanation=outcome.explanation,
        source=decided.source,
        captured_at=decided.at,
        original=original(decided.verdict.original.encode()) if isinstance(decided.verdict, Rejection) else None,
    )


def _rejected(sender: Sender, decided: Decided) -> PartnerEventRejected:
    """A rejection as operators see it, without the original: that is the partner's."""
    outcome = captured_event(decided)
    return PartnerEventRejected(
        partner_id=sender.id,
        code=outcome.code or "",
        field=outcome.field or "",
        explanation=outcome.explanation or "",
        index=outcome.index,
        event_id=outcome.event_id,
        source=decided.source,
        received_at=decided.at,
        original="",
    )
