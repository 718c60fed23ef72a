"""One family of errors, each with a stable code, what happened, and what to do.

`docs/guide/errors.md` has a line for every code; a test holds the two together.
"""


class AmanahError(Exception):
    """The base of every error that may reach a caller. `message` holds no personal data and no internals."""

    kind = "INTERNAL"
    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class Refused(AmanahError):
    """A rule of the domain did not hold; the caller can mend it. Shown as a `userErrors` entry."""

    kind = "REFUSED"
    code = "refused"

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message, code=code, field=field)


class NotYet(Refused):
    """A needed fact is still on its way over the bus; the same call may be tried again."""

    kind = "NOT_YET"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__("not_yet", message, field)


class Unauthenticated(AmanahError):
    """No token, or one that cannot be trusted. `code` says why: token_missing, token_invalid, token_expired, ..."""

    kind = "UNAUTHENTICATED"
    code = "token_invalid"


class Forbidden(AmanahError):
    """The actor lacks the role or the area. Every one of these is an audit entry."""

    kind = "FORBIDDEN"
    code = "forbidden"


class NotFound(AmanahError):
    """There is no such thing, or the viewer may not see it: the same answer for both."""

    kind = "NOT_FOUND"
    code = "not_found"


class BadInput(AmanahError):
    """The request itself is malformed."""

    kind = "BAD_USER_INPUT"
    code = "bad_input"


class Conflict(AmanahError):
    """Somebody else changed the same thing first."""

    kind = "CONFLICT"
    code = "conflict"


class Throttled(AmanahError):
    """Too many requests in the viewer's budget."""

    kind = "THROTTLED"
    code = "throttled"


class Unavailable(AmanahError):
    """A store, the bus or a service cannot be reached now; trying again later is right."""

    kind = "UNAVAILABLE"
    code = "unavailable"


def is_refusal(error: AmanahError) -> bool:
    """Whether a command that ends so was understood and will not be carried out. Whoever may not even ask is Forbidden;
    what is not yet known here may be asked again.
    """
    return isinstance(error, Refused | Conflict | NotFound) and not isinstance(error, NotYet)


BY_KIND: dict[str, type[AmanahError]] = {
    c.kind: c for c in (AmanahError, Unauthenticated, Forbidden, NotFound, BadInput, Conflict, Throttled, Unavailable)
}


def from_wire(kind: str, code: str, message: str, field: str | None) -> AmanahError:
    """The error that a service answered with, as the caller raises it."""
    if kind == NotYet.kind:
        return NotYet(message, field)
    if kind == Refused.kind:
        return Refused(code, message, field)
    return BY_KIND.get(kind, AmanahError)(message, code=code, field=field)
