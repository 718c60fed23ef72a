"""Context of a request: its actor, the client of the services, and loaders that batch look-ups."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Protocol, TypeAlias, TypeVar

import strawberry
from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope
from amanah.contracts.errors import AmanahError, Forbidden, Refused
from amanah.contracts.message import Many, Request
from amanah.contracts.uploads import Upload
from amanah.contracts.users import ListOfficers, OfficerView
from gateway import permissions
from gateway.loaders import FindsByIds, Loaders

A = TypeVar("A", bound=BaseModel)
V = TypeVar("V")


class Caller(Protocol):
    """Client of the services; `amanah.runtime.rpc.Client` is one."""

    async def call(self, ask: Request[A], actor: Actor) -> A:
        """The owner's answer, or the AmanahError it answered with."""
        ...


class People(Protocol):
    """Directory of users; `gateway.access.users.Users` is one."""

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of the known users among `ids`."""
        ...

    async def is_officer(self, user_id: str, area: str) -> bool:
        """Checks that the user is known and may work as an officer in `area`."""
        ...

    async def list_officers(self, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
        """Lists officers whose area touches the scope."""
        ...

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        """Writes an audit entry of a denial."""
        ...

    async def record_refusal(self, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
        """Writes an audit entry of the refusal of a command."""
        ...


UploadAddress = Callable[[Upload, int], Upload]
"""The upload, of so many bytes, with the address that its client is to use."""


def _as_issued(upload: Upload, _: int) -> Upload:
    return upload


class Context:
    """Context of one request."""

    def __init__(
        self,
        actor: Actor,
        client: Caller,
        people: People,
        areas: AreaTable,
        upload_address: UploadAddress = _as_issued,
    ) -> None:
        self.upload_address = upload_address
        self.actor = actor
        self.client = client
        self.people = people
        self.areas = areas

    async def authorize(self, ask: Request[Any], *, within: Iterable[str] = ()) -> None:
        """Checks that the viewer may send a request, in every area of `within`. Raises Forbidden, with an audit entry."""
        try:
            permissions.check(self.actor, ask, within)
        except Forbidden as denial:
            await self.people.record_denial(self.actor, ask, denial)
            raise

    async def record_refusal(self, ask: Request[Any], refusal: Refused) -> Refused:
        """Writes an audit entry of a refusal by the gateway itself, and returns the refusal to raise."""
        await self.people.record_refusal(self.actor, ask, refusal)
        return refusal

    async def call(self, ask: Request[A], *, within: Iterable[str] = ()) -> A:
        """Sends a request to its owner, once the viewer is authorized in every area of `within`."""
        await self.authorize(ask, within=within)
        return await self.client.call(ask, self.actor)

    async def officers(self, ask: ListOfficers) -> Many[OfficerView]:
        """Lists officers whom the viewer may assign."""
        await self.authorize(ask)
        return await self.people.list_officers(self.actor.scope(ask.roles).narrowed(ask.area), ask)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of the known users among `ids`."""
        return await self.people.names(ids)

    async def load(
        self, ask: type[FindsByIds[V]], identifier: str, *, key: str = "id", ids: str | None = None, **more: Any
    ) -> V | None:
        """Loads a view by its id, in one call with other look-ups; None for a view outside the viewer's scope.

        `key` names the id in the view, `ids` the request's field for ids (`key` with an s); `more` are further fields.
        """
        found: V | None = await self.loaders.by(ask, key, ids or f"{key}s", more).load(identifier)
        return found

    def remember(self, ask: type[FindsByIds[V]], identifier: str, view: V) -> None:
        """Stores a view that was fetched already, for `load` to answer."""
        self.loaders.by(ask, "id", "ids", {}).prime(identifier, view)

    @property
    def signed_in(self) -> bool:
        """True for a viewer with a token."""
        return self.actor.session != ""

    @cached_property
    def loaders(self) -> Loaders:
        """The loaders that batch look-ups by id."""
        return Loaders(self)


Info: TypeAlias = strawberry.Info[Context, None]
