"""Prints of photos: the same picture keeps its print, and every near one is found by its bands."""

import io
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from services.distribution.evidence.photos import examine
from services.distribution.evidence.rules.perceptual_hash import (
    BANDS,
    BITS,
    bands,
    dhash,
    hamming_distance,
    hash_text,
    probes,
)

PRINTS = st.integers(0, 2**BITS - 1)


@given(PRINTS, st.integers(0, 11), st.data())
def test_whatever_is_near_enough_is_found(value: int, within: int, data: st.DataObject) -> None:
    changed = data.draw(st.lists(st.integers(0, BITS - 1), max_size=within, unique=True))
    other = value
    for bit in changed:
        other ^= 1 << bit
    assert hamming_distance(value, other) == len(changed)
    assert set(probes(value, within)) & set(bands(other))


@given(PRINTS)
def test_every_bit_stands_in_one_band(value: int) -> None:
    assert len(set(bands(value))) == BANDS
    for bit in range(BITS):
        assert len(set(bands(value)) & set(bands(value ^ 1 << bit))) == BANDS - 1


@pytest.mark.parametrize(("within", "keys"), [(0, 4), (3, 4), (4, 68), (7, 68), (11, 548)])
def test_how_many_keys_are_looked_up_does_not_depend_on_the_photos(within: int, keys: int) -> None:
    assert len(set(probes(0, within))) == len(list(probes(2**64 - 1, within))) == keys


def test_a_print_tells_where_it_gets_lighter() -> None:
    assert dhash(bytes(range(9)) * 8) == 2**64 - 1
    assert dhash(bytes(range(9, 0, -1)) * 8) == 0
    assert dhash(bytes([0, 1, *[0] * 7]) * 8) == 0x8080808080808080
    assert hash_text(1) == "0000000000000001"


def scene(seed: int) -> Image.Image:
    """A picture with something in it, and grain."""
    rng = Random(seed)
    coarse = Image.frombytes("RGB", (9, 8), rng.randbytes(9 * 8 * 3)).resize((1200, 900), Image.Resampling.BICUBIC)
    grain = Image.frombytes("L", (1200, 900), rng.randbytes(1200 * 900)).convert("RGB")
    return Image.blend(coarse, grain, 0.08)


def seen(image: Image.Image, kind: str = "JPEG", **options: object) -> int:
    """The print of a picture that arrives in this form."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return examine(out.getvalue(), "photoId").print


def test_the_same_picture_keeps_its_print_and_another_does_not() -> None:
    image, whole = scene(1), (1200, 900)
    original = seen(image, quality=92)
    copies = {
        "saved again": seen(image, quality=30),
        "half the size": seen(image.resize((600, 450))),
        "a PNG of it": seen(image.resize((800, 600)), "PNG"),
        "a WebP of it": seen(image, "WEBP"),
        "lighter": seen(ImageEnhance.Brightness(image).enhance(1.15)),
        "more contrast": seen(ImageEnhance.Contrast(image).enhance(1.2)),
        "cut by a hundredth": seen(image.crop((12, 9, whole[0] - 12, whole[1] - 9))),
    }
    assert {
        name: hamming_distance(original, value)
        for name, value in copies.items()
        if hamming_distance(original, value) > 6
    } == {}
    others = [seen(scene(n).resize((300, 225))) for n in range(2, 22)]
    assert min(hamming_distance(original, value) for value in others) > 11
