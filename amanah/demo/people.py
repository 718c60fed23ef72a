"""Synthetic people: the same seed gives the same people. None of them exists."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from amanah.demo.names import full_name
from amanah.demo.places import DISTRICT, VILLAGES, Village

_FIRST_SERIAL = 9001  # offices give low serials, so these numbers stand out as made up
_OLDEST, _YOUNGEST = date(1941, 1, 1), date(2002, 12, 31)


@dataclass(frozen=True)
class Person:
    """One person on the list; `latitude` and `longitude` are None when the office took no coordinates."""

    nik: str
    kk: str
    name: str
    birth_date: date
    sex: str
    address: str
    rt: int
    rw: int
    village: Village
    phone: str
    latitude: float | None
    longitude: float | None
    household_size: int


def nik_of(district: str, birth_date: date, sex: str, serial: int) -> str:
    """The 16 digits: district, birth date DDMMYY with 40 added to a woman's day, serial."""
    day = birth_date.day + (40 if sex == "P" else 0)
    return f"{district.replace('.', '')}{day:02d}{birth_date:%m%y}{serial:04d}"


def people(count: int, seed: int) -> list[Person]:
    """`count` people in families, by village. About one family in eight has two people on the list."""
    rng = Random(f"amanah demo people {seed}")
    serials: Counter[str] = Counter()
    found: list[Person] = []
    for village, size in zip(VILLAGES, shares(count), strict=True):
        here: list[Person] = []
        while len(here) < size:
            here.extend(_family(rng, village, serials)[: size - len(here)])
        found.extend(here)
    return found


def shares(count: int) -> list[int]:
    """Number of people who live in each village; they add up to `count`."""
    total = sum(v.share for v in VILLAGES)
    sizes = [count * v.share // total for v in VILLAGES]
    sizes[0] += count - sum(sizes)
    return sizes


def _family(rng: Random, village: Village, serials: Counter[str]) -> list[Person]:
    card_day = date(2008, 1, 1) + timedelta(days=rng.randrange(6000))
    kk = _numbered(serials, card_day, "L")
    size = rng.randint(1, 6)
    rw = rng.randint(1, 12)
    rt = rng.randint(1, 5)
    hamlet = rng.choice(("Kp. Contoh", "Kp. Rekaan", "Kp. Percobaan", "Kp. Misal"))
    address = f"{hamlet} No. {rng.randint(1, 180)}"
    home: tuple[float, float] | tuple[None, None] = (
        round(village.latitude + rng.uniform(-0.0045, 0.0045), 6),
        round(village.longitude + rng.uniform(-0.0045, 0.0045), 6),
    )
    if rng.random() < 0.05:
        home = (None, None)
    sexes = ["L" if rng.random() < 0.45 else "P"]
    if size > 1 and rng.random() < 0.125:
        sexes.append("P" if sexes[0] == "L" else "L")
    members = []
    for sex in sexes:
        born = _OLDEST + timedelta(days=rng.randrange((_YOUNGEST - _OLDEST).days))
        phone = f"08{rng.choice(('12', '13', '21', '52', '57', '96'))}0000{rng.randint(0, 9999):04d}"
        members.append(
            Person(
                nik=_numbered(serials, born, sex),
                kk=kk,
                name=full_name(rng, sex),
                birth_date=born,
                sex=sex,
                address=address,
                rt=rt,
                rw=rw,
                village=village,
                phone=phone if rng.random() < 0.8 else "",
                latitude=home[0],
                longitude=home[1],
                household_size=max(size, len(sexes)),
            )
        )
    return members


def _numbered(serials: Counter[str], day: date, sex: str) -> str:
    stem = nik_of(DISTRICT, day, sex, 0)[:12]
    serial = _FIRST_SERIAL + serials[stem]
    serials[stem] += 1
    return f"{stem}{serial:04d}"
