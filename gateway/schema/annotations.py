"""Annotations in which models of the contract stand for the GraphQL types that are declared over them.

Strawberry evaluates an annotation when it needs the type: at the latest when the schema is built, when every module has been
imported. So modules may come in any order.
"""

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from enum import Enum
from functools import cached_property, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

import strawberry
from pydantic import BaseModel
from strawberry.annotation import StrawberryAnnotation
from strawberry.parent import StrawberryParent
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.private import is_private

from amanah.contracts import areas
from gateway.schema.scalars import AreaCode

TYPES: dict[type, Any] = {}
"""The GraphQL type over each view."""

INPUTS: dict[type, Any] = {}
"""The GraphQL input over each request, and over each part of one."""


class Annotation(StrawberryAnnotation):
    """An annotation in which models of the contract stand for the GraphQL types over them."""

    __slots__ = ("types",)

    def __init__(self, annotation: object, types: Mapping[type, Any], namespace: dict[str, Any] | None = None) -> None:
        super().__init__(annotation, namespace=namespace)
        self.types = types

    def evaluate(self) -> type:
        """The GraphQL type. Raises NameError before it is declared; then strawberry asks again when the schema is built."""
        return cast(type, graphql_type(super().evaluate(), self.types))


class DirectField(StrawberryField):
    """A field whose resolver takes the view alone: it is called without what arguments and `info` need."""

    is_basic_field = True

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value for the view `source`."""
        return cast(Any, self.base_resolver)(source)


class Resolver(StrawberryResolver[Any]):
    """A resolver in whose annotations models of the contract stand for GraphQL types."""

    @cached_property
    def strawberry_annotations(self) -> dict[inspect.Parameter, StrawberryAnnotation | None]:
        """The annotations of its parameters."""
        return {
            parameter: found and Annotation(found.raw_annotation, INPUTS, found.namespace)
            for parameter, found in super().strawberry_annotations.items()
        }

    @cached_property
    def type_annotation(self) -> StrawberryAnnotation | None:
        """The annotation of what it returns."""
        found = super().type_annotation
        return found and Annotation(found.raw_annotation, TYPES, found.namespace)


def annotate(cls: Any, types: Mapping[type, Any]) -> None:
    """Lets models of the contract stand for GraphQL types in the annotations of a class's own fields."""
    namespace = vars(sys.modules[cls.__module__])
    for name, hint in tuple(cls.__annotations__.items()):
        if not is_private(hint):
            cls.__annotations__[name] = Annotation(hint, types, namespace)
            declared = vars(cls).get(name, dataclasses.MISSING)
            if not isinstance(declared, StrawberryField):
                setattr(cls, name, strawberry.field(default=declared))


def graphql_type(annotation: Any, types: Mapping[type, Any]) -> Any:
    """The annotation as the schema has it: `types` for classes, the scalar for area codes, lists for tuples."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation == areas.AreaCode:
        return AreaCode
    if origin is Annotated:
        if any(isinstance(extra, StrawberryParent) for extra in annotation.__metadata__):
            return annotation
        return Annotated[(graphql_type(args[0], types), *annotation.__metadata__)]
    if origin is tuple:
        return list[graphql_type(args[0], types)]  # type: ignore[misc] # a type made at run time
    if args:
        found = tuple(graphql_type(arg, types) for arg in args)
        return reduce(or_, found) if origin in (Union, UnionType) else origin[found]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        known = "__strawberry_definition__" in vars(annotation)
        return annotation if known else strawberry.enum(annotation, description=description(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        declared = next((types[base] for base in annotation.__mro__ if base in types), None)
        if declared is None:
            raise NameError(f"No GraphQL type is declared over {annotation.__qualname__}.")
        return declared
    return types.get(annotation, annotation)


def description(thing: Any) -> str | None:
    """The docstring of a class or function, each paragraph in one line."""
    text = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text)) if text else None
