"""The Node interface, and how a thing that may not be there is shown."""

from collections.abc import Callable
from typing import TypeVar

import strawberry

V = TypeVar("V")
W = TypeVar("W")


@strawberry.interface(description="Anything that can be found again by its id.")
class Node:
    """A thing with a global id."""

    id: strawberry.ID


def shown(view: V | None, show: Callable[[V], W]) -> W | None:
    """The view as a type of the schema; None for none."""
    return None if view is None else show(view)
