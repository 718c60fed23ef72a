"""Errors of GraphQL answers: `userErrors` for errors that the caller can correct, top-level errors for all others."""

import re
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, dataclass_transform

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from pydantic import ValidationError

from amanah.contracts.errors import AmanahError, NotYet, Refused, error_text
from gateway.language import localize
from gateway.schema.derive import output
from gateway.schema.invalid import Invalid, invalid

P = ParamSpec("P")
T = TypeVar("T", bound=type)
V = TypeVar("V")

log = structlog.get_logger()

# graphql-core marks errors in variables by their text alone.
_OF_VARIABLES = re.compile(r"Variable '\$\w+' has invalid value")

# Contracts say `since` and `until`, because `from` is a word of Python; callers wrote `from` and `to`.
_OUTSIDE_NAMES = {"since": "from", "until": "to", "latitude_e6": "latitude", "longitude_e6": "longitude"}


@strawberry.type(description="Error in the input, which the caller can correct.")
class UserError:
    """Error in the input: a stable code, the path of the input field if it is about one, and a message."""

    code: str
    field: str | None
    message: str


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def payload(cls: T) -> T:
    """Declares a mutation's payload: its fields, which are None by default, and `userErrors`."""
    declared: Any = cls
    if "user_errors" not in cls.__annotations__:
        declared.__annotations__["user_errors"] = list[UserError]
        declared.user_errors = strawberry.field(default_factory=list)
    return output(cls)


def with_user_errors(mutate: Callable[P, Awaitable[V]]) -> Callable[P, Awaitable[V]]:
    """Converts errors that the caller can correct into the payload's `userErrors`.

    A request that violates its contract (too long, not positive, ...) has a user error `invalid` for each field. Other errors
    go to the top level.
    """

    @wraps(mutate)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> V:
        try:
            return await mutate(*args, **kwargs)
        except (Refused, ValidationError) as refusal:
            refused: V = mutate.__annotations__["return"](user_errors=user_errors(refusal))
            return refused

    return answer


def user_errors(refusal: Refused | ValidationError) -> list[UserError]:
    """Converts a refusal into user errors, without the value itself, which may be personal."""
    if isinstance(refusal, ValidationError):
        refusal = invalid(refusal)
    if isinstance(refusal, Invalid):
        return [
            UserError(code=refusal.code, field=outside_name(p.path), message=localize(p.text)) for p in refusal.problems
        ]
    return [UserError(code=refusal.code, field=outside_name(refusal.field), message=localize(refusal.text))]


def outside_name(field: str | None) -> str | None:
    """Converts the path of a field to the schema's names: `received_by.id_number` is `receivedBy.idNumber`."""
    if not field:
        return None
    return ".".join(_camel(_OUTSIDE_NAMES.get(part, part)) for part in field.split("."))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def format_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Formats a top-level error: message, location, `extensions {code, reason, requestId}`; no internals."""
    body: dict[str, Any] = {"message": error.message}
    cause = _cause(error)
    extensions: dict[str, Any] = {"code": "BAD_USER_INPUT", "requestId": request_id}
    if isinstance(cause, ValidationError):
        cause = invalid(cause)
    if isinstance(cause, AmanahError):
        body["message"] = localize(cause.text)
        extensions |= {"code": _outside_kind(cause), "reason": cause.code}
        if cause.field:
            extensions["field"] = outside_name(cause.field)
    elif isinstance(error, GraphQLSyntaxError) and error.message.endswith("Parsing aborted."):
        # The parser has no other word for a document with too many tokens, or nested too deeply to be read.
        extensions |= {"code": "TOO_COSTLY", "reason": "document_too_large"}
    elif cause is not None:
        body["message"] = localize(error_text("internal"))
        extensions |= {"code": "INTERNAL", "reason": "internal"}
        log_fault(cause, request_id)
    elif isinstance(error, GraphQLSyntaxError):
        extensions["reason"] = "document_syntax"
    else:
        extensions["reason"] = "variable_invalid" if _OF_VARIABLES.match(error.message) else "document_invalid"
    if error.locations:
        body["locations"] = [place.formatted for place in error.locations]
    if error.path:
        body["path"] = error.path
    return body | {"extensions": extensions}


def _cause(error: GraphQLError) -> BaseException | None:
    """Finds the first error below `error` that is not GraphQL's own; None for errors that GraphQL itself found."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _outside_kind(error: AmanahError) -> str:
    if isinstance(error, NotYet):
        return "UNAVAILABLE"
    return "BAD_USER_INPUT" if isinstance(error, Refused) else error.kind


def log_fault(cause: BaseException, request_id: str) -> None:
    """Logs an unexpected error by its type and frames: its text may quote what the caller sent."""
    frames = "".join(traceback.format_tb(cause.__traceback__))
    log.error("unexpected error", request_id=request_id, error=type(cause).__qualname__, frames=frames)
