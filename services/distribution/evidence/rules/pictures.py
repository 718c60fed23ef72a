"""Rules of evidence pictures, decided by the bytes: a file's name and declared type prove nothing."""

from dataclasses import dataclass
from datetime import datetime

from amanah.contracts.areas import AreaCode
from amanah.contracts.errors import Refused
from amanah.contracts.message import Location
from amanah.contracts.time_zones import local_zone

MAX_BYTES = 10 << 20
# Enough for the largest phone pictures under ten megabytes, too little for a decompression bomb.
MAX_PIXELS = 120_000_000
# Of formats that cannot be decoded small: the largest phone pictures there are in HEIC.
MAX_PIXELS_WHOLE = 50_000_000
MAX_SIDE = 20_000
MIN_SIDE = 16

PHOTO_UNREADABLE = "photo_unreadable"
PHOTO_TOO_LARGE = "photo_too_large"
# The bytes of these refusals are deleted; after any other refusal the upload may be used again.
WORTHLESS = frozenset({PHOTO_UNREADABLE, PHOTO_TOO_LARGE, "photo_mismatch"})


@dataclass(frozen=True)
class Picture:
    """Properties read from the bytes. `taken_at` is aware only if the camera wrote its offset; EXIF is a hint."""

    format: str
    width: int
    height: int
    taken_at: datetime | None = None
    location: Location | None = None


def detect_format(head: bytes) -> str | None:
    """Returns the picture format of the first 32 bytes (JPEG, PNG, WEBP, HEIF), or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    # ISO 23008-12 (HEIF): an ISO base media file whose brands name still pictures.
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif"):
        return "HEIF"
    return None


def check_bytes(content: bytes, field: str) -> str:
    """Returns the format of `content`. Refuses with `photo_too_large`, or `photo_unreadable` if it is no picture."""
    if len(content) > MAX_BYTES:
        raise Refused(PHOTO_TOO_LARGE, field, most=MAX_BYTES >> 20)
    found = detect_format(content[:32])
    if found is None:
        raise Refused(PHOTO_UNREADABLE, field)
    return found


def check_size(width: int, height: int, field: str, *, scales: bool = False) -> None:
    """Refuses dimensions that no camera makes (`photo_unreadable`), before anything is decoded.

    `scales`: the format can be decoded small, so that its size costs time and no memory.
    """
    most = MAX_PIXELS if scales else MAX_PIXELS_WHOLE
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE or width * height > most:
        raise Refused(f"{PHOTO_UNREADABLE}.size", field, width=width, height=height)


def capture_time(picture: Picture, area: AreaCode) -> datetime | None:
    """Returns the capture time from the metadata; a camera's clock without an offset has the local time of `area`."""
    if picture.taken_at is None or picture.taken_at.tzinfo is not None:
        return picture.taken_at
    return picture.taken_at.replace(tzinfo=local_zone(area))
