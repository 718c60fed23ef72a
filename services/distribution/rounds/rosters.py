"""The content of an approved roster, read from the object store and checked against the hash that was approved."""

import hashlib
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson

from amanah.contracts.errors import NotFound, Refused
from amanah.runtime.objects import Objects
from services.distribution.rounds.documents import LocationDocument, RosterDocument


@dataclass(frozen=True, slots=True)
class Line:
    """Recipient of a roster; `home` is None if no place is known.

    `household` and `nik` are shortened blind indexes: empty without a family card; old rosters have no NIK.
    """

    recipient_id: str
    area: str
    home: LocationDocument | None
    household: str = ""
    nik: str | None = None


def shorten_index(blind: str) -> str:
    """Returns a blind index as entitlements store it: 96 bits are enough for the people of a nation."""
    return blind[:24]


async def _content(objects: Objects, bucket: str, key: str) -> AsyncIterator[bytes]:
    """Yields the uncompressed bytes in chunks. The object is gzip (RFC 1952)."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        async for chunk in objects.open(bucket, key):
            yield inflate.decompress(chunk)
    except (zlib.error, NotFound) as error:
        raise _other_content() from error
    yield inflate.flush()


def _other_content() -> Refused:
    return Refused("roster_mismatch", "rosterId")


async def check(objects: Objects, roster: RosterDocument) -> None:
    """Refuses with roster_mismatch if the stored content is not the approved one."""
    digest = hashlib.sha256()
    async for piece in _content(objects, roster["bucket"], roster["key"]):
        digest.update(piece)
    if digest.hexdigest() != roster["hash"]:
        raise _other_content()


async def lines(objects: Objects, roster: RosterDocument) -> AsyncIterator[Line]:
    """Yields the recipients in the roster's order. At the end, refuses with roster_mismatch as `check` does."""
    async for text in texts(objects, roster["bucket"], roster["key"], roster["hash"]):
        yield _line(text)


async def texts(objects: Objects, bucket: str, key: str, approved: str) -> AsyncIterator[bytes]:
    """Yields the lines of an object whose hash was approved. At the end, refuses with roster_mismatch."""
    digest = hashlib.sha256()
    rest = b""
    async for piece in _content(objects, bucket, key):
        digest.update(piece)
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            if text:
                yield text
    if rest:
        yield rest
    if digest.hexdigest() != approved:
        raise _other_content()


def _line(text: bytes) -> Line:
    found = orjson.loads(text)
    latitude, longitude = found.get("latitude_e6"), found.get("longitude_e6")
    known = latitude is not None and longitude is not None
    nik = found.get("nik")
    return Line(
        recipient_id=found["recipientId"],
        area=found["area"],
        home={"latitude_e6": latitude, "longitude_e6": longitude} if known else None,
        household=shorten_index(found.get("household") or ""),
        nik=shorten_index(nik) if nik is not None else None,
    )
