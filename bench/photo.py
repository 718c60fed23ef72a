"""An evidence photo: hash, sniff, decode, served copy, thumbnail and print, against a full decode for the same."""

import random
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps

from bench.measure import Result, side_by_side
from services.distribution.evidence.photos import SERVED_SIDE_LEAST, THUMBNAIL_SIDE, examine
from services.distribution.evidence.rules.perceptual_hash import SIDE


def _photo(width: int, height: int) -> bytes:
    noise = Image.frombytes(
        "RGB", (width // 8, height // 8), random.Random(1).randbytes(width // 8 * (height // 8) * 3)
    )
    out = BytesIO()
    noise.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=88)
    return out.getvalue()


def _plainly(content: bytes) -> None:
    image = ImageOps.exif_transpose(Image.open(BytesIO(content)).convert("RGB"))
    for side in (SERVED_SIDE_LEAST, THUMBNAIL_SIDE):
        copy = image.resize((side, side * image.height // image.width), Image.Resampling.LANCZOS)
        copy.save(BytesIO(), "JPEG", quality=82)
    image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS).tobytes()


def run(*, small: bool) -> Iterator[Result]:
    """A photo as phones take it."""
    size = (800, 600) if small else (4000, 3000)
    content = _photo(*size)

    def ours() -> None:
        sha256(content).hexdigest()
        examine(content, "photoId")

    def plainly() -> None:
        sha256(content).hexdigest()
        _plainly(content)

    yield side_by_side("photo", ours, plainly, goal=">= 4x", of=f"one JPEG of {size[0]}x{size[1]}")
