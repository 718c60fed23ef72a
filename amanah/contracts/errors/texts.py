"""The forms of the error table: a code, its variants, and a text in both languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

Language = Literal["en", "id"]


class Kind(StrEnum):
    """The kinds of errors; at the top level of a GraphQL answer `extensions.code` is one of them."""

    REFUSED = "REFUSED"
    NOT_YET = "NOT_YET"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    THROTTLED = "THROTTLED"
    TOO_COSTLY = "TOO_COSTLY"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    FINDING = "FINDING"
    """No call fails: the code describes a row, a partner's event, an alert, a bank's report or a parked message."""


STATUS: dict[str, int] = {
    Kind.REFUSED: 422,
    Kind.NOT_YET: 503,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.BAD_USER_INPUT: 400,
    Kind.CONFLICT: 409,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
"""HTTP statuses of `application/problem+json`; TOO_COSTLY is of GraphQL alone."""


class Text(NamedTuple):
    """A message in English and in Indonesian."""

    en: str
    id: str

    @classmethod
    def of(cls, message: str, translations: Mapping[str, str] | None) -> "Text":
        """A message as it travels. A service of an older release sends no translations: then it stays English."""
        return cls(message, (translations or {}).get("id", message))

    def translations(self) -> dict[str, str]:
        """Translations that accompany the English message."""
        return {"id": self.id}

    def in_language(self, language: Language) -> str:
        """The message in one of the languages."""
        return self.id if language == "id" else self.en

    def filled(self, **values: object) -> "Text":
        """The message with its `{placeholders}` filled. A value that is itself a Text is filled in by language."""
        return Text(*(template.format_map(_spoken(values, place)) for place, template in enumerate(self)))


def one_of(names: Iterable[str]) -> Text:
    """The names as a choice: "A, B or C"."""
    *first, last = names
    return Text(*(f"{', '.join(first)} {word} {last}" if first else last for word in ("or", "atau")))


def _spoken(values: dict[str, object], place: int) -> dict[str, object]:
    return {name: value[place] if isinstance(value, Text) else value for name, value in values.items()}


@dataclass(frozen=True)
class Code:
    """A stable code: its message in English and Indonesian, and in English what to do."""

    key: str
    en: str
    id: str
    help: str
    kind: Kind = Kind.REFUSED
    status: int | None = None
    """The HTTP status, where it is not that of the kind."""


@dataclass(frozen=True)
class FindingCode(Code):
    """A code that no call fails with: it describes a row, a partner's event, an alert, or the like."""

    kind: Kind = Kind.FINDING


@dataclass(frozen=True)
class Variant:
    """Another message of a code, for one situation; its key is the code, a dot, and a word.

    Without `kind` and `help` those of the code hold.
    """

    key: str
    en: str
    id: str
    help: str = ""
    kind: Kind | None = None


Row = Code | Variant
