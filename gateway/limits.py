"""Limits on the cost of one request.

Documents are measured before they are validated: validation itself can be made costly. Strawberry's own depth and
alias limits visit a fragment once for each path that leads to it, which is exponential in the number of nested fragments;
here each fragment is measured once.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from strawberry.extensions import SchemaExtension

from amanah.contracts.errors import AmanahError, BadInput, Kind, Unauthenticated
from gateway.settings import GatewaySettings

_DISCARD_BYTES = 64 << 20
_DISCARD_SECONDS = 30.0


class TooCostly(AmanahError):
    """The document exceeds a limit on the cost of one request."""

    kind = Kind.TOO_COSTLY


@dataclass(frozen=True)
class Measure:
    """Size of a selection: its depth, and the numbers of fields and aliases with all fragments expanded."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def __add__(self, other: "Measure") -> "Measure":
        return Measure(max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases)


def measure(document: DocumentNode) -> Measure:
    """Measures all operations of a document. Introspection does not count as depth."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    known: dict[str, Measure] = {}

    def of(selected: SelectionSetNode | None) -> Measure:
        total = Measure()
        for selection in selected.selections if selected else ():
            if isinstance(selection, FieldNode):
                total += of_field(selection)
            elif isinstance(selection, FragmentSpreadNode):
                total += of_fragment(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                total += of(selection.selection_set)
        return total

    def of_field(field: FieldNode) -> Measure:
        inner = of(field.selection_set)
        depth = 0 if field.name.value.startswith("__") else inner.depth + 1
        return Measure(depth, inner.fields + 1, inner.aliases + (field.alias is not None))

    def of_fragment(name: str) -> Measure:
        if name not in known:
            # A fragment within itself counts as empty there, and validation refuses it.
            known[name] = Measure()
            if name in fragments:
                known[name] = of(fragments[name].selection_set)
        return known[name]

    total = Measure()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            total += of(definition.selection_set)
    return total


def only_introspects(document: DocumentNode) -> bool:
    """Checks that the document's operations ask about the schema and nothing else."""
    return all(
        isinstance(selection, FieldNode) and selection.name.value.startswith("__")
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for selection in definition.selection_set.selections
    )


class DocumentLimits(SchemaExtension):
    """Refuses documents that are too large before they are validated, and all but introspection without a token."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings

    def on_operation(self) -> Iterator[None]:
        """Bounds the parser."""
        self.execution_context.parse_options["max_tokens"] = self._settings.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Measures the document. Raises TooCostly, and Unauthenticated without a token."""
        document = self.execution_context.graphql_document
        if document is not None:
            self._check(document)
        yield

    def _check(self, document: DocumentNode) -> None:
        if not self.execution_context.context.signed_in and not only_introspects(document):
            raise _as_graphql(Unauthenticated("token_missing"))
        size, most = measure(document), self._settings
        for what, has, allowed in (
            ("levels", size.depth, most.depth),
            ("fields", size.fields, most.fields),
            ("aliases", size.aliases, most.aliases),
        ):
            if has > allowed:
                raise _as_graphql(TooCostly(f"too_costly.{what}", most=allowed))


def _as_graphql(error: AmanahError) -> GraphQLError:
    return GraphQLError(error.message, original_error=error)


class TooLarge(BadInput):
    """The request's body exceeds the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    """Reads the request's body. Raises TooLarge as soon as it exceeds `limit` bytes, whatever its headers say.

    A body that is declared larger is not read at all.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge("too_large", limit=limit)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge("too_large", limit=limit)
        parts.append(part)
    return b"".join(parts)


class DiscardingResponse(Response):
    """Answer that is sent at once; then the rest of the request's body is read and discarded, up to a bound.

    A server that closes a connection with unread data resets it, and the client loses an answer that it had not read.
    """

    def __init__(self, answer: Response, request: Request) -> None:
        super().__init__(answer.body, answer.status_code, dict(answer.headers))
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the answer, and ends it once the body is discarded."""

        async def hold_open(message: Message) -> None:
            if message["type"] == "http.response.body":
                await send({**message, "more_body": True})
                await _discard(self._request)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await super().__call__(scope, receive, hold_open)


async def _discard(request: Request) -> None:
    # A client that waits for "100 Continue" sends nothing more once it has the answer.
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    size = 0
    # A body that was read to its end is a RuntimeError of `stream`.
    with suppress(RuntimeError, ClientDisconnect, TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > _DISCARD_BYTES:
                    return
