"""Users and sessions: recorded at the first use of a token, on the audit trail too; and so are roles that changed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from amanah.contracts.actor import SYSTEM, Acting, Actor, Role
from amanah.contracts.areas import Scope, contains
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import AmanahError, BadInput
from amanah.contracts.message import Many, Request
from amanah.contracts.users import ListOfficers, OfficerView
from amanah.runtime.identity import Claims
from amanah.runtime.mongo import Condition, DuplicateKey, Tx
from amanah.runtime.tables import Document
from gateway.access.store import Store, held

_REMEMBERED = 20_000
_AREAS_TOLD = 20


class Users:
    """Who has been here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._begun: set[str] = set()

    async def begin_session(self, claims: Claims) -> None:
        """Records the session of a token at its first use, and with it the person."""
        if claims.token_id in self._begun:
            return
        now = datetime.now(UTC)

        async def begin(tx: Tx) -> None:
            if await self._store.sessions.get({"_id": claims.token_id}, tx=tx):
                return
            session = {"_id": claims.token_id, "user": claims.subject, "since": now, "until": claims.expires_at}
            await self._store.sessions.insert(session, tx=tx)
            await self._keep(tx, claims, now)
            await self._store.outbox.record(
                tx, _person(claims), action=AuditAction.SESSION_START, subject=_subject(claims)
            )

        try:
            await self._store.db.transaction(begin)
        except DuplicateKey:
            pass  # another request with the same token was first
        if len(self._begun) >= _REMEMBERED:
            self._begun.clear()  # the store remembers
        self._begun.add(claims.token_id)

    async def _keep(self, tx: Tx, claims: Claims, now: datetime) -> None:
        """Keeps the person with their roles, and tells when these are not as they were."""
        known = await self._store.users.get({"_id": claims.subject}, tx=tx)
        user = _user(known, claims, now)
        await self._store.users.put(user, tx=tx)
        if known is None or held(known) != held(user):
            await self._store.outbox.record(
                tx,
                SYSTEM,  # nobody gives themselves a role
                action=AuditAction.USER_CHANGE,
                subject=_subject(claims),
                area=_person(claims).area,
                before=self._store.seal(known),
                after=self._store.seal(user),
                reason=_said(held(user)),
            )

    async def record_refused_token(self, code: str) -> None:
        """Puts a refused token on the audit trail: why, and from where; nothing of the token."""
        await self._store.outbox.trail.record_stranger(AuditAction.TOKEN_REFUSE, Subject(type="Token", id=code), code)

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        """Puts a denial on the audit trail: who asked for what."""
        await self._store.outbox.trail.record_denial(actor, ask, denial)

    async def record_refusal(self, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
        """Puts the refusal of a command on the audit trail: who tried what, and the code."""
        await self._store.outbox.trail.record_refusal(actor, ask, refusal)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those among `ids` who are known."""
        found = await self._store.users.list({"_id": {"$in": list(ids)}}, projection={"name": 1})
        return {user["_id"]: user["name"] for user in found}

    async def is_officer(self, user_id: str, area: str) -> bool:
        """Whether the user is known and may work as an officer in `area` with a token that has not expired."""
        user = await self._store.users.get({"_id": user_id})
        now = datetime.now(UTC)
        return user is not None and any(
            g["role"] == Role.OFFICER and contains(g["area"], area) and g["until"] > now for g in user["grants"]
        )

    async def list_officers(self, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
        """Who may work as an officer somewhere that touches the scope, with a token that has not expired, by name.

        A cursor is the id of a person, so that no name stands in a request.
        """
        held = {"role": Role.OFFICER.value, "until": {"$gt": datetime.now(UTC)}, **scope.touching("area")}
        condition: Condition = {"grants": {"$elemMatch": held}}
        wanted = condition
        if ask.after is not None:
            last = await self._store.users.get({"_id": ask.after}, projection={"name": 1})
            if last is None:
                raise BadInput("bad_input.cursor", "after")
            name = last["name"]
            beyond = [{"name": {"$gt": name}}, {"name": name, "_id": {"$gt": ask.after}}]
            wanted = {"$and": [condition, {"$or": beyond}]}
        found = await self._store.users.list(
            wanted, sort=[("name", 1), ("_id", 1)], limit=ask.first + 1, projection={"name": 1}
        )
        shown = found[: ask.first]
        return Many(
            nodes=tuple(OfficerView(id=user["_id"], name=user["name"]) for user in shown),
            cursors=tuple(user["_id"] for user in shown),
            total=await self._store.users.count(condition),
            more=len(found) > ask.first,
        )


def _person(claims: Claims) -> Acting:
    return Actor(id=claims.subject, name=claims.name, grants=claims.grants).foremost()


def _subject(claims: Claims) -> Subject:
    return Subject(type="User", id=claims.subject)


def _said(roles: Iterable[tuple[str, str]]) -> str:
    """Roles in a line: each role, and so many of its areas as fit in an entry. `AUDITOR ID, OFFICER 32.04.05 32.04.06`."""
    lines = []
    for role, those in groupby(roles, key=lambda each: each[0]):
        areas = [area for _, area in those]
        more = f" and {len(areas) - _AREAS_TOLD} more" if len(areas) > _AREAS_TOLD else ""
        lines.append(f"{role} {' '.join(areas[:_AREAS_TOLD])}{more}")
    return ", ".join(lines) or "no role"


def _user(known: Document | None, claims: Claims, now: datetime) -> Document:
    """The user's document with the grants of this token beside those of tokens that are still valid."""
    valid = {(g["role"], g["area"]): g["until"] for g in (known["grants"] if known else ()) if g["until"] > now}
    for grant in claims.grants:
        key = (str(grant.role), grant.area)
        valid[key] = max(claims.expires_at, valid.get(key, claims.expires_at))
    return {
        "_id": claims.subject,
        "name": claims.name,
        "grants": [{"role": role, "area": area, "until": until} for (role, area), until in valid.items()],
        "since": known["since"] if known else now,
    }
