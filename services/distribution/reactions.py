"""Reactions to events of other services and to messages of partners: rosters, alarms of the audit log, EPCIS documents."""

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
from services.distribution.alerts.rules import ALERT_RULES
from services.distribution.partner_events.commands.events import apply_event
from services.distribution.partner_events.documents import PARTNER_SESSIONS
from services.distribution.rounds.documents import ROSTERS
from services.distribution.store import Store

HEADER = "amanah-token"

# A message may wait on the topic that long; its token must be valid at the time of publication only.
_RETENTION = timedelta(milliseconds=LOGISTICS_INTAKE.retention_ms)
_LONGEST = timedelta(days=366)


async def keep_proposed_roster(store: Store, tx: Tx, received: Received[RosterProposed]) -> None:
    """Stores a roster that waits for approval, so that a round over it is refused with the right reason."""
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
    """Stores an approved roster; a round may be opened over it from now on."""
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
            "payees": {"key": event.payees_key, "hash": event.payees_hash or ""} if event.payees_key else None,
        },
        tx=tx,
    )


async def follow_log_alarm(store: Store, tx: Tx, received: Received[LogAlarmed]) -> None:
    """Raises the alert about a fault of the audit log, for the whole country; settles it when the fault is over."""
    event = received.event
    rule = ALERT_RULES.get(event.rule)
    if rule is None:
        raise Poison("undecodable.log_rule")
    if event.settled:
        await settle_alert(store, tx, rule.code, event.origin, event.once, event.at)
        return
    alert = NewAlert(rule, event.at, NATION, None, event.detail, "Log", event.origin, event.once)
    await raise_alert(store, tx, alert)


async def capture_partner_messages(store: Store, tx: Tx, messages: Sequence[Message], *, verifier: Verifier) -> None:
    """Applies the EPCIS documents that partners publish; the token in the header `amanah-token` authenticates them.

    A repeated message has the same offset, and an event is applied once, so a repeat changes nothing. The first message with
    a token begins a session, with an audit entry like any other session.
    """
    begun: set[str] = set()
    for message in messages:
        partner, expires_at = _partner(verifier, message)
        sent_at = datetime.fromtimestamp(message.time_ms / 1000, UTC)
        if partner.session not in begun:
            await _begin_session(store, tx, partner, min(expires_at, sent_at + _LONGEST) + _RETENTION)
            begun.add(partner.session)
        source = f"{message.topic}/{message.partition}/{message.offset}"
        for event in read(message.value, now=sent_at):
            await apply_event(store, tx, partner, event, source)


async def _begin_session(store: Store, tx: Tx, partner: Actor, until: datetime) -> None:
    """Begins the session of a partner's token, once; it is stored until `until`."""
    session = {"user": partner.id, "since": datetime.now(UTC), "until": until}
    earlier = await store[PARTNER_SESSIONS].change(
        {"_id": partner.session}, {"$setOnInsert": session}, upsert=True, returning="before", tx=tx
    )
    if earlier is None:
        subject = Subject(type="User", id=partner.id)
        await store.outbox.record(tx, partner.foremost(), action=AuditAction.SESSION_START, subject=subject)


def _partner(verifier: Verifier, message: Message) -> tuple[Actor, datetime]:
    """The partner of a message's token, which must have been valid when the message was published, and the token's expiry."""
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
    return {LOGISTICS_INTAKE.name: partial(capture_partner_messages, verifier=verifier)}
