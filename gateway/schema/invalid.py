"""Messages for input that violates a contract, by the whole path of the input's field.

They never quote the value itself, which may be personal.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from amanah.contracts import areas
from amanah.contracts.errors import TABLE, Refused, Text, Unfit, error_text

G = TypeVar("G")
M = TypeVar("M")

_CHOICES = re.compile(r"\^\((\w+(?:\|\w+)*)\)\$")
# What a field with the pattern accepts: variants of the code `invalid`.
_PATTERNS = {
    areas.PATTERN: "area",
    r"^[0-9a-f]{64}$": "sha256",
    r"^[A-Za-z0-9._-]+$": "code",
    r"^[A-Za-z0-9._:/-]+$": "id",
    r"^[0-9A-Za-z]{5,34}$": "account",
    r"^[a-z]{1,20}$": "word",
    r"^[^\x00-\x1f]+$": "line",
    r"^usr_[0-9a-z]{26}$": "user",
}
_AT_LEAST_ONE = {"string_too_short": "invalid.empty_text", "too_short": "invalid.empty_list"}


@dataclass(frozen=True)
class FieldError:
    """Error in one field: its path in the contract, and a message that says what to do."""

    path: str
    text: Text


class Invalid(Refused):
    """Refusal of an input with errors in one or several fields."""

    def __init__(self, problems: Sequence[FieldError]) -> None:
        self._describe("invalid", problems[0].text, problems[0].path or None)
        self.problems = tuple(problems)


def invalid(error: ValidationError) -> Invalid:
    """Converts errors of pydantic into messages."""
    return Invalid([FieldError(".".join(map(str, e["loc"])), describe(e)) for e in error.errors(include_url=False)])


def describe(error: Any) -> Text:
    """Converts one error of pydantic into plain words."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _AT_LEAST_ONE and context["min_length"] == 1:
        return error_text(_AT_LEAST_ONE[kind])
    # Messages of the table are named like pydantic's types of errors.
    if (key := f"invalid.{kind}") in TABLE:
        return error_text(key, **context)
    if kind == "string_pattern_mismatch":
        return _of_pattern(context["pattern"])
    if kind in ("literal_error", "enum"):
        return error_text("invalid.choice", choices=context["expected"].replace(chr(39), "").replace(" or ", ", "))
    if kind == "value_error" and isinstance(context["error"], Unfit):
        return context["error"].text
    return error_text("invalid")


def _of_pattern(pattern: str) -> Text:
    if choices := _CHOICES.fullmatch(pattern):
        return error_text("invalid.choice", choices=", ".join(choices[1].split("|")))
    return error_text(f"invalid.{_PATTERNS[pattern]}" if pattern in _PATTERNS else "invalid")


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Prefixes errors in a part of an input with the path from the input's root."""
    try:
        yield
    except ValidationError as error:
        raise _with_path(path, invalid(error)) from None
    except Invalid as error:
        raise _with_path(path, error) from None
    except Refused as refusal:
        raise Refused.with_text(
            refusal.code, refusal.text, f"{path}.{refusal.field}" if refusal.field else path
        ) from None


def _with_path(path: str, found: Invalid) -> Invalid:
    return Invalid([FieldError(f"{path}.{p.path}" if p.path else path, p.text) for p in found.problems])


def each(path: str, given: Sequence[G], make: Callable[[G], M]) -> tuple[M, ...]:
    """Applies `make` to every part of a list. Raises Invalid with the problems of all parts."""
    made: list[M] = []
    problems: list[FieldError] = []
    for number, one in enumerate(given):
        try:
            with inside(f"{path}.{number}"):
                made.append(make(one))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return tuple(made)
