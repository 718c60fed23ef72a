"""Enums of the contracts as enums of the schema: the docstring is the description."""

import inspect
from enum import StrEnum

import strawberry


def register(enum: type[StrEnum], name: str | None = None) -> None:
    """Adds an enum to the schema, under its own name or another. Once per enum; then it is a type like any other."""
    strawberry.enum(enum, name=name, description=" ".join((inspect.getdoc(enum) or "").split()))
