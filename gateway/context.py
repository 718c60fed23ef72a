"""What a resolver stands on: who asks, whom to ask in their name, and what was fetched already for this request."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Protocol, TypeAlias, TypeVar

import strawberry
from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope
from amanah.contracts.errors import AmanahError, Forbidden, Refused
from amanah.contracts.message import Many, Request
from amanah.contracts.users import ListOfficers, OfficerView
from gateway.loaders import FindsByIds, Loaders
from gateway.schema import permissions

A = TypeVar("A", bound=BaseModel)
V = TypeVar("V")


class Caller(Protocol):
    """Asks the owners; `amanah.runtime.rpc.Client` is one."""

    async def call(self, ask: Request[A], actor: Actor) -> A:
        """The owner's answer, or the AmanahError it answered with."""
        ...


class People(Protocol):
    """Who has been here; `gateway.access.users.Users` is one."""

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those among `ids` who are known."""
        ...

    async def is_officer(self, user_id: str, area: str) -> bool:
        """Whether the user is known and may work as an officer in `area`."""
        ...

    async def list_officers(self, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
        """Those whose area as an officer touches the scope."""
        ...

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        """Puts a denial on the audit trail."""
        ...

    async def record_refusal(self, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
        """Puts the refusal of a command on the audit trail."""
        ...


class Context:
    """One request's context."""

    def __init__(self, actor: Actor, client: Caller, people: People, areas: AreaTable) -> None:
        self.actor = actor
        self.client = client
        self.people = people
        self.areas = areas

    async def authorize(self, ask: Request[Any], *, within: Iterable[str] = ()) -> None:
        """Raises Forbidden, on the audit trail, unless the viewer may ask this, in every area of `within`."""
        try:
            permissions.check(self.actor, ask, within)
        except Forbidden as denial:
            await self.people.record_denial(self.actor, ask, denial)
            raise

    async def record_refusal(self, ask: Request[Any], refusal: Refused) -> Refused:
        """The refusal of a command that its owner need not be asked about, once it is on the audit trail."""
        await self.people.record_refusal(self.actor, ask, refusal)
        return refusal

    async def call(self, ask: Request[A], *, within: Iterable[str] = ()) -> A:
        """The owner's answer to `ask`, which must be allowed to the viewer, in every area of `within`."""
        await self.authorize(ask, within=within)
        return await self.client.call(ask, self.actor)

    async def officers(self, ask: ListOfficers) -> Many[OfficerView]:
        """The officers that the viewer may assign."""
        await self.authorize(ask)
        return await self.people.list_officers(self.actor.scope(ask.roles).narrowed(ask.area), ask)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those among `ids` who are known here."""
        return await self.people.names(ids)

    async def load(
        self, ask: type[FindsByIds[V]], identifier: str, *, key: str = "id", ids: str | None = None, **more: Any
    ) -> V | None:
        """What a request finds by an id, in one call with others that are looked up; None for what the viewer may not see.

        `key` names the id in what is found, `ids` the request's field with all of them (`key` with an s); `more` goes along.
        """
        found: V | None = await self.loaders.by(ask, key, ids or f"{key}s", more).load(identifier)
        return found

    def remember(self, ask: type[FindsByIds[V]], identifier: str, view: V) -> None:
        """Lets `load` answer a view that is here already."""
        self.loaders.by(ask, "id", "ids", {}).prime(identifier, view)

    @property
    def signed_in(self) -> bool:
        """Whether the viewer showed a token."""
        return self.actor.session != ""

    @cached_property
    def loaders(self) -> Loaders:
        """What batches look-ups by id."""
        return Loaders(self)


Info: TypeAlias = strawberry.Info[Context, None]
