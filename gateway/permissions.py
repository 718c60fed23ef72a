"""Checks before a call of an owner: the roles on the request, and areas that the caller names.

The owner checks both again. Things named by id are the owner's to judge: what lies outside the scope does not exist.
"""

from collections.abc import Iterable
from typing import Any

from amanah.contracts.actor import Actor, Role
from amanah.contracts.message import Request

_EVERY_ROLE = frozenset(Role)


def check(actor: Actor, ask: Request[Any], within: Iterable[str] = ()) -> None:
    """Raises Forbidden when the actor holds none of the request's roles, or none that covers each area of `within`."""
    if ask.roles:
        actor.scope(ask.roles)
    for area in within:
        actor.acting(ask.roles or _EVERY_ROLE, area)
