from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from amanah.contracts.area_table import area_table
from amanah.contracts.areas import Scope
from services.recipients.imports.rules.columns import FIELDS, Header
from services.recipients.imports.rules.places import Places
from services.recipients.imports.rules.rows import BatchCheck, check

TODAY = date(2026, 11, 24)

# A valid row; Kelurahan Harapan Jaya in Kota Bekasi is 32.75.03.1006.
RIGHT = {
    "nik": "3275035203800001",
    "household_number": "3275030101100002",
    "name": "SITI AMINAH",
    "birth_date": "12/03/1980",
    "sex": "P",
    "address": "JL. MELATI NO. 3",
    "rt": "003",
    "rw": "012",
    "village": "HARAPAN JAYA",
    "district": "BEKASI UTARA",
    "regency": "KOTA BEKASI",
    "province": "JAWA BARAT",
    "phone": "081234567890",
    "latitude": "-6.2012",
    "longitude": "107.0034",
    "household_size": "4",
}


@pytest.fixture(scope="session")
def places() -> Places:
    return Places(area_table())


@pytest.fixture(scope="session")
def checked(places: Places) -> Callable[..., BatchCheck]:
    """Checks rows, each the valid one with some cells changed, numbered from 2 on."""

    def run(*changes: dict[str, str | None], within: str = "ID") -> BatchCheck:
        columns = [f for f in FIELDS if f in RIGHT or any(f in c for c in changes)]
        rows = [{"row": i, **{f: {**RIGHT, **c}.get(f) for f in columns}} for i, c in enumerate(changes, 2)]
        schema = {"row": pl.Int64, **dict.fromkeys(columns, pl.String)}
        header = Header(0, {f: i for i, f in enumerate(columns)}, {})
        return check(pl.DataFrame(rows, schema=schema), header, places, Scope([within]), TODAY)

    return run
