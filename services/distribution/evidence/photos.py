"""Evidence pictures: decoded completely, and re-encoded for viewers.

The work runs in worker threads: Pillow releases the interpreter lock while it decodes, scales and encodes.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from amanah.contracts.errors import Refused
from amanah.contracts.message import Location
from services.distribution.evidence.rules.perceptual_hash import SIDE, dhash
from services.distribution.evidence.rules.pictures import PHOTO_UNREADABLE, Picture, check_bytes, check_size

pillow_heif.register_heif_opener()

# A served copy has a longer side between these two, unless the picture itself is smaller: what a JPEG can be decoded to
# without scaling it a second time, enough to recognise a face and a sack, and light enough for a village's network.
SERVED_SIDE = 1600
SERVED_SIDE_LEAST = 1000
THUMBNAIL_SIDE = 320
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# Formats that can be decoded at a reduced size; all others need memory for their whole size.
_SCALES = ("JPEG", "MPO")
# Errors of Pillow and libheif on damaged input; they parse untrusted numbers.
_DAMAGED = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, OverflowError, MemoryError, RuntimeError,
    Image.DecompressionBombError, Image.DecompressionBombWarning, UnidentifiedImageError,
)  # fmt: skip


@dataclass(frozen=True)
class DecodedPicture:
    """Picture that was decoded completely, and its copies for viewers: JPEG, upright, without metadata or trailing bytes.

    `print` is its perceptual hash.
    """

    picture: Picture
    served: bytes
    thumbnail: bytes
    print: int


class Photos:
    """Decodes pictures in a few threads."""

    def __init__(self, workers: int = 2) -> None:
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="photos")

    async def examine(self, content: bytes, field: str) -> DecodedPicture:
        """Decodes `content` to its end. Refused as photo_unreadable or photo_too_large, naming the input `field`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, examine, content, field)

    def close(self) -> None:
        """Stops the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def examine(content: bytes, field: str) -> DecodedPicture:
    """Decodes `content` in the calling thread, as `Photos.examine` does."""
    check_bytes(content, field)
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as image:
            check_size(image.width, image.height, field, scales=image.format in _SCALES)
            width, height = image.size
            longer = max(width, height)
            # A JPEG decodes straight to an eighth, a quarter or a half; every byte of it is still read.
            image.draft("RGB", (SERVED_SIDE_LEAST * width // longer, SERVED_SIDE_LEAST * height // longer))
            # Before the hints are read: Pillow loads a PNG to find its EXIF, and would keep the damage to itself then.
            image.load()
            picture = _describe(image, width, height)
            ImageOps.exif_transpose(image, in_place=True)
            upright = image if image.mode == "RGB" else image.convert("RGB")
    except _DAMAGED as error:
        raise Refused(f"{PHOTO_UNREADABLE}.damaged", field) from error
    upright.thumbnail((SERVED_SIDE, SERVED_SIDE), Image.Resampling.BILINEAR)
    served = _jpeg(upright, quality=82)
    upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BILINEAR)
    return DecodedPicture(picture, served, _jpeg(upright, quality=75), _print(upright))


def _print(image: Image.Image) -> int:
    # Averaging over every pixel is what makes scaling, compression and grain disappear.
    return dhash(image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX).tobytes())


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Pillow would write comments and the like from `info` into the copy.
    image.info = {}
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _describe(image: Image.Image, width: int, height: int) -> Picture:
    kind = "JPEG" if image.format == "MPO" else image.format or ""
    taken = _hint(lambda: _taken_at(image))
    place = _hint(lambda: _location(image.getexif().get_ifd(ExifTags.IFD.GPSInfo)))
    return Picture(kind, width, height, taken, place)


def _hint(read: Callable[[], Any]) -> Any:
    """Returns the result of `read`, or None if the metadata is damaged: it is only a hint."""
    try:
        return read()
    except (*_DAMAGED, KeyError, IndexError, ZeroDivisionError, AttributeError, Warning):
        return None


def _taken_at(image: Image.Image) -> datetime | None:
    exif = image.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    if not text:
        return None
    taken = datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\x00 ")
    if not offset:
        return taken
    hours, minutes = int(offset[:3]), int(offset[0] + offset[4:6])
    return taken.replace(tzinfo=timezone(timedelta(hours=hours, minutes=minutes)))


def _location(gps: dict[int, Any]) -> Location | None:
    if ExifTags.GPS.GPSLatitude not in gps or ExifTags.GPS.GPSLongitude not in gps:
        return None
    latitude = _degrees_e6(gps[ExifTags.GPS.GPSLatitude])
    longitude = _degrees_e6(gps[ExifTags.GPS.GPSLongitude])
    if str(gps.get(ExifTags.GPS.GPSLatitudeRef, "N")).upper().startswith("S"):
        latitude = -latitude
    if str(gps.get(ExifTags.GPS.GPSLongitudeRef, "E")).upper().startswith("W"):
        longitude = -longitude
    return Location(latitude_e6=latitude, longitude_e6=longitude)


def _degrees_e6(parts: Any) -> int:
    """Converts degrees, minutes and seconds of EXIF to microdegrees."""
    degrees, minutes, seconds = (float(p) for p in parts)
    return round((degrees + minutes / 60 + seconds / 3600) * 1e6)
