"""Answers of services that several subscriptions share, because their viewers would get the same one."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, TypeVar

from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.message import Request
from gateway.context import Caller

A = TypeVar("A", bound=BaseModel)

_CACHE_LIMIT = 256


class SharedAnswers:
    """Calls a service once for all viewers with the same grants who ask the same about the same change.

    Only for answers that depend on the viewer's grants alone, and that are no entry of the audit log.
    """

    def __init__(self, client: Caller) -> None:
        self._client = client
        self._calls: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    async def call(self, ask: Request[A], actor: Actor, as_of: str) -> A:
        """The owner's answer, no older than the change `as_of`. Raises the AmanahError it answered with."""
        grants = tuple(sorted((grant.role, grant.area) for grant in actor.grants))
        key = (type(ask), ask, grants, as_of)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = asyncio.create_task(self._client.call(ask, actor))
            call.add_done_callback(_retrieve)
            if len(self._calls) > _CACHE_LIMIT:
                self._calls.popitem(last=False)
        # Shielded: a subscription that ends must not cancel the others' call.
        answer: A = await asyncio.shield(call)
        return answer


def _retrieve(call: asyncio.Task[Any]) -> None:
    """Takes note of a failure, which nobody may be waiting for any more."""
    if not call.cancelled():
        call.exception()
