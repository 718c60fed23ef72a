"""Commands on access: sessions and roles from tokens, and audit entries of what is refused."""

from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import SYSTEM, Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import AmanahError, Unauthenticated
from amanah.contracts.ids import kind_of
from amanah.contracts.message import Request
from amanah.runtime.identity import Claims
from amanah.runtime.mongo import DuplicateKey, Tx
from gateway.access.documents import SESSIONS, SIGNATURES, USERS, GrantDocument, UserDocument, expiry_by_role, roles_of
from gateway.access.rules import describe_roles, merge_roles
from gateway.access.store import Store


async def begin_session(store: Store, claims: Claims) -> None:
    """Records the session of a token at its first use, and its user with the token's roles."""
    now = datetime.now(UTC)

    async def begin(tx: Tx) -> None:
        if await store[SESSIONS].get({"_id": claims.token_id}, tx=tx):
            return
        await store[SESSIONS].insert(
            {"_id": claims.token_id, "user": claims.subject, "since": now, "until": claims.expires_at}, tx=tx
        )
        await _record_user(store, tx, claims, now)
        await store.outbox.record(tx, _acting(claims), action=AuditAction.SESSION_START, subject=_subject(claims))

    try:
        await store.db.transaction(begin)
    except DuplicateKey:
        pass  # another request with the same token was first


async def _record_user(store: Store, tx: Tx, claims: Claims, now: datetime) -> None:
    """Stores the user with their roles. New or changed roles write an audit entry."""
    known = await store[USERS].get({"_id": claims.subject}, tx=tx)
    roles = merge_roles(expiry_by_role(known), claims.grants, claims.expires_at, now)
    user = UserDocument(
        _id=claims.subject,
        name=claims.name,
        grants=[GrantDocument(role=role, area=area, until=until) for (role, area), until in roles.items()],
        since=known["since"] if known else now,
    )
    await store[USERS].put(user, tx=tx)
    if known is None or roles_of(known) != roles_of(user):
        await store.outbox.record(
            tx,
            SYSTEM,  # nobody gives themselves a role
            action=AuditAction.USER_CHANGE,
            subject=_subject(claims),
            area=_acting(claims).area,
            before=_seal(store, known),
            after=_seal(store, user),
            reason=describe_roles(roles_of(user)),
        )


async def use_signature(store: Store, partner_id: str, nonce: str, until: datetime) -> None:
    """Stores that a partner's signature was used, until its time is over. Raises Unauthenticated for a repeat."""
    try:
        await store[SIGNATURES].insert({"_id": f"{partner_id}:{nonce}", "until": until})
    except DuplicateKey:
        raise Unauthenticated("signature_replayed") from None


async def record_refused_token(store: Store, code: str) -> None:
    """Records the refusal of a token by its error code, without any part of the token."""
    await store.outbox.trail.record_stranger(AuditAction.TOKEN_REFUSE, Subject(type="Token", id=code), code)


async def record_denial(store: Store, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
    """Records that the actor may not send this request."""
    await store.outbox.trail.record_denial(actor, ask, denial)


async def record_refusal(store: Store, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
    """Records the refusal of a command by its error code."""
    await store.outbox.trail.record_refusal(actor, ask, refusal)


def _acting(claims: Claims) -> Acting:
    return Actor(id=claims.subject, name=claims.name, grants=claims.grants).foremost()


def _subject(claims: Claims) -> Subject:
    return Subject(type=kind_of(claims.subject) or "User", id=claims.subject)


def _seal(store: Store, user: UserDocument | None) -> str:
    """The commitment to the roles of a user over areas; empty for no user."""
    if user is None:
        return ""
    return store.seal(user["_id"], {"grants": [f"{role} {area}" for role, area in roles_of(user)]})
