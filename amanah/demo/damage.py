"""Damage that spreadsheets and typing errors do to rows: each kind is one way to spoil a row of the list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

Cell = str | int | float | None
Row = dict[str, Cell]

_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Damage:
    """One way to spoil a row. `fatal` rows must be rejected; the others can be read all the same."""

    name: str
    fatal: bool
    spoil: Callable[[Row], Row]


def _born(row: Row) -> date:
    day, month, year = str(row["TGL LAHIR"]).split("/")
    return date(int(year), int(month), int(day))


def _scientific(row: Row) -> Row:
    return row | {"NIK": f"{float(str(row['NIK'])):.5E}"}


def _impossible_date(row: Row) -> Row:
    nik = str(row["NIK"])
    day = "72" if row["JK"] == "P" else "32"
    return row | {"NIK": f"{nik[:6]}{day}{nik[8:]}"}


DAMAGES = (
    Damage("nik_scientific", True, _scientific),
    Damage("nik_lost_digits", True, lambda row: row | {"NIK": str(row["NIK"])[:-1]}),
    Damage("nik_impossible_date", True, _impossible_date),
    Damage("nik_serial_zero", True, lambda row: row | {"NIK": str(row["NIK"])[:12] + "0000"}),
    Damage("unknown_village", True, lambda row: row | {"DESA/KELURAHAN": "SUKA MAJU SEKALI"}),
    Damage("name_missing", True, lambda row: row | {"NAMA": ""}),
    Damage("nik_trailing_zero", False, lambda row: row | {"NIK": f"{row['NIK']}.0"}),
    Damage("nik_apostrophe", False, lambda row: row | {"NIK": f"'{row['NIK']}"}),
    Damage("nik_spaced", False, lambda row: row | {"NIK": f" {str(row['NIK'])[:6]} {str(row['NIK'])[6:]} "}),
    Damage("regency_abbreviated", False, lambda row: row | {"KAB/KOTA": "KAB. BANDUNG"}),
    Damage("regency_in_small_letters", False, lambda row: row | {"KAB/KOTA": "kab bandung"}),
    Damage("village_prefixed", False, lambda row: row | {"DESA/KELURAHAN": f"DESA {row['DESA/KELURAHAN']}"}),
    Damage("date_short", False, lambda row: row | {"TGL LAHIR": f"{_born(row):%d-%m-%y}"}),
    Damage("date_excel_serial", False, lambda row: row | {"TGL LAHIR": (_born(row) - _EXCEL_EPOCH).days}),
    Damage("phone_lost_zero", False, lambda row: row | {"NO HP": str(row["NO HP"]).lstrip("0")}),
)


@dataclass(frozen=True)
class SpoiledRows:
    """The rows as the office sends them, and what was done to them."""

    rows: list[Row]
    damages: dict[int, Damage]
    duplicates: int

    @property
    def fatal(self) -> int:
        """Number of rows that must be rejected."""
        return sum(d.fatal for d in self.damages.values())


def spoil(rows: list[Row], seed: int) -> SpoiledRows:
    """About 4% of `rows` damaged, each kind at least once from 120 rows on, and a few sent twice.

    The keys of `damages` are indices into the result's `rows`; sent-twice rows stand at the end.
    """
    rng = Random(f"amanah demo damage {seed}")
    count = min(max(round(len(rows) * 0.04), len(DAMAGES)), len(rows) // 8)
    chosen = sorted(rng.sample(range(len(rows)), count))
    order = list(DAMAGES)
    rng.shuffle(order)
    damages = {index: order[i % len(order)] for i, index in enumerate(chosen)}
    spoiled = [damages[i].spoil(row) if i in damages else row for i, row in enumerate(rows)]
    whole = [i for i in range(len(rows)) if i not in damages]
    again = rng.sample(whole, min(len(whole), max(1, len(rows) // 125)))
    return SpoiledRows(spoiled + [spoiled[i] for i in again], damages, len(again))
