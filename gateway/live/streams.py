"""Execution of a subscription: the results in the form in which every transport sends them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from amanah.contracts.actor import Actor
from amanah.contracts.errors import AmanahError, BadInput
from amanah.runtime.telemetry import origin
from gateway.changes.context import LiveContext
from gateway.changes.feed import Feed, SlowReader
from gateway.schema.errors import format_error
from gateway.schema.root import Schema

SEND_SECONDS = 20.0
"""Longest time that a client may take to accept one message."""

Contexts = Callable[[Actor, str | None], LiveContext]


@dataclass(frozen=True)
class Operation:
    """Operation that a client asks for."""

    query: str
    variables: dict[str, Any] | None
    name: str | None

    @classmethod
    def parse(cls, given: object) -> "Operation":
        """Reads the parameters of a request. Raises BadInput."""
        if not isinstance(given, dict):
            raise BadInput("bad_input.body")
        for field, kind in (("query", str), ("operationName", str), ("variables", dict), ("extensions", dict)):
            if not isinstance(given.get(field), kind | None):
                raise BadInput(f"bad_input.query_{'string' if kind is str else 'object'}", name=field)
        if not given.get("query"):
            raise BadInput("bad_input.query")
        return cls(given["query"], given.get("variables"), given.get("operationName"))


@dataclass(frozen=True)
class Result:
    """One result. `refused` is one before which nothing was executed; `position` is that after the result."""

    body: dict[str, Any]
    refused: bool
    position: str | None


class Streams:
    """Runs subscriptions."""

    def __init__(self, schema: Schema, contexts: Contexts, feed: Feed) -> None:
        self.feed = feed
        self.contexts = contexts
        self._schema = schema

    async def run(self, operation: Operation, context: LiveContext) -> AsyncGenerator[Result, None]:
        """Yields the results of a subscription; one refused result for any other operation. Raises SlowReader."""
        try:
            stream = await self._schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=(OperationType.SUBSCRIPTION,),
            )
            async with aclosing(stream):
                async for result in stream:
                    if isinstance(result, ExecutionResult | PreExecutionError):
                        yield _result(result, context)
        except GraphQLError as refusal:  # of an extension, such as the limits, before anything is executed
            yield _result(PreExecutionError(data=None, errors=[refusal]), context)
        finally:
            context.close()


def error_result(error: AmanahError) -> dict[str, Any]:
    """The result that tells an error of the connection itself."""
    return {"errors": [format_error(GraphQLError(error.message, original_error=error), origin().request_id)]}


def _result(result: ExecutionResult | PreExecutionError, context: LiveContext) -> Result:
    refused = isinstance(result, PreExecutionError)
    errors = []
    for error in result.errors or ():
        cause = error.original_error
        if isinstance(cause, SlowReader):
            raise cause
        if isinstance(cause, InvalidOperationTypeError):
            error = GraphQLError(error.message, original_error=BadInput("bad_input.subscription_only"))
        errors.append(format_error(error, origin().request_id))
    body: dict[str, Any] = {} if refused else {"data": result.data}
    return Result(body | ({"errors": errors} if errors else {}), refused, context.position)
