"""The language of messages to people: English, or Indonesian for a request whose Accept-Language prefers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from amanah.contracts.errors import Language, Text

_language: ContextVar[Language] = ContextVar("language", default="en")
_UNWANTED = (0.0, 0)


def preferred_language(accept_language: str) -> Language:
    """Selects Indonesian if the header ranks it above English (RFC 9110, 12.5.4), otherwise English.

    Of two equal weights the one named first counts. Any language (`*`) is English.
    """
    weights: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(accept_language.lower().split(",")):
        tag, _, parameter = part.partition(";")
        weights.setdefault(tag.strip().partition("-")[0], (_weight(parameter), -place))
    english = weights.get("en", weights.get("*", _UNWANTED))
    return "id" if weights.get("id", _UNWANTED) > english else "en"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


@contextmanager
def use_language(accept_language: str) -> Iterator[None]:
    """Sets the language of messages within the block to the one that the header prefers."""
    token = _language.set(preferred_language(accept_language))
    try:
        yield
    finally:
        _language.reset(token)


def localize(text: Text) -> str:
    """Translates a text into the language of the present request."""
    return text.in_language(_language.get())
