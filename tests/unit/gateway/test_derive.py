"""GraphQL types over models: which fields they get, how values are read from a model, and how inputs become requests."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, cast
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, build_schema
from pydantic import Field, ValidationError
from strawberry import Parent
from strawberry.schema.config import StrawberryConfig

from amanah.contracts.areas import AreaCode
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.message import Answer, Model, Moment, Quantity
from gateway.schema.derive import extend, input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.invalid import Invalid
from gateway.schema.scalars import SCALARS

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
CLIENT = UUID("123e4567-e89b-12d3-a456-426614174000")


class Colour(StrEnum):
    """Colour of a box."""

    RED = "RED"
    BLUE = "BLUE"


class LabelView(Answer):
    """Label on a box."""

    text: str
    made_at: Moment


class BoxLabelView(LabelView):
    box_id: str


class LidView(Answer):
    id: str


class BoxView(Answer):
    """A box. `secret` stays inside."""

    id: str
    owner_id: str | None
    colour: Colour = Field(description="Colour of the outside.")
    area: AreaCode
    weight: Quantity
    label: LabelView | None
    labels: tuple[LabelView, ...] = ()
    secret: str = "kept"
    parent: str | None = Field(default=None, description="Id of the box around it.")

    @property
    def heavy(self) -> bool:
        return self.weight > 10


class PartModel(Model):
    text: str = Field(min_length=2)
    number: int = Field(default=1, ge=1)


class PackBox(Model):
    """Packs a box."""

    client_id: str = Field(max_length=36)
    area: AreaCode
    owner_ids: tuple[str, ...] = ()
    colour: Colour = Field(description="Colour of the outside.")
    parts: tuple[PartModel, ...] = Field(min_length=1)
    lid: PartModel | None = None
    authority: str = Field(default="", max_length=5)
    since: Moment | None = None
    first: int = 20


@strawberry.interface
class Thing:
    id: strawberry.ID


# Before the type of the labels in it.
@over(BoxView, without=("secret",))
class Box(Thing):
    """Box with labels,
    in two lines.

    A second paragraph.
    """

    heavy: bool
    parent: strawberry.ID | None = strawberry.field(name="parentId")

    @resolver
    @staticmethod
    def first_label(box: Parent[BoxView]) -> LabelView | None:
        """The first of its labels."""
        return next(iter(box.labels), None)

    @resolver
    @staticmethod
    def own_label(box: Parent[BoxView]) -> BoxLabelView | None:
        """The label, which knows its box."""
        return extend(BoxLabelView, box.label, box_id=box.id) if box.label else None


@over(LabelView)
class Label: ...


@over(LidView)
class Lid(Thing):
    """Lid of a box."""


@over(BoxLabelView)
class BoxLabel:
    """Label that knows its box."""


@input_over(PartModel)
class PartInput:
    """Part of a box."""


@input_over(PackBox, without=("first",))
class PackBoxInput:
    client_id: UUID
    since: datetime | None = strawberry.field(name="from", default=None)


@payload
class PackBoxPayload:
    """The box, or the errors of the input."""

    box: BoxView | None = None


BOX = BoxView(
    id="box_1",
    owner_id=None,
    colour=Colour.RED,
    area="32.01",
    weight=Decimal("12.5"),
    label=LabelView(text="top", made_at=AT),
    labels=(LabelView(text="left", made_at=AT), LabelView(text="right", made_at=AT)),
    parent="box_0",
)
Inside = Annotated[BoxView | LidView, strawberry.union("Inside")]


@strawberry.type
class Query:
    @resolver
    def box(self, colour: Colour = Colour.RED) -> BoxView:
        """A box."""
        return BOX

    @resolver
    def boxes(self) -> list[BoxView]:
        """Some boxes."""
        return [BOX]

    @resolver
    def inside(self) -> list[Inside]:
        """Boxes and lids."""
        return [BOX, LidView(id="lid_1")]

    @strawberry.field
    def thing(self) -> Thing:
        return cast(Thing, BOX)

    @resolver
    @with_user_errors
    async def pack(self, input: PackBoxInput) -> PackBoxPayload:
        """Packs a box."""
        ask = request(PackBox, input)
        if ask.authority == "none":
            raise Refused("place_unknown", "owner_ids")
        if ask.authority == "never":
            raise Forbidden("forbidden")
        return PackBoxPayload(box=BOX)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
SDL = build_schema(SCHEMA.as_str())


def fields(name: str) -> dict[str, str]:
    kind = SDL.type_map[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInputObjectType)
    return {field: str(value.type) for field, value in kind.fields.items()}


async def answered(query: str) -> Any:
    result = await SCHEMA.execute(query)
    assert result.errors is None
    return result.data


def test_a_type_has_the_fields_of_its_view() -> None:
    assert fields("Box") == {
        "id": "ID!", "ownerId": "ID", "colour": "Colour!", "area": "AreaCode!", "weight": "Decimal!", "label": "Label",
        "labels": "[Label!]!", "heavy": "Boolean!", "parentId": "ID", "firstLabel": "Label", "ownLabel": "BoxLabel",
    }  # fmt: skip
    assert fields("BoxLabel") == {"text": "String!", "madeAt": "DateTime!", "boxId": "ID!"}


def test_descriptions_come_from_docstrings_and_from_the_fields_of_the_model() -> None:
    box, colour, label = SDL.type_map["Box"], SDL.type_map["Colour"], SDL.type_map["Label"]
    assert isinstance(box, GraphQLObjectType)
    assert isinstance(colour, GraphQLEnumType)
    assert box.description == "Box with labels, in two lines.\n\nA second paragraph."
    assert label.description == "Label on a box."
    assert colour.description == "Colour of a box."
    assert box.fields["colour"].description == "Colour of the outside."
    assert box.fields["parentId"].description == "Id of the box around it."
    assert box.fields["firstLabel"].description == "The first of its labels."


async def test_values_are_read_from_the_view() -> None:
    found = await answered("{ box { id ownerId colour area weight heavy parentId label { text madeAt } } }")
    assert found["box"] == {
        "id": "box_1", "ownerId": None, "colour": "RED", "area": "32.01", "weight": "12.5", "heavy": True,
        "parentId": "box_0", "label": {"text": "top", "madeAt": "2026-03-02T02:30:00.000Z"},
    }  # fmt: skip
    found = await answered("{ boxes { labels { text } firstLabel { text } ownLabel { text boxId } } }")
    assert found["boxes"] == [
        {
            "labels": [{"text": "left"}, {"text": "right"}],
            "firstLabel": {"text": "left"},
            "ownLabel": {"text": "top", "boxId": "box_1"},
        }
    ]


async def test_interfaces_and_unions_know_the_type_of_a_view() -> None:
    found = await answered("{ thing { __typename id } inside { __typename ... on Lid { id } } }")
    assert found["thing"] == {"__typename": "Box", "id": "box_1"}
    assert found["inside"] == [{"__typename": "Box"}, {"__typename": "Lid", "id": "lid_1"}]


def test_an_input_has_the_fields_of_its_request() -> None:
    assert fields("PackBoxInput") == {
        "clientId": "UUID!", "area": "AreaCode!", "ownerIds": "[ID!]", "colour": "Colour!", "parts": "[PartInput!]!",
        "lid": "PartInput", "authority": "String", "from": "DateTime",
    }  # fmt: skip
    assert fields("PackBoxPayload") == {"box": "Box", "userErrors": "[UserError!]!"}


def given(**more: Any) -> Any:
    make: Any = PackBoxInput
    return make(**{"client_id": CLIENT, "area": "32.01", "colour": Colour.RED, "parts": [part("abc")], **more})


def part(text: str, number: int | None = None) -> Any:
    make: Any = PartInput
    return make(text=text, number=number)


def test_a_request_is_built_with_its_own_defaults() -> None:
    built = request(PackBox, given(owner_ids=["usr_1"], lid=part("lid", 7)), first=5, since=AT)
    assert built == PackBox(
        client_id=str(CLIENT), area="32.01", owner_ids=("usr_1",), colour=Colour.RED, parts=(PartModel(text="abc"),),
        lid=PartModel(text="lid", number=7), first=5, since=AT,
    )  # fmt: skip
    assert request(PackBox, given(since=AT), since=None).since == AT
    assert request(PartModel, None, text="xy") == PartModel(text="xy")


def test_the_errors_of_all_parts_have_their_paths() -> None:
    with pytest.raises(Invalid) as caught:
        request(PackBox, given(parts=[part("a"), part("ab"), part("ab", 0)]))
    assert [p.path for p in caught.value.problems] == ["parts.0.text", "parts.2.number"]
    with pytest.raises(Invalid) as caught:
        request(PackBox, given(lid=part("a")))
    assert [p.path for p in caught.value.problems] == ["lid.text"]
    with pytest.raises(ValidationError) as wrong:
        request(PackBox, given(authority="too long", area="3"))
    assert [e["loc"] for e in wrong.value.errors()] == [("area",), ("authority",)]


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ('authority: "none"', "place_unknown", "ownerIds"),
        ('authority: "too long"', "invalid", "authority"),
        ('lid: {text: "a"}', "invalid", "lid.text"),
    ],
)
async def test_what_the_caller_can_mend_is_a_user_error(more: str, code: str, field: str) -> None:
    query = f'{{ pack(input: {{clientId: "{CLIENT}", area: "32", colour: RED, parts: [{{text: "ab"}}], {more}}}) '
    found = await answered(query + "{ box { id } userErrors { code field } } }")
    assert found["pack"] == {"box": None, "userErrors": [{"code": code, "field": field}]}


async def test_what_the_caller_cannot_mend_is_an_error_of_the_whole() -> None:
    part = f'clientId: "{CLIENT}", area: "32", colour: RED, parts: [{{text: "ab"}}], authority: "never"'
    result = await SCHEMA.execute(f"{{ pack(input: {{{part}}}) {{ userErrors {{ code }} }} }}")
    assert result.errors
    assert isinstance(result.errors[0].original_error, Forbidden)


def test_a_mistake_in_a_declaration_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="Box is declared over BoxView already"):
        over(BoxView)(type("Other", (), {}))
    with pytest.raises(TypeError, match="has no fields wheels to leave out"):
        input_over(Answer, without=("wheels",))(type("Other", (), {}))
