"""A field with a resolver, typed: strawberry's own decorator makes every function it touches `Any`."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

from gateway.schema.annotations import Resolver

F = TypeVar("F", bound=Callable[..., Any])


def resolved(description: str) -> Callable[[F], F]:
    """Makes a method the resolver of the field of its name, for queries and mutations alike."""

    def field(function: F) -> F:
        return cast(F, strawberry.field(description=description)(Resolver(function)))

    return field
