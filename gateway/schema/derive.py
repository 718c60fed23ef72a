"""GraphQL types declared over the contract's models.

A view of the contract is the value of its GraphQL type: a field reads the attribute of its name, and nothing is copied.

    @over(contract.RoundView, without=("program_id", "roster_id"))
    class Round(Node):
        \"\"\"One distribution of a program over a roster.\"\"\"

        @resolver
        @staticmethod
        async def program(round_: Parent[contract.RoundView], info: Info) -> contract.ProgramView | None:
            \"\"\"The program that is distributed.\"\"\"
            return await info.context.load(contract.GetPrograms, round_.program_id)

`over` adds the fields of the view that the class neither declares nor leaves out, with their types and descriptions.
`input_over` does the same for an input, and `request` builds the contract's request from it. Annotations name what a value is:
there a model of the contract stands for the GraphQL type over it (annotations.py), so that a type checker follows the values.
Docstrings of classes and resolvers are their descriptions in the schema.
"""

import dataclasses
import re
from collections import ChainMap
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast, dataclass_transform, get_type_hints
from uuid import UUID

import strawberry
from pydantic import BaseModel
from strawberry.types.base import has_object_definition
from strawberry.types.field import StrawberryField

from gateway.schema.annotations import INPUTS, TYPES, Annotation, DirectField, Resolver, annotate, description
from gateway.schema.invalid import each, inside

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T", bound=type)

_ID = re.compile(r"(.+_)?ids?")

FOUND_BY: dict[str, type[Any]] = {}
"""The request that finds the nodes of each kind by their ids."""


def over(
    view: type[BaseModel], *, without: Iterable[str] = (), found_by: type[BaseModel] | None = None
) -> Callable[[T], T]:
    """Declares a class as the GraphQL type over a view.

    `without` names the fields that the schema does not show; `found_by` is the request that finds things of this kind by ids.
    """

    def declare(cls: Any) -> Any:
        _add_fields(cls, view, without, TYPES)
        if found_by:
            FOUND_BY[cls.__name__] = found_by
        if any(has_object_definition(base) for base in cls.__bases__):
            # Tells its interface, and unions, the type of a value.
            cls.is_type_of = staticmethod(lambda value, _info: type(value) is view or isinstance(value, view))
        return strawberry.type(cls, description=description(cls) or description(view))

    return declare


def input_over(model: type[BaseModel], *, without: Iterable[str] = ()) -> Callable[[T], T]:
    """Declares a class as the GraphQL input over a request, or a part of one. What has a default there is optional.

    A part whose form differs from the contract's has a method `as_contract`.
    """

    def declare(cls: Any) -> Any:
        _add_fields(cls, model, without, INPUTS)
        if not hasattr(cls, "as_contract"):
            cls.as_contract = lambda given: request(model, given)
        return strawberry.input(cls, description=description(cls) or description(model))

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def output(cls: T) -> T:
    """Declares a class as a GraphQL type whose values are its instances. Its fields may hold views."""
    annotate(cls, TYPES)
    return strawberry.type(cls, description=description(cls))


def resolver(function: F) -> F:
    """Makes a method the resolver of the field of its name; its docstring is the field's description."""
    found = Resolver(function)
    alone = found.parent_parameter is not None and len(found.signature.parameters) == 1 and not found.is_async
    return cast(F, (DirectField if alone else StrawberryField)(description=description(function))(found))


def subscription(function: F) -> F:
    """Makes a method that returns an async generator the subscription of its name; its docstring is the description."""
    return cast(F, strawberry.subscription(resolver=Resolver(function), description=description(function)))


def request(model: type[M], given: object = None, **more: Any) -> M:
    """Builds a request from an input over it, with `more` for fields that the input does not have.

    A field that is left out or null gets the request's own default. Raises ValidationError or Refused with the paths of the
    fields.
    """
    return model.model_validate(more | ({} if given is None else _values(given)))


def extend(model: type[M], view: BaseModel, **more: Any) -> M:
    """Copies a view into a `model` with more fields, for a value that must know what it is a part of."""
    return model.model_construct(**vars(view), **more)


def _add_fields(cls: Any, model: type[BaseModel], without: Iterable[str], types: dict[type, Any]) -> None:
    """Registers the class, and adds the fields of the model that it neither declares nor inherits nor leaves out."""
    if model in types:
        raise TypeError(f"{types[model].__qualname__} is declared over {model.__qualname__} already.")
    if unknown := set(without) - set(model.model_fields):
        raise TypeError(f"{model.__qualname__} has no fields {', '.join(sorted(unknown))} to leave out.")
    types[model] = cls
    annotate(cls, types)
    hints = get_type_hints(model, include_extras=True)
    left_out = {*without, *(name for base in cls.__bases__ for name in getattr(base, "__dataclass_fields__", ()))}
    for name, field in model.model_fields.items():
        declared = vars(cls).get(name)
        if declared is not None:
            declared.description = declared.description or field.description
        elif name not in left_out:
            optional = types is INPUTS and not field.is_required()
            hint = hints[name] | None if optional else hints[name]
            # Ids have a scalar of their own in the schema; in the contract they are strings.
            known = ChainMap[type, Any]({str: strawberry.ID}, types) if _ID.fullmatch(name) else types
            cls.__annotations__[name] = Annotation(hint, known)
            default = None if optional else dataclasses.MISSING
            setattr(cls, name, strawberry.field(default=default, description=field.description))


def _values(given: Any) -> dict[str, Any]:
    """The values of an input, in the form of the request's fields."""
    values: dict[str, Any] = {}
    for name in (field.name for field in dataclasses.fields(given)):
        value = getattr(given, name)
        if isinstance(value, list):
            values[name] = each(name, value, _value)
        elif value is not None:
            with inside(name):
                values[name] = _value(value)
    return values


def _value(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    # A part is validated by itself: pydantic would count a part that is wrong as one that is missing from its list.
    return value.as_contract() if hasattr(value, "as_contract") else value
