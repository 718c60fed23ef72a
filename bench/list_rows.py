"""Reading and checking the rows of a list, against the csv module and pydantic row by row."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel, StringConstraints, ValidationError

from amanah.contracts.area_table import area_table
from amanah.contracts.areas import Scope
from bench.measure import Result, side_by_side
from services.recipients.imports.rules.columns import find_header
from services.recipients.imports.rules.places import Places
from services.recipients.imports.rules.rows import check

HEADER = ["NIK", "NO KK", "NAMA", "TGL LAHIR", "JK", "ALAMAT", "KODE WILAYAH"]


class _Row(BaseModel):
    nik: Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
    kk: Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    birth_date: date
    sex: Annotated[str, StringConstraints(pattern=r"^[LP]$")]
    address: str
    area: Annotated[str, StringConstraints(pattern=r"^\d\d\.\d\d\.\d\d\.\d{4}$")]


def _list(rows: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for n in range(rows):
        number = f"320115150389{n % 9999 + 1:04d}"
        writer.writerow(
            [
                number,
                f"32011515038{n % 99999:05d}",
                f"Siti Nurhaliza {n}",
                "1989-03-15",
                "L",
                "Kp. Baru",
                "32.75.03.1002",
            ]
        )
    return out.getvalue()


def run(*, small: bool) -> Iterator[Result]:
    """Runs at sizes that grow tenfold."""
    places = Places(area_table())
    for size in (500,) if small else (10_000, 100_000):
        text = _list(size)

        def ours(text: str = text) -> None:
            raw = pl.read_csv(text.encode(), infer_schema=False)
            header = find_header([raw.columns])
            named = raw.select(pl.nth(at).alias(field) for field, at in header.columns.items())
            check(named.with_row_index("row", offset=2), header, places, Scope(["ID"]), date(2026, 11, 24))

        def row_by_row(text: str = text) -> None:
            for row in csv.DictReader(io.StringIO(text)):
                try:
                    _Row(
                        nik=row["NIK"], kk=row["NO KK"], name=row["NAMA"], birth_date=row["TGL LAHIR"],  # type: ignore[arg-type] # pydantic reads text
                        sex=row["JK"], address=row["ALAMAT"], area=row["KODE WILAYAH"],
                    )  # fmt: skip
                except ValidationError:
                    continue

        yield side_by_side(f"list_rows_{size}", ours, row_by_row, goal=">= 8x", of=f"{size} rows of CSV")
