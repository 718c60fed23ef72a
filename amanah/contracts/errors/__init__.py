"""One family of errors, each with a stable code, what is wrong and what to do, in English and Indonesian.

The messages are in one table (`table.py`). The code that raises an error names a message by its key and fills its placeholders:
`raise Refused("bundle_too_large", "assignmentId", most=500)`. The key is the code alone, or the code, a full stop and the
variant: `NotFound("not_found.roster")`. `tests/contracts/test_errors.py` finds unknown keys and missing placeholders, and
`amanah errors` writes docs/guide/errors.md from the table.
"""

from typing import Any, Self

from amanah.contracts.errors.table import TABLE, code_of, code_row, error_text, status_of, translate
from amanah.contracts.errors.texts import STATUS, Kind, Language, Text, one_of


class AmanahError(Exception):
    """The base of every error that may reach a caller. Its message holds no personal data and no internals."""

    kind: Kind = Kind.INTERNAL
    code: str
    text: Text
    field: str | None

    def __init__(self, key: str, field: str | None = None, **values: object) -> None:
        self._describe(code_of(key), error_text(key, **values), field)

    def _describe(self, code: str, message: Text, field: str | None) -> None:
        Exception.__init__(self, message.en)
        self.code = code
        self.text = message
        self.field = field

    @property
    def message(self) -> str:
        """The English message."""
        return self.text.en

    @classmethod
    def with_text(cls, code: str, message: Text, field: str | None = None) -> Self:
        """An error whose message was filled in elsewhere: by another service, or by another error."""
        error = cls.__new__(cls)
        error._describe(code, message, field)
        return error


class Refused(AmanahError):
    """A rule of the domain did not hold; the caller can mend it. Shown as a `userErrors` entry."""

    kind = Kind.REFUSED


class NotYet(Refused):
    """A needed fact is still on its way over the bus; the same call may be tried again."""

    kind = Kind.NOT_YET


class Unauthenticated(AmanahError):
    """Missing or invalid token. `code` is the reason: token_missing, token_invalid, token_expired, ..."""

    kind = Kind.UNAUTHENTICATED


class Forbidden(AmanahError):
    """The actor lacks the role or the area. Every one of these is an audit entry."""

    kind = Kind.FORBIDDEN


class NotFound(AmanahError):
    """Unknown id, or data outside the viewer's scope: the same answer for both."""

    kind = Kind.NOT_FOUND


class BadInput(AmanahError):
    """The request itself is malformed."""

    kind = Kind.BAD_USER_INPUT


class Conflict(AmanahError):
    """A concurrent change of the same data came first."""

    kind = Kind.CONFLICT


class Throttled(AmanahError):
    """Too many requests in the viewer's budget."""

    kind = Kind.THROTTLED


class Unavailable(AmanahError):
    """A store, the bus or a service cannot be reached now; trying again later is right."""

    kind = Kind.UNAVAILABLE


class Unfit(ValueError):
    """A value that a contract's own check does not accept. Raised within pydantic's validation, which keeps it."""

    def __init__(self, key: str, **values: object) -> None:
        self.text = error_text(key, **values)
        super().__init__(self.text.en)


def is_refusal(error: AmanahError) -> bool:
    """Tells whether a command was understood and will not be carried out.

    Forbidden is none: that actor may not even ask. NotYet is none: the same command may be sent again.
    """
    return isinstance(error, Refused | Conflict | NotFound) and not isinstance(error, NotYet)


_CLASSES = (
    AmanahError, Refused, NotYet, Unauthenticated, Forbidden, NotFound, BadInput, Conflict, Throttled, Unavailable,
)  # fmt: skip
BY_KIND: dict[str, type[AmanahError]] = {c.kind: c for c in _CLASSES}


def to_wire(error: AmanahError) -> dict[str, Any]:
    """An error as a service answers it to the gateway. `message` is English; `translations` has the other languages."""
    return {
        "kind": error.kind,
        "code": error.code,
        "message": error.text.en,
        "field": error.field,
        "translations": error.text.translations(),
    }


def from_wire(told: dict[str, Any]) -> AmanahError:
    """The error that a service answered with, as the caller raises it."""
    message = Text.of(told["message"], told.get("translations"))
    return BY_KIND.get(told["kind"], AmanahError).with_text(told["code"], message, told.get("field"))


__all__ = [
    "BY_KIND", "STATUS", "TABLE", "AmanahError", "BadInput", "Conflict", "Forbidden", "Kind", "Language", "NotFound",
    "NotYet", "Refused", "Text", "Throttled", "Unauthenticated", "Unavailable", "Unfit", "code_of", "code_row", "error_text", "from_wire",
    "is_refusal", "one_of", "status_of", "to_wire", "translate",
]  # fmt: skip
