"""Pictures are what their bytes decode to; hints are read, and nothing of them is served."""

import contextlib
import io
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from amanah.contracts.errors import Refused
from services.distribution.evidence.photos import Photos, examine
from services.distribution.evidence.rules.pictures import MAX_BYTES, Picture, capture_time, detect_format


def picture(width: int = 640, height: int = 480, kind: str = "JPEG", **options: object) -> bytes:
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(**more: object) -> Image.Exif:
    found = Image.Exif()
    details = found.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:11:24 10:30:00"
    gps = found.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "S"
    gps[ExifTags.GPS.GPSLatitude] = (6.0, 36.0, 3.6)
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (106.0, 48.0, 0.0)
    if "offset" in more:
        details[ExifTags.Base.OffsetTimeOriginal] = more["offset"]
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_common_pictures_are_taken(kind: str) -> None:
    shown = examine(picture(kind=kind), "photoId")
    assert (shown.picture.format, shown.picture.width, shown.picture.height) == (kind, 640, 480)


def test_heic_is_taken() -> None:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(out, "HEIF")
    assert examine(out.getvalue(), "photoId").picture.format == "HEIF"


def test_what_is_served_is_small_upright_and_says_nothing_of_the_camera() -> None:
    found = exif()
    found[ExifTags.Base.Orientation] = 6
    content = picture(4000, 3000, exif=found, comment=b"a name") + b"appended motion clip"
    shown = examine(content, "photoId")
    with Image.open(io.BytesIO(shown.served)) as served, Image.open(io.BytesIO(shown.thumbnail)) as small:
        assert served.size == (750, 1000)
        assert max(small.size) == 320
        assert dict(served.getexif()) == {}
        assert "comment" not in served.info
    assert b"motion clip" not in shown.served
    assert b"a name" not in shown.served
    assert (shown.picture.width, shown.picture.height) == (4000, 3000)


@pytest.mark.parametrize(
    ("taken", "shown"),
    [
        ((4000, 3000), (1000, 750)),
        ((3024, 4032), (756, 1008)),
        ((2400, 1800), (1200, 900)),
        ((1999, 1000), (1600, 800)),
        ((8000, 6000), (1000, 750)),
        ((640, 480), (640, 480)),
    ],
)
def test_what_is_served_is_between_a_thousand_and_sixteen_hundred_pixels_long(
    taken: tuple[int, int], shown: tuple[int, int]
) -> None:
    found = examine(picture(*taken), "photoId")
    with Image.open(io.BytesIO(found.served)) as served:
        assert served.size == shown
    assert (found.picture.width, found.picture.height) == taken


def test_the_cameras_time_and_place_are_read() -> None:
    found = examine(picture(exif=exif(offset="+08:00")), "photoId").picture
    assert found.taken_at == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert found.location is not None
    assert (found.location.latitude_e6, found.location.longitude_e6) == (-6_601_000, 106_800_000)


def test_a_camera_clock_without_offset_shows_the_time_of_the_area() -> None:
    found = examine(picture(exif=exif()), "photoId").picture
    assert capture_time(found, "32.01.05.2001") == datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    assert capture_time(found, "91.01") == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert capture_time(Picture("JPEG", 1, 1), "32") is None
    known = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=1)
    assert capture_time(Picture("JPEG", 1, 1, known), "32") == known


def test_nonsense_in_the_metadata_is_no_reason_to_refuse() -> None:
    found = exif()
    found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "0000:00:00 00:00:00"
    found.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (600.0, 0.0, 0.0)
    shown = examine(picture(exif=found), "photoId").picture
    assert (shown.taken_at, shown.location) == (None, None)


def _png_of(width: int, height: int) -> bytes:
    """A valid header that claims a size, with almost nothing behind it."""
    out = bytearray(picture(20, 20, "PNG"))
    out[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    out[29:33] = zlib.crc32(bytes(out[12:29])).to_bytes(4, "big")
    return bytes(out)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "text named jpeg": lambda: b"this is not a photo",
    "html": lambda: b"<!doctype html><img src=x onerror=alert(1)>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "gif": lambda: picture(kind="GIF"),
    "empty": lambda: b"",
    "only a head": lambda: b"\xff\xd8\xff\xe0",
    "cut off": lambda: picture()[:-400],
    "cut off png": lambda: picture(kind="PNG")[:-40],
    "one pixel": lambda: picture(1, 1),
    "claims 30,000 x 30,000": lambda: _png_of(30_000, 30_000),
    "claims 12,000 x 12,000": lambda: _png_of(12_000, 12_000),
    "zip named jpeg": lambda: b"PK\x03\x04" + bytes(100),
    "heic head only": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(64),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        examine(HOSTILE[name](), "photoId")
    assert (caught.value.code, caught.value.field) == ("photo_unreadable", "photoId")


def test_ten_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    content = picture()
    examine(content + bytes(MAX_BYTES - len(content)), "photoId")
    with pytest.raises(Refused) as caught:
        examine(content + bytes(MAX_BYTES - len(content) + 1), "photoId")
    assert caught.value.code == "photo_too_large"


@given(st.integers(0, 3000), st.integers(0, 255), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_a_changed_byte_is_shown_or_refused_and_never_a_fault(position: int, value: int, kind: str) -> None:
    content = bytearray(picture(64, 64, kind))
    content[position % len(content)] = value
    with contextlib.suppress(Refused):
        examine(bytes(content), "photoId")


@given(st.binary(max_size=40))
def test_sniffing_takes_any_bytes(head: bytes) -> None:
    assert detect_format(head) in (None, "JPEG", "PNG", "WEBP", "HEIF")


async def test_the_work_leaves_the_event_loop_free() -> None:
    photos = Photos()
    try:
        assert (await photos.examine(picture(), "photoId")).picture.width == 640
    finally:
        photos.close()
