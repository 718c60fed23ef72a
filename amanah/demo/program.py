"""The fictional program "Sukamaju": its goods, its packages and its timetable, as pure figures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from amanah.demo.places import VILLAGES, WAREHOUSE, Village

WIB = timezone(timedelta(hours=7), "WIB")
CODE = "SUKAMAJU"
NAME = "Bantuan Pangan Sukamaju"
PERIOD = "2026-11"
ROUND = "Tahap 1"
DELIVERED_SHARE = 0.8
_FULL_LOAD = 100  # recipients one package can serve
_PACE = timedelta(seconds=75)


@dataclass(frozen=True)
class AidItem:
    """A good that every recipient gets: `quantity` in `unit`; `uom` is the unit's UN/CEFACT code for EPCIS."""

    sku: str
    name: str
    quantity: int
    unit: str
    uom: str


GOODS = (AidItem("BERAS", "Beras medium", 10, "kg", "KGM"), AidItem("MINYAK", "Minyak goreng", 2, "liter", "LTR"))


@dataclass(frozen=True)
class Load:
    """A bulk package of a village. `recipients` is how many it is meant for; `contents` has quantities by SKU."""

    code: str
    village: Village
    recipients: int
    contents: dict[str, int]


WAREHOUSE_CODE = "GUDANG-3204"
WAREHOUSE_AT = WAREHOUSE


def delivery_point(village: Village) -> str:
    """The code of the place where a village's aid is handed out."""
    return f"TITIK-{village.code.rpartition('.')[2]}"


def loads(recipients: dict[str, int]) -> list[Load]:
    """The packages for so many recipients by village code: one, or two where one cannot hold it all."""
    made = []
    for village in VILLAGES:
        left = recipients.get(village.code, 0)
        parts = min(2, -(-left // _FULL_LOAD))
        for part in range(parts):
            size = -(-left // (parts - part))
            contents = {good.sku: good.quantity * size for good in GOODS}
            made.append(Load(package_code(village, part + 1), village, size, contents))
            left -= size
    return made


def leftover() -> Load:
    """A package with less in it than one recipient is due: the rest of a torn sack, in the first village."""
    return Load(package_code(VILLAGES[0], 9), VILLAGES[0], 0, {good.sku: good.quantity // 2 for good in GOODS})


def package_code(village: Village, number: int) -> str:
    """The code on a package's label."""
    return f"SKM-{village.code.rpartition('.')[2]}-{number}"


@dataclass(frozen=True)
class Timetable:
    """Times of the story. The goods and the handovers lie before `began`: devices were offline and send late."""

    began: datetime
    longest_queue: int

    @property
    def first_handover_at(self) -> datetime:
        """Time at which the officers start."""
        return self.began - timedelta(minutes=10) - _PACE * self.longest_queue

    def handover(self, position: int) -> datetime:
        """Time of the handover to the recipient at `position` of an officer's queue; never later than `began`."""
        return min(self.first_handover_at + _PACE * position, self.began)

    @property
    def far_visit_at(self) -> datetime:
        """Time of an officer's visit far away, early enough to be back for the first handover."""
        return self.first_handover_at - timedelta(minutes=45)

    @property
    def received_at(self) -> datetime:
        """Time at which the village's delivery point has counted the goods."""
        return self.first_handover_at - timedelta(hours=1)

    @property
    def arrived_at(self) -> datetime:
        """Time at which the lorry arrives."""
        return self.received_at - timedelta(minutes=40)

    @property
    def shipped_at(self) -> datetime:
        """Time at which the lorry leaves the warehouse."""
        return self.arrived_at - timedelta(hours=5)

    @property
    def starts_on(self) -> date:
        """The round's first day, in the program's time zone."""
        return (self.shipped_at - timedelta(days=1)).astimezone(WIB).date()

    @property
    def ends_on(self) -> date:
        """The round's last day."""
        return (self.began + timedelta(days=30)).astimezone(WIB).date()
