"""The contract with frontend teams: which of its operations the schema serves, and which are still to come."""

from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    is_input_object_type,
    parse,
    validate,
)
from graphql.language import EnumTypeDefinitionNode, InputObjectTypeDefinitionNode, print_ast

from gateway.schema.root import schema

ROOT = Path(__file__).parents[2]
ACCEPTANCE = ROOT / "tests" / "acceptance"

# Operations of the contract that are not built yet. Whoever builds one takes it off this list.
NOT_YET = {
    "ProposeChange",
    "VerifyChange",
    "ApproveChange",
    "RejectChange",
    "DuplicateCases",
    "ProgressChanged",
    "AlertRaised",
}

DOCUMENT = parse((ACCEPTANCE / "operations.graphql").read_text())
OPERATIONS = {d.name.value: d for d in DOCUMENT.definitions if isinstance(d, OperationDefinitionNode) and d.name}
INPUTS = parse((ACCEPTANCE / "inputs.graphql").read_text())


@pytest.fixture(scope="module")
def committed() -> GraphQLSchema:
    """The schema as its committed SDL has it."""
    return build_schema((ROOT / "gateway" / "schema.graphql").read_text())


def alone(operation: OperationDefinitionNode) -> DocumentNode:
    fragments = [d for d in DOCUMENT.definitions if isinstance(d, FragmentDefinitionNode)]
    return DocumentNode(definitions=(operation, *fragments))


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert (ROOT / "gateway" / "schema.graphql").read_text() == schema().as_str() + "\n"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_what_is_built_validates_and_what_is_not_is_named(name: str, committed: GraphQLSchema) -> None:
    errors = validate(committed, alone(OPERATIONS[name]))
    if name in NOT_YET:
        assert errors, f"{name} is built now: take it off the list of those that are not"
    else:
        assert errors == []


def test_only_operations_of_the_contract_are_named() -> None:
    assert set(OPERATIONS) >= NOT_YET


@pytest.mark.parametrize(
    "wanted",
    [d for d in INPUTS.definitions if isinstance(d, InputObjectTypeDefinitionNode)],
    ids=lambda definition: definition.name.value,
)
def test_inputs_have_every_field_of_the_contract_and_demand_no_more(
    wanted: InputObjectTypeDefinitionNode, committed: GraphQLSchema
) -> None:
    built = committed.type_map.get(wanted.name.value)
    if built is None:
        return  # an input of an operation that is not built
    assert isinstance(built, GraphQLInputObjectType)
    assert is_input_object_type(built)
    fields = {field.name.value: print_ast(field.type) for field in wanted.fields or ()}
    for name, type_ in fields.items():
        assert str(built.fields[name].type) in (type_, type_.removesuffix("!"))
    for name, field in built.fields.items():
        assert name in fields or not str(field.type).endswith("!")


@pytest.mark.parametrize(
    "wanted",
    [d for d in INPUTS.definitions if isinstance(d, EnumTypeDefinitionNode)],
    ids=lambda definition: definition.name.value,
)
def test_enums_have_every_value_of_the_contract(wanted: EnumTypeDefinitionNode, committed: GraphQLSchema) -> None:
    built = committed.type_map.get(wanted.name.value)
    if built is None:
        return  # an enum of an operation that is not built
    assert isinstance(built, GraphQLEnumType)
    assert {value.name.value for value in wanted.values or ()} <= set(built.values)
