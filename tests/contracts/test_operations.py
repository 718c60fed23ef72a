"""The contract with frontend teams (tests/acceptance): operations that the schema serves, and those that it does not yet."""

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
from graphql.language import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

from gateway.schema.root import schema

ROOT = Path(__file__).parents[2]
ACCEPTANCE = ROOT / "tests" / "acceptance"

_CHANGES = "the register is changed by lists only; there is no command for one recipient"
_DUPLICATES = "exact duplicates are refused on lists and rosters; likely ones are not looked for"
NOT_SERVED = {
    "ProposeChange": _CHANGES,
    "VerifyChange": _CHANGES,
    "ApproveChange": _CHANGES,
    "RejectChange": _CHANGES,
    "DuplicateCases": _DUPLICATES,
}
"""Operations of the contract that the schema does not serve, and why. A change that serves one takes it off this table."""
TYPES_NOT_SERVED = {"ChangeKind", "ChangeStatus", "DecideChangeInput", "ProposeChangeInput", "RecipientFieldsInput"}
"""Inputs and enums of the contract that these operations alone use."""

DOCUMENT = parse((ACCEPTANCE / "operations.graphql").read_text())
OPERATIONS = {d.name.value: d for d in DOCUMENT.definitions if isinstance(d, OperationDefinitionNode) and d.name}
INPUTS = parse((ACCEPTANCE / "inputs.graphql").read_text())
SERVED_TYPES = [
    d for d in INPUTS.definitions if isinstance(d, TypeDefinitionNode) and d.name.value not in TYPES_NOT_SERVED
]


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
def test_an_operation_is_valid_unless_it_is_not_served(name: str, committed: GraphQLSchema) -> None:
    errors = validate(committed, alone(OPERATIONS[name]))
    if name in NOT_SERVED:
        assert errors, f"{name} is served: take it off the table"
    else:
        assert errors == []


def test_the_table_names_operations_of_the_contract_only() -> None:
    assert set(OPERATIONS) >= set(NOT_SERVED)


def test_only_types_of_these_operations_are_missing(committed: GraphQLSchema) -> None:
    contract = {d.name.value for d in INPUTS.definitions if isinstance(d, TypeDefinitionNode)}
    assert contract - set(committed.type_map) == TYPES_NOT_SERVED


@pytest.mark.parametrize(
    "wanted",
    [d for d in SERVED_TYPES if isinstance(d, InputObjectTypeDefinitionNode)],
    ids=lambda definition: definition.name.value,
)
def test_inputs_have_every_field_of_the_contract_and_demand_no_more(
    wanted: InputObjectTypeDefinitionNode, committed: GraphQLSchema
) -> None:
    built = committed.type_map[wanted.name.value]
    assert isinstance(built, GraphQLInputObjectType)
    assert is_input_object_type(built)
    fields = {field.name.value: print_ast(field.type) for field in wanted.fields or ()}
    for name, type_ in fields.items():
        assert str(built.fields[name].type) in (type_, type_.removesuffix("!"))
    for name, field in built.fields.items():
        assert name in fields or not str(field.type).endswith("!")


@pytest.mark.parametrize(
    "wanted",
    [d for d in SERVED_TYPES if isinstance(d, EnumTypeDefinitionNode)],
    ids=lambda definition: definition.name.value,
)
def test_enums_have_every_value_of_the_contract(wanted: EnumTypeDefinitionNode, committed: GraphQLSchema) -> None:
    built = committed.type_map[wanted.name.value]
    assert isinstance(built, GraphQLEnumType)
    assert {value.name.value for value in wanted.values or ()} <= set(built.values)
