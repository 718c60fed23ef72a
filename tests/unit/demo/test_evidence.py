"""Photos and signatures that a service can decode, each its own, with EXIF that agrees with the claim."""

import io
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from amanah.demo.evidence import Capture, handover_input
from amanah.demo.photos import photo, signature
from amanah.demo.places import VILLAGES
from amanah.demo.program import WIB

_TAKEN = datetime(2026, 11, 24, 9, 30, 5, tzinfo=WIB)


def _decoded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_photo_is_a_small_jpeg_with_time_place_and_device() -> None:
    content = photo("a", _TAKEN, -7.1775, 107.5667)
    image = _decoded(content)
    exif = image.getexif()
    place = exif.get_ifd(IFD.GPSInfo)
    degrees, minutes, seconds = place[GPS.GPSLatitude]
    assert image.format == "JPEG"
    assert 15_000 < len(content) < 60_000
    assert exif[Base.Model]
    assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2026:11:24 09:30:05"
    assert exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] == "+07:00"
    assert place[GPS.GPSLatitudeRef] == "S"
    assert float(degrees + minutes / 60 + seconds / 3600) == pytest.approx(7.1775, abs=1e-5)


def test_the_same_seed_gives_the_same_picture() -> None:
    assert photo("a", _TAKEN, -7.1, 107.5) == photo("a", _TAKEN, -7.1, 107.5)
    assert photo("a", _TAKEN, -7.1, 107.5) != photo("b", _TAKEN, -7.1, 107.5)
    assert signature("a") == signature("a")
    assert signature("a") != signature("b")
    assert _decoded(signature("a")).format == "PNG"


def test_pictures_differ_to_the_eye_of_a_machine_too() -> None:
    def difference_hash(content: bytes) -> int:
        pixels = _decoded(content).convert("L").resize((9, 8)).tobytes()
        return sum(
            (pixels[row * 9 + column] < pixels[row * 9 + column + 1]) << (row * 8 + column)
            for row in range(8)
            for column in range(8)
        )

    hashes = [difference_hash(photo(str(n), _TAKEN, -7.1, 107.5)) for n in range(60)]
    assert min((a ^ b).bit_count() for a, b in combinations(hashes, 2)) > 10


def test_a_capture_lies_beside_the_delivery_point() -> None:
    village = VILLAGES[0]
    capture = Capture.beside("x", village, _TAKEN)
    assert abs(capture.latitude - village.latitude) < 0.0003
    assert capture == Capture.beside("x", village, _TAKEN)
    assert capture.away(0.06).latitude == pytest.approx(capture.latitude + 0.06)


def test_the_same_entitlement_always_has_the_same_client_id() -> None:
    capture = Capture.beside("x", VILLAGES[0], _TAKEN)
    later = Capture.beside("y", VILLAGES[0], _TAKEN + timedelta(hours=1))
    first = handover_input(capture, "ent_1", "SKM-2001-1", "upl_1", "upl_2")
    again = handover_input(later, "ent_1", "SKM-2001-2", "upl_3", "upl_4")
    other = handover_input(capture, "ent_2", "SKM-2001-1", "upl_1", "upl_2")
    assert first["clientId"] == again["clientId"] != other["clientId"]
    assert first["occurredAt"] == "2026-11-24T02:30:05.000Z"
