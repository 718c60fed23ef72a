"""What a contract does not take, in people's words, by the whole path of the input's field.

The value itself is never told: it may be personal.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from amanah.contracts import areas
from amanah.contracts.errors import Refused

G = TypeVar("G")
M = TypeVar("M")

_CHOICES = re.compile(r"\^\((\w+(?:\|\w+)*)\)\$")
_PATTERNS = {
    areas.PATTERN: "Write an area code, such as 32, 32.75, 32.75.03 or 32.75.03.1002; ID is the nation.",
    r"^[0-9a-f]{64}$": "Write the SHA-256 as 64 digits from 0 to 9 and a to f.",
    r"^[A-Za-z0-9._-]+$": "Use letters, digits, dots, hyphens and underscores only.",
    r"^[A-Za-z0-9._:/-]+$": "Write ids or codes: letters, digits and . _ : / - only.",
    r"^[0-9A-Za-z]{5,34}$": "Write the account number as 5 to 34 letters and digits.",
    r"^[a-z]{1,20}$": "Use up to 20 small letters.",
}
# By pydantic's type of an error, with what its context has.
_SENTENCES = {
    "missing": "This is needed.",
    "string_too_short": "Write at least {min_length} characters.",
    "string_too_long": "Write at most {max_length} characters.",
    "too_short": "Give at least {min_length} of them.",
    "too_long": "Give at most {max_length} of them at once.",
    "greater_than": "This must be more than {gt}.",
    "greater_than_equal": "This must be {ge} or more.",
    "less_than": "This must be less than {lt}.",
    "less_than_equal": "This must be {le} or less.",
    "decimal_max_places": "Write at most {decimal_places} decimals.",
    "finite_number": "Write a number.",
}
_AT_LEAST_ONE = {"string_too_short": "This must not be empty.", "too_short": "Give at least one."}
_OTHERWISE = "This has not the form that is taken here."


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: its path as the contract has it, and a sentence that says what to do."""

    path: str
    sentence: str


class Invalid(Refused):
    """An input, or several fields of it, that the contract does not take."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("invalid", problems[0].sentence, problems[0].path or None)
        self.problems = tuple(problems)


def invalid(error: ValidationError) -> Invalid:
    """What pydantic found, as people are told."""
    return Invalid([Problem(".".join(map(str, e["loc"])), sentence(e)) for e in error.errors(include_url=False)])


def sentence(error: Any) -> str:
    """One of pydantic's findings in plain words."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _AT_LEAST_ONE and context["min_length"] == 1:
        return _AT_LEAST_ONE[kind]
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    if kind == "string_pattern_mismatch":
        return _of_pattern(context["pattern"])
    if kind in ("literal_error", "enum"):
        return f"Choose one of {context['expected'].replace(chr(39), '')}."
    if kind == "value_error":
        # Raised by a contract's own check, in its words.
        words = str(context["error"])
        return f"{words[:1].upper()}{words[1:]}."
    return _OTHERWISE


def _of_pattern(pattern: str) -> str:
    if choices := _CHOICES.fullmatch(pattern):
        return f"Choose one of {', '.join(choices[1].split('|'))}."
    return _PATTERNS.get(pattern, _OTHERWISE)


@contextmanager
def inside(path: str) -> Iterator[None]:
    """A part of an input: what goes wrong within is told by the path from the input's root."""
    try:
        yield
    except ValidationError as error:
        raise _placed(path, invalid(error)) from None
    except Invalid as error:
        raise _placed(path, error) from None
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, f"{path}.{refusal.field}" if refusal.field else path) from None


def _placed(path: str, found: Invalid) -> Invalid:
    return Invalid([Problem(f"{path}.{p.path}" if p.path else path, p.sentence) for p in found.problems])


def each(path: str, given: Sequence[G], make: Callable[[G], M]) -> tuple[M, ...]:
    """What `make` makes of every part of a list. Raises Invalid with the problems of all of them."""
    made: list[M] = []
    problems: list[Problem] = []
    for number, one in enumerate(given):
        try:
            with inside(f"{path}.{number}"):
                made.append(make(one))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return tuple(made)
