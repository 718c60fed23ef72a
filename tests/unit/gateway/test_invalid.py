"""A contract's validation errors are plain sentences with the whole path of the field."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, create_model

from amanah import contracts
from amanah.contracts.actor import Actor
from amanah.contracts.custody.packages import GetPackage
from amanah.contracts.errors import Refused
from amanah.contracts.message import Answer, Model, Moment, Quantity, Request
from gateway.schema.invalid import Invalid, each, inside, invalid
from tests.unit.gateway.conftest import Gateway

# What pydantic says of itself; people cannot do anything with it.
TECHNICAL = re.compile(r"String should|Input should|Value error|List should|Tuple should|Field required|pattern '")


class Form(BaseModel):
    """One field of each kind."""

    name: str = Field(default="x", min_length=1, max_length=3)
    word: str = Field(default="xxx", min_length=2)
    some: tuple[int, ...] = Field(default=(1,), min_length=1, max_length=2)
    pair: tuple[int, ...] = Field(default=(1, 2), min_length=2)
    more: int = Field(default=1, gt=0, lt=10)
    least: int = Field(default=1, ge=1, le=9)
    amount: Quantity = Decimal(1)
    colour: str = Field(default="RED", pattern=r"^(RED|BLUE)$")
    shape: Literal["ROUND", "SQUARE"] = "ROUND"
    at: Moment | None = None
    odd: str = Field(default="a", pattern=r"^a+b?$")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": ""}, "This must not be empty."),
        ({"name": "xxxx"}, "Write at most 3 characters."),
        ({"word": "x"}, "Write at least 2 characters."),
        ({"some": ()}, "Give at least one."),
        ({"some": (1, 2, 3)}, "Give at most 2 at once."),
        ({"pair": (1,)}, "Give at least 2."),
        ({"more": 0}, "This must be more than 0."),
        ({"more": 10}, "This must be less than 10."),
        ({"least": 0}, "This must be 1 or more."),
        ({"least": 10}, "This must be 9 or less."),
        ({"amount": Decimal("0.0001")}, "Write at most 3 decimals."),
        ({"amount": Decimal("NaN")}, "Write a number."),
        ({"colour": "GREEN"}, "Choose one of RED, BLUE."),
        ({"shape": "FLAT"}, "Choose one of ROUND, SQUARE."),
        ({"at": "2026-11-24T09:30:00"}, "A time needs its offset, such as 2026-11-24T09:30:00+07:00."),
        ({"odd": "c"}, "Invalid format."),
    ],
)
def test_every_kind_of_fault_has_its_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(given)
    (problem,) = invalid(caught.value).problems
    assert (problem.path, problem.text.en) == (next(iter(given)), sentence)


def test_a_field_that_is_missing_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        GetPackage.model_validate({})
    assert invalid(caught.value).problems[0].text.en == "This field is required."


def constrained(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Every field of the model that has a pattern."""
    for name, field in model.model_fields.items():
        for given in (
            field.metadata,
            *(getattr(a, "__metadata__", ()) for a in getattr(field.annotation, "__args__", ())),
        ):
            for each_one in given:
                if pattern := getattr(each_one, "pattern", None):
                    yield name, str(pattern)


def asked() -> Iterator[type[BaseModel]]:
    """Every request of the gateway's, and the parts of requests."""
    for module in pkgutil.walk_packages(contracts.__path__, "amanah.contracts."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, Model | Answer) and found is not Request:
                if ".audit" not in module.name and ".logistics" not in module.name:
                    yield found


def test_every_pattern_of_the_contracts_has_a_sentence() -> None:
    patterns = {(model, name): pattern for model in asked() for name, pattern in constrained(model)}
    assert len(patterns) > 20
    for (model, name), pattern in patterns.items():
        part = create_model("Part", x=(Annotated[str, Field(pattern=pattern)], ...))
        with pytest.raises(ValidationError) as caught:
            part.model_validate({"x": "\n"})
        sentence = invalid(caught.value).problems[0].text.en
        assert sentence != "Invalid format.", f"{model.__name__}.{name}: {pattern}"
        assert not TECHNICAL.search(sentence)


def test_parts_are_placed_and_all_their_problems_told() -> None:
    with pytest.raises(Invalid) as caught, inside("outer"):
        each("items", ["1", "0", "x", "10"], lambda text: Form.model_validate({"more": text, "name": "xxxx"}))
    assert [p.path for p in caught.value.problems] == [
        "outer.items.0.name", "outer.items.1.name", "outer.items.1.more",
        "outer.items.2.name", "outer.items.2.more", "outer.items.3.name", "outer.items.3.more",
    ]  # fmt: skip


def test_a_refusal_within_is_placed_too() -> None:
    def refuse(_: str) -> None:
        raise Refused("invalid.latitude", "location.latitude")

    with pytest.raises(Refused) as caught:
        each("places", ["x"], refuse)
    assert (caught.value.code, caught.value.field) == ("invalid", "places.0.location.latitude")


# ---------------------------------------------------------------- through the schema


async def test_the_whole_path_of_a_field_is_told(gateway: Gateway, supervisor: Actor) -> None:
    item = {"sku": "BERAS", "name": "Beras", "unit": "kg", "quantityPerRecipient": "10"}
    wrong = [item, item | {"quantityPerRecipient": "0"}, item | {"sku": ""}]
    data = await gateway.data(supervisor, "CreateProgram", input={"code": "BPNT", "name": "BPNT", "items": wrong})
    assert data["createProgram"]["userErrors"] == [
        {"code": "invalid", "field": "items.1.quantityPerRecipient", "message": "This must be more than 0."},
        {"code": "invalid", "field": "items.2.sku", "message": "This must not be empty."},
    ]


async def test_parts_of_parts_have_their_paths(gateway: Gateway, supervisor: Actor) -> None:
    good = {"code": "P-1", "area": "32.01.05", "contents": [{"sku": "BERAS", "quantity": "1"}]}
    bad = {"code": "P 2", "area": "32.01.05", "contents": [{"sku": "BERAS", "quantity": "1.00001"}]}
    data = await gateway.data(supervisor, "CreatePackages", input={"roundId": "rnd_1", "packages": [good, bad]})
    assert [(e["field"], e["message"]) for e in data["createPackages"]["userErrors"]] == [
        ("packages.1.contents.0.quantity", "Write at most 3 decimals.")
    ]
    bad["contents"] = []
    data = await gateway.data(supervisor, "CreatePackages", input={"roundId": "rnd_1", "packages": [good, bad]})
    assert [(e["field"], e["message"]) for e in data["createPackages"]["userErrors"]] == [
        ("packages.1.code", "Use letters, digits, full stops, hyphens and underscores only.")
    ]
    place = {
        "code": "POS",
        "name": "Pos",
        "kind": "POST",
        "area": "32.01.05",
        "location": {"latitude": 91, "longitude": 0},
    }
    data = await gateway.data(supervisor, "CreatePlaces", input={"places": [place]})
    assert [e["field"] for e in data["createPlaces"]["userErrors"]] == ["places.0.location.latitude"]
    assert gateway.owners.asked == []
