"""A gateway without a house behind it: owners that answer what a test tells them, and people it knows."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast
from pydantic import BaseModel

from amanah.areas import AreaTable
from amanah.contracts.actor import Actor
from amanah.contracts.message import Request
from gateway.context import Context
from gateway.schema.errors import formatted
from gateway.schema.root import Schema, schema

A = TypeVar("A", bound=BaseModel)

OPERATIONS = Path(__file__).parents[2] / "acceptance" / "operations.graphql"


class Owners:
    """Answers requests from a table, and remembers what was asked. An answer may be an error or a function."""

    def __init__(self) -> None:
        self.answers: dict[type[Request[Any]], Any] = {}
        self.asked: list[Request[Any]] = []

    async def call(self, ask: Request[A], actor: Actor) -> A:
        self.asked.append(ask)
        answer = self.answers[type(ask)]
        if isinstance(answer, Exception):
            raise answer
        made: A = answer(ask) if callable(answer) else answer
        return made


class Acquaintances:
    """Knows people by name and officers by area; remembers denials."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.officers: dict[str, str] = {}
        self.denials: list[tuple[str, str]] = []
        self.looked_up = 0

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        self.looked_up += 1
        return {i: self.known[i] for i in ids if i in self.known}

    async def is_officer(self, user_id: str, area: str) -> bool:
        return self.officers.get(user_id) == area

    async def denied(self, actor: Actor, ask: Request[Any], reason: str) -> None:
        self.denials.append((actor.name, type(ask).__name__))


@cache
def built() -> Schema:
    """The schema, which takes a while to build."""
    return schema()


class Gateway:
    """Sends operations of the contract to the schema."""

    def __init__(self) -> None:
        self.owners = Owners()
        self.people = Acquaintances()
        self.areas = AreaTable(
            {
                "ID": "Indonesia",
                "32": "Jawa Barat",
                "32.01": "Kabupaten Bogor",
                "32.01.05": "Cibungbulang",
                "32.01.05.2001": "Sukamaju",
                "32.01.05.2002": "Cimanggu",
                "33": "Jawa Tengah",
            }
        )
        self.schema = built()
        document = parse(OPERATIONS.read_text())
        self.operations = {
            d.name.value: print_ast(d)
            for d in document.definitions
            if isinstance(d, OperationDefinitionNode) and d.name
        }

    async def ask(self, viewer: Actor, query: str, **variables: Any) -> dict[str, Any]:
        """The response to an operation of the contract by its name, or to a document."""
        context = Context(viewer, self.owners, self.people, self.areas)
        document = self.operations.get(query, query)
        result = await self.schema.execute(document, variable_values=variables, context_value=context)
        errors: list[GraphQLError] = result.errors or []
        return {"data": result.data, "errors": [formatted(e, "request-1") for e in errors]}

    async def data(self, viewer: Actor, query: str, **variables: Any) -> Any:
        """The data of a response without errors."""
        response = await self.ask(viewer, query, **variables)
        assert response["errors"] == []
        return response["data"]


@pytest.fixture
def gateway() -> Gateway:
    """A gateway of this test's own."""
    return Gateway()
