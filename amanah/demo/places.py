"""Places of the demo: one real district of one real regency, with coordinates near each village's centre."""

from dataclasses import dataclass

from lokal import wilayah

PROVINCE = "32"
REGENCY = "32.04"
DISTRICT = "32.04.15"


@dataclass(frozen=True)
class Village:
    """A village of the demo. `share` is its part of the people; coordinates are WGS 84 degrees."""

    code: str
    latitude: float
    longitude: float
    share: int

    @property
    def name(self) -> str:
        """Its name in the table of the Ministry of Home Affairs."""
        return name_of(self.code)


VILLAGES = (
    Village("32.04.15.2001", -7.17750, 107.56670, 30),
    Village("32.04.15.2004", -7.19010, 107.57620, 26),
    Village("32.04.15.2006", -7.19960, 107.61050, 24),
    Village("32.04.15.2013", -7.16550, 107.55600, 20),
)
WAREHOUSE = (-7.02500, 107.51900)
"""The regency's warehouse, in Soreang, some 18 km from the district."""

ELSEWHERE = "32.04.05.2001"
"""A village of the same regency in which nobody of the demo has a task."""


def name_of(code: str) -> str:
    """The name of the area `code`. Raises LookupError when the table has none."""
    name = wilayah.wilayah_name(code)
    if name is None:
        raise LookupError(f"the area table has no {code}")
    return name
