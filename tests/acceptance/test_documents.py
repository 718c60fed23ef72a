"""Every document of the contract is valid against the committed schema, or is named here as not built yet."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from amanah.cli.demo.documents import split

_REPOSITORY = Path(__file__).parents[2]
_DOCUMENTS = split((Path(__file__).parent / "operations.graphql").read_text(encoding="utf-8"))
_NOT_YET = frozenset(
    """RevealNik ProposeChange VerifyChange ApproveChange RejectChange DuplicateCases MapClusters ProgressChanged
    AlertRaised""".split()
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema that the gateway commits."""
    return build_schema((_REPOSITORY / "gateway" / "schema.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(_DOCUMENTS.keys() - _NOT_YET))
def test_what_is_built_is_valid(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(_DOCUMENTS[name])) == []


@pytest.mark.parametrize("name", sorted(_NOT_YET))
def test_what_is_not_built_yet_is_not_forgotten_here(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(_DOCUMENTS[name])), f"{name} is built: take it off the list"
