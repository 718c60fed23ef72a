"""What distribution does about events of others: it keeps rosters, takes what partners publish, and follows the log's alarms."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from amanah.contracts.actor import Actor, Role
from amanah.contracts.areas import NATION
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.events import LogAlarmed
from amanah.contracts.errors import Unauthenticated, error_text
from amanah.contracts.logistics import read
from amanah.contracts.message import Event
from amanah.contracts.rosters import RosterApproved, RosterProposed
from amanah.contracts.topics import LOGISTICS_INTAKE
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.consumer import Poison, RawReaction, Reaction, Received
from amanah.runtime.identity import Verifier
from amanah.runtime.mongo import Tx
from services.distribution.alerts.raising import NewAlert, raise_alert, settle_alert
from services.distribution.alerts.rules import OF_THE_LOG
from services.distribution.partner_events.commands.events import take
from services.distribution.partner_events.documents import PARTNER_SESSIONS
from services.distribution.rounds.documents import ROSTERS
from services.distribution.store import Store

HEADER = "amanah-token"

# A message may wait that long, and is good if its token was when it came.
_WAITS = timedelta(milliseconds=LOGISTICS_INTAKE.retention_ms)
_LONGEST = timedelta(days=366)


async def keep_proposed_roster(store: Store, tx: Tx, received: Received[RosterProposed]) -> None:
    """Knows the roster, so that a round over it is refused while it waits for approval."""
    event = received.event
    await store[ROSTERS].change(
        {"_id": event.roster_id},
        {
            "$setOnInsert": {
                "program": event.program_id,
                "period": event.period,
                "area": event.area,
                "size": event.size,
                "approved": False,
            }
        },
        upsert=True,
        tx=tx,
    )


async def keep_approved_roster(store: Store, tx: Tx, received: Received[RosterApproved]) -> None:
    """Keeps the roster; a round may be opened over it from now on."""
    event = received.event
    await store[ROSTERS].put(
        {
            "_id": event.roster_id,
            "program": event.program_id,
            "period": event.period,
            "area": event.area,
            "size": event.size,
            "approved": True,
            "hash": event.hash,
            "decree": event.decree,
            "bucket": event.bucket,
            "key": event.object_key,
            "payees": {"key": event.payees_key, "hash": event.payees_hash} if event.payees_key else None,
        },
        tx=tx,
    )


async def follow_log_alarm(store: Store, tx: Tx, received: Received[LogAlarmed]) -> None:
    """Raises the alert of what is wrong with the audit log, which is the nation's; settles it when that is over."""
    event = received.event
    rule = OF_THE_LOG.get(event.rule)
    if rule is None:
        raise Poison("undecodable.log_rule")
    if event.settled:
        await settle_alert(store, tx, rule.code, event.origin, event.once, event.at)
        return
    raised = NewAlert(rule.code, rule.severity, event.at, NATION, None, event.detail, "Log", event.origin, event.once)
    await raise_alert(store, tx, raised)


async def take_partner_messages(store: Store, tx: Tx, messages: Sequence[Message], *, verifier: Verifier) -> None:
    """Takes EPCIS documents as partners publish them; the token in the header `amanah-token` says who they are.

    A message repeated by the bus has the same place on it, and an event is taken once, so a repeat changes nothing. The first
    message with a token begins a session, which has its entry as at every door.
    """
    arrived: set[str] = set()
    for message in messages:
        partner, expires_at = _partner(verifier, message)
        sent_at = datetime.fromtimestamp(message.time_ms / 1000, UTC)
        if partner.session not in arrived:
            await _arrive(store, tx, partner, min(expires_at, sent_at + _LONGEST) + _WAITS)
            arrived.add(partner.session)
        source = f"{message.topic}/{message.partition}/{message.offset}"
        for event in read(message.value, now=sent_at):
            await take(store, tx, partner, event, source)


async def _arrive(store: Store, tx: Tx, partner: Actor, until: datetime) -> None:
    """Begins the session of the partner's token, once; it is remembered `until` then."""
    session = {"user": partner.id, "since": datetime.now(UTC), "until": until}
    begun = await store[PARTNER_SESSIONS].change(
        {"_id": partner.session}, {"$setOnInsert": session}, upsert=True, returning="before", tx=tx
    )
    if begun is None:
        subject = Subject(type="User", id=partner.id)
        await store.outbox.record(tx, partner.foremost(), action=AuditAction.SESSION_START, subject=subject)


def _partner(verifier: Verifier, message: Message) -> tuple[Actor, datetime]:
    """The partner whose token the message carries, which must have been valid when it was published; and until when it is."""
    try:
        claims = verifier.verify(message.header(HEADER) or "", at=message.time_ms / 1000)
    except Unauthenticated as error:
        raise Poison.with_text(
            error.code, error_text("token_invalid.header", header=HEADER, problem=error.text)
        ) from None
    partner = Actor(id=claims.subject, name=claims.name, grants=claims.grants, session=claims.token_id)
    if not partner.has({Role.LOGISTICS}):
        raise Poison("forbidden.partner")
    return partner, claims.expires_at


REACTIONS: Mapping[type[Event], Reaction] = {
    RosterProposed: keep_proposed_roster,
    RosterApproved: keep_approved_roster,
    LogAlarmed: follow_log_alarm,
}


def raw_reactions(verifier: Verifier) -> Mapping[str, RawReaction]:
    """Returns the reactions to messages that are no events of ours, by topic; `verifier` checks the partners' tokens."""
    return {LOGISTICS_INTAKE.name: partial(take_partner_messages, verifier=verifier)}
