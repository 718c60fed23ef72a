"""The content of an approved roster, read from the object store and checked against the hash that was approved."""

import hashlib
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson

from amanah.contracts.errors import NotFound, Refused
from amanah.mongo import Document
from amanah.objects import Objects


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient of a roster; `home` is empty where no place is known."""

    recipient_id: str
    area: str
    home: dict[str, int] | None


async def _content(objects: Objects, roster: Document) -> AsyncIterator[bytes]:
    """The uncompressed bytes, in pieces. The object is gzip (RFC 1952)."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        async for chunk in objects.open(roster["bucket"], roster["key"]):
            yield inflate.decompress(chunk)
    except (zlib.error, NotFound) as error:
        raise _other_content() from error
    yield inflate.flush()


def _other_content() -> Refused:
    return Refused(
        "roster_mismatch",
        "The stored roster is not the one that was approved; an operator must look into it.",
        "rosterId",
    )


async def check(objects: Objects, roster: Document) -> None:
    """Refuses with roster_mismatch when the stored content is not what was approved."""
    digest = hashlib.sha256()
    async for piece in _content(objects, roster):
        digest.update(piece)
    if digest.hexdigest() != roster["hash"]:
        raise _other_content()


async def lines(objects: Objects, roster: Document) -> AsyncIterator[Line]:
    """The recipients in the roster's order. At the end, refuses with roster_mismatch as `check` does."""
    digest = hashlib.sha256()
    rest = b""
    async for piece in _content(objects, roster):
        digest.update(piece)
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            if text:
                yield _line(text)
    if rest:
        yield _line(rest)
    if digest.hexdigest() != roster["hash"]:
        raise _other_content()


def _line(text: bytes) -> Line:
    found = orjson.loads(text)
    latitude, longitude = found.get("latitude_e6"), found.get("longitude_e6")
    known = latitude is not None and longitude is not None
    return Line(
        found["recipientId"], found["area"], {"latitude_e6": latitude, "longitude_e6": longitude} if known else None
    )
