"""Evidence that looks like evidence: a drawn scene as a JPEG with EXIF, and a scrawl as a PNG."""

import io
from datetime import datetime
from random import Random

from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base

WIDTH, HEIGHT = 480, 640
_DEVICE = ("Contoh", "Gawai-1")
_QUALITY = 72
_GRAIN = 0.07


def photo(seed: str, taken: datetime, latitude: float, longitude: float) -> bytes:
    """A JPEG of a person beside a sack of rice, with the time, place and device in its EXIF.

    Every seed gives another picture, also to a perceptual hash. `taken` is aware; its local time and offset are written.
    """
    rng = Random(f"amanah demo photo {seed}")
    # A coarse random pattern made smooth is what keeps any two scenes apart once they are shrunk to a few pixels.
    light = Image.frombytes("RGB", (9, 8), rng.randbytes(216)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    image = light.copy()
    _draw_scene(ImageDraw.Draw(image), rng)
    image = Image.blend(image, light, 0.4)
    grain = Image.frombytes("L", (WIDTH, HEIGHT), rng.randbytes(WIDTH * HEIGHT)).convert("RGB")
    out = io.BytesIO()
    Image.blend(image, grain, _GRAIN).save(out, "JPEG", quality=_QUALITY, exif=_exif(taken, latitude, longitude))
    return out.getvalue()


def signature(seed: str) -> bytes:
    """A PNG of a signature, another one for every seed."""
    rng = Random(f"amanah demo signature {seed}")
    image = Image.new("L", (320, 120), 255)
    draw = ImageDraw.Draw(image)
    x, y = 20.0, 60.0
    points = [(x, y)]
    while x < 290:
        x += rng.uniform(-4, 16)
        y = min(105.0, max(15.0, y + rng.uniform(-38, 38)))
        points.append((x, y))
    draw.line(points, fill=20, width=3, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False)
    return out.getvalue()


def _draw_scene(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    def colour(low: int, high: int) -> tuple[int, int, int]:
        return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)

    floor = rng.randint(420, 510)
    draw.rectangle((0, floor, WIDTH, HEIGHT), fill=colour(60, 140))
    x, head = rng.randint(130, 350), rng.randint(34, 50)
    top = rng.randint(120, 230)
    skin = rng.choice(((141, 98, 66), (166, 120, 84), (120, 80, 54), (184, 140, 104)))
    draw.polygon(
        [
            (x - head, top + 2 * head),
            (x + head, top + 2 * head),
            (x + 2 * head, floor + 30),
            (x - 2 * head, floor + 30),
        ],
        fill=colour(20, 230),
    )
    draw.ellipse((x - head, top, x + head, top + 2 * head + 8), fill=skin)
    draw.arc((x - head // 2, top + head, x + head // 2, top + head + 20), 20, 160, fill=(60, 30, 30), width=3)
    for side in (-1, 1):
        draw.ellipse((x + side * head // 3 - 4, top + head // 2, x + side * head // 3 + 4, top + head // 2 + 8), fill=0)
    sack = (x - 190, floor - 40) if x > WIDTH // 2 else (x + 60, floor - 40)
    draw.rounded_rectangle((*sack, sack[0] + 130, sack[1] + 150), radius=24, fill=(236, 230, 210), outline=(90, 80, 60))
    draw.text((sack[0] + 22, sack[1] + 60), "BERAS 10 KG", fill=(150, 20, 20), font_size=15)


def _exif(taken: datetime, latitude: float, longitude: float) -> Image.Exif:
    exif = Image.Exif()
    stamp = f"{taken:%Y:%m:%d %H:%M:%S}"
    offset = f"{taken:%z}"
    exif[Base.Make], exif[Base.Model] = _DEVICE
    exif[Base.DateTime] = stamp
    details = exif.get_ifd(IFD.Exif)
    details[Base.DateTimeOriginal] = stamp
    details[Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:]}"
    place = exif.get_ifd(IFD.GPSInfo)
    place[GPS.GPSLatitudeRef] = "N" if latitude >= 0 else "S"
    place[GPS.GPSLatitude] = _degrees(latitude)
    place[GPS.GPSLongitudeRef] = "E" if longitude >= 0 else "W"
    place[GPS.GPSLongitude] = _degrees(longitude)
    return exif


def _degrees(angle: float) -> tuple[float, float, float]:
    minutes, degrees = abs(angle) % 1 * 60, int(abs(angle))
    return float(degrees), float(int(minutes)), round(minutes % 1 * 60, 3)
