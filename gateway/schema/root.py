"""The whole schema. Its roots are collected from the modules of the nouns."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from types import GeneratorType
from typing import Any, TypeGuard

import strawberry
from graphql import GraphQLError
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.tools import merge_types
from strawberry.types.execution import ExecutionContext

from gateway.schema import (
    alerts,
    areas,
    assignments,
    audit,
    case_history,
    cases,
    codes,
    corrections,
    custody,
    handovers,
    imports,
    locations,
    maps,
    nodes,
    packages,
    partners,
    payments,
    people,
    photos,
    places,
    programs,
    progress,
    recipients,
    reconciliation,
    reports,
    rosters,
    schedule,
    subscriptions,
    thresholds,
    uploads,
)
from gateway.schema.annotations import TYPES
from gateway.schema.node import Node
from gateway.schema.scalars import SCALARS

# Every module that declares types, queries, mutations or subscriptions.
NOUNS = (
    assignments, schedule, areas, recipients, imports, rosters, programs, thresholds, people, places, packages, partners, custody, locations,
    photos, handovers, reconciliation, corrections, progress, maps, payments, alerts, cases, case_history, reports, codes,
    audit, uploads, nodes, subscriptions,
)  # fmt: skip


def roots(suffix: str) -> tuple[type, ...]:
    """Collects the classes with root fields that the modules declare: those whose names end in `suffix`."""
    return tuple(
        found
        for module in NOUNS
        for name, found in vars(module).items()
        if name.endswith(suffix) and found.__module__ == module.__name__
    )


Query = merge_types("Query", roots("Queries"))
Mutation = merge_types("Mutation", roots("Mutations"))
Subscription = merge_types("Subscription", roots("Subscriptions"))


@cache
def _may_be_awaitable(kind: Any) -> bool:
    return issubclass(kind, GeneratorType) or hasattr(kind, "__await__")


def _is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    kind: Any = type(value)
    return _may_be_awaitable(kind) and optimized_is_awaitable(value)


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Execution that asks each type once whether its values may be awaitable: asking a pydantic model takes 5 µs each time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_awaitable = _is_awaitable


class Schema(strawberry.Schema):
    """The schema; errors are format_error and logged by the endpoint, where the request's id is known."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Does nothing: strawberry would log the errors' text, which may quote personal data."""


def schema(extensions: Sequence[type[SchemaExtension] | Callable[[], SchemaExtension]] = ()) -> Schema:
    """Builds the schema with the given extensions."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[found for found in TYPES.values() if issubclass(found, Node)],
        extensions=extensions,
        execution_context_class=Execution,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
