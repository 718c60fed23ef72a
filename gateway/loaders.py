"""Look-ups by id, batched: the references of a page cost one call per owner and kind, not one per row.

A look-up needs no declaration: the request that finds views by their ids defines all of it.
"""

from collections.abc import Hashable, Iterable
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel
from strawberry.dataloader import DataLoader

from amanah.contracts.message import Request

A = TypeVar("A", bound=BaseModel)
V_co = TypeVar("V_co", covariant=True)


class ViewerClient(Protocol):
    """Caller of the services for a viewer, with names of users; `gateway.context.Context` is one."""

    async def call(self, ask: Request[A]) -> A:
        """The owner's answer."""
        ...

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those among `ids` who are known."""
        ...


class Nodes(Protocol[V_co]):
    """Answer with the views found, in any order."""

    @property
    def nodes(self) -> tuple[V_co, ...]:
        """The views."""
        ...


class FindsByIds(Protocol[V_co]):
    """Request for views by their ids, such as GetRounds."""

    @classmethod
    def answer(cls) -> type[Nodes[V_co]]:
        """The type of the answer."""
        ...


class Loaders:
    """The loaders of one request."""

    def __init__(self, viewer: ViewerClient) -> None:
        self._viewer = viewer
        self._loaders: dict[Hashable, DataLoader[str, Any]] = {}
        self.names: DataLoader[str, str | None] = DataLoader(self._names)

    def by(self, ask: Any, key: str, ids: str, more: dict[str, Any]) -> DataLoader[str, Any]:
        """The loader of views by their attribute `key`, through the request's field `ids`, with `more` as further fields."""
        known = (ask, key, *sorted(more.items()))
        if known not in self._loaders:

            async def load(keys: list[str]) -> list[Any]:
                answer: Any = await self._viewer.call(ask(**{ids: tuple(keys)}, **more))
                found = {getattr(view, key): view for view in answer.nodes}
                return [found.get(each) for each in keys]

            limits = ask.model_fields[ids].metadata
            most = next(limit.max_length for limit in limits if hasattr(limit, "max_length"))
            self._loaders[known] = DataLoader(load, max_batch_size=most)
        return self._loaders[known]

    async def _names(self, ids: list[str]) -> list[str | None]:
        found = await self._viewer.names(ids)
        return [found.get(i) for i in ids]
