"""Intake of the bus: messages of partners are authenticated and sorted into the lanes of their partners.

Sorting costs little, whatever a message contains, so that the consumer is never behind: the lanes do the work. A message
without a valid token cannot be told to anybody; it is parked in the dead letters.
"""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Actor, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import Unauthenticated, error_text
from amanah.contracts.topics import LOGISTICS_INTAKE
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.consumer import Parked, Poison
from amanah.runtime.identity import Verifier
from amanah.runtime.mongo import Tx
from services.distribution.partner_events.commands.lanes import deliver
from services.distribution.partner_events.commands.senders import sender_of
from services.distribution.partner_events.documents import PARTNER_SESSIONS, DeliveredDocument
from services.distribution.partners.lookup import partner_record, revocation
from services.distribution.store import Store

HEADER = "amanah-token"

# A message may wait on the topic that long; its token must be valid at the time of publication only.
_RETENTION = timedelta(milliseconds=LOGISTICS_INTAKE.retention_ms)
_LONGEST = timedelta(days=366)
_MINUTE_MS = 60_000
_CACHED = 10_000
_FULL = 500
_BEHIND_SECONDS = 0.3
_DELIVERY = 200
"""Messages of one delivery: a lane reads it whole in each turn that takes some of it."""


class Intake:
    """Sorts messages into lanes. `sorted_in` is called after each commit, to wake the servers of lanes."""

    def __init__(self, verifier: Verifier, sorted_in: Callable[[], None] = lambda: None) -> None:
        self._verifier = verifier
        self._sorted_in = sorted_in
        self._verified: dict[tuple[str, int], tuple[Actor, datetime] | Poison] = {}
        self._begun: set[str] = set()
        self._full_at = -math.inf

    def is_behind(self) -> bool:
        """Tells if messages wait on the topic, as far as the last polls tell: they were full."""
        return time.monotonic() < self._full_at + _BEHIND_SECONDS

    async def sort(self, store: Store, tx: Tx, messages: Sequence[Message]) -> list[Parked]:
        """Puts the messages of each partner into its lane, as one delivery or more, and returns those without a valid token.

        The first message with a token begins a session, with an audit entry like any other session.
        """
        if len(messages) >= _FULL:
            self._full_at = time.monotonic()
        parked: list[Parked] = []
        by_session: dict[str, tuple[Actor, datetime, list[Message]]] = {}
        for message in messages:
            authenticated = self._authenticate(message)
            if isinstance(authenticated, Poison):
                parked.append(Parked(message, authenticated))
                continue
            actor, expires_at = authenticated
            by_session.setdefault(actor.session, (actor, expires_at, []))[2].append(message)
        for actor, expires_at, sent in by_session.values():
            partner = await partner_record(store, actor, tx)
            revoked_at = revocation(actor, partner)
            valid = [message for message in sent if revoked_at is None or _sent_at(message) < revoked_at]
            if len(valid) < len(sent):
                revoked = Poison("token_revoked.secret")
                parked += [Parked(m, revoked) for m in sent if revoked_at is not None and _sent_at(m) >= revoked_at]
            if valid:
                await self._begin_session(store, tx, actor, expires_at, _sent_at(valid[0]))
            lane = sender_of(actor, partner).id
            for start in range(0, len(valid), _DELIVERY):
                part = valid[start : start + _DELIVERY]
                await deliver(store, tx, actor, lane, [_document(message) for message in part])
        tx.on_commit(self._sorted_in)
        return parked

    def _authenticate(self, message: Message) -> tuple[Actor, datetime] | Poison:
        """The partner of a message's token, which must have been valid when the message was published, and its expiry.

        A token is verified once for all messages of a minute.
        """
        token = message.header(HEADER) or ""
        key = (token, message.time_ms // _MINUTE_MS)
        if key not in self._verified:
            if len(self._verified) >= _CACHED:
                self._verified.clear()
            self._verified[key] = _verify(self._verifier, token, message.time_ms / 1000)
        return self._verified[key]

    async def _begin_session(
        self, store: Store, tx: Tx, partner: Actor, expires_at: datetime, sent_at: datetime
    ) -> None:
        """Begins the session of a partner's token, once; it is stored as long as messages with it may wait."""
        if partner.session in self._begun:
            return
        until = min(expires_at, sent_at + _LONGEST) + _RETENTION
        session = {"user": partner.id, "since": datetime.now(UTC), "until": until}
        earlier = await store[PARTNER_SESSIONS].change(
            {"_id": partner.session}, {"$setOnInsert": session}, upsert=True, returning="before", tx=tx
        )
        if earlier is None:
            subject = Subject(type="User", id=partner.id)
            await store.outbox.record(tx, partner.foremost(), action=AuditAction.SESSION_START, subject=subject)

        def remember() -> None:
            if len(self._begun) >= _CACHED:
                self._begun.clear()
            self._begun.add(partner.session)

        tx.on_commit(remember)


def _verify(verifier: Verifier, token: str, at: float) -> tuple[Actor, datetime] | Poison:
    try:
        claims = verifier.verify(token, at=at)
    except Unauthenticated as error:
        return Poison.with_text(error.code, error_text("token_invalid.header", header=HEADER, problem=error.text))
    partner = Actor(id=claims.subject, name=claims.name, grants=claims.grants, session=claims.token_id)
    return (partner, claims.expires_at) if partner.has({Role.LOGISTICS}) else Poison("forbidden.partner")


def _sent_at(message: Message) -> datetime:
    return datetime.fromtimestamp(message.time_ms / 1000, UTC)


def _document(message: Message) -> DeliveredDocument:
    source = f"{message.topic}/{message.partition}/{message.offset}"
    return {"source": source, "at": _sent_at(message), "mediaType": "application/json", "value": message.value}
