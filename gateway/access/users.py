"""Users of the gateway: the commands and queries on access, bound to a store."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.errors import AmanahError
from amanah.contracts.message import Many, Request
from amanah.contracts.users import ListOfficers, OfficerView
from amanah.runtime.identity import Claims
from gateway.access import commands, queries
from gateway.access.store import Store

_CACHE_LIMIT = 20_000


class Users:
    """Users who have signed in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._begun: set[str] = set()

    async def begin_session(self, claims: Claims) -> None:
        """Records the session of a token at its first use, and its user with the token's roles."""
        if claims.token_id in self._begun:
            return
        await commands.begin_session(self._store, claims)
        if len(self._begun) >= _CACHE_LIMIT:
            self._begun.clear()  # the store has all of them
        self._begun.add(claims.token_id)

    async def record_refused_token(self, code: str) -> None:
        """Writes an audit entry of a refused token: the error code, and nothing of the token."""
        await commands.record_refused_token(self._store, code)

    async def use_signature(self, partner_id: str, nonce: str, until: datetime) -> None:
        """Notes the signature of a request. Raises Unauthenticated when it was used before."""
        await commands.use_signature(self._store, partner_id, nonce, until)

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        """Writes an audit entry of a request that the actor may not send."""
        await commands.record_denial(self._store, actor, ask, denial)

    async def record_refusal(self, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
        """Writes an audit entry of a refused command, with the error code."""
        await commands.record_refusal(self._store, actor, ask, refusal)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of the known users among `ids`."""
        return await queries.names(self._store, ids)

    async def is_officer(self, user_id: str, area: str) -> bool:
        """Checks that the user is known as an officer of `area`, by a token that has not expired."""
        return await queries.is_officer(self._store, user_id, area)

    async def list_officers(self, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
        """Lists users who are officers somewhere in the scope, by name."""
        return await queries.list_officers(self._store, scope, ask)
