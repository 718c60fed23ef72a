"""The recipient list as an office sends it: one XLSX sheet with Indonesian headers."""

import io
from datetime import datetime
from pathlib import Path

import xlsxwriter

from amanah.demo.damage import Row, SpoiledRows, spoil
from amanah.demo.people import Person, people
from amanah.demo.places import DISTRICT, PROVINCE, REGENCY, name_of

HEADERS = (
    "NO", "NIK", "NO KK", "NAMA", "TGL LAHIR", "JK", "ALAMAT", "RT", "RW", "DESA/KELURAHAN", "KECAMATAN", "KAB/KOTA",
    "PROVINSI", "NO HP", "LINTANG", "BUJUR", "JML ANGGOTA",
)  # fmt: skip
DEFAULT_RECIPIENTS = 500
DEFAULT_SEED = 1
EXAMPLE = Path(__file__).parents[2] / "examples" / "sukamaju"
"""The committed example, in a working copy of the repository; an installed package has none and generates the same."""


def row_of(person: Person) -> Row:
    """A person's row, undamaged; `NO` is filled when the rows are numbered."""
    return {
        "NIK": person.nik,
        "NO KK": person.kk,
        "NAMA": person.name,
        "TGL LAHIR": f"{person.birth_date:%d/%m/%Y}",
        "JK": person.sex,
        "ALAMAT": person.address,
        "RT": f"{person.rt:03d}",
        "RW": f"{person.rw:03d}",
        "DESA/KELURAHAN": person.village.name.upper(),
        "KECAMATAN": name_of(DISTRICT).upper(),
        "KAB/KOTA": name_of(REGENCY).upper(),
        "PROVINSI": name_of(PROVINCE).upper(),
        "NO HP": person.phone,
        "LINTANG": person.latitude,
        "BUJUR": person.longitude,
        "JML ANGGOTA": person.household_size,
    }


def rows(count: int, seed: int) -> SpoiledRows:
    """The rows of `count` people, some of them damaged, some sent twice."""
    return spoil([row_of(person) for person in people(count, seed)], seed)


def workbook(spoiled: SpoiledRows) -> bytes:
    """The XLSX file; the same rows give the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": "Daftar penerima Sukamaju (data rekaan)", "created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet("Penerima")
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 3, 22)
    bold = book.add_format({"bold": True})
    for column, header in enumerate(HEADERS):
        sheet.write_string(0, column, header, bold)
    for number, row in enumerate(spoiled.rows, start=1):
        for column, header in enumerate(HEADERS):
            value = number if header == "NO" else row[header]
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
    book.close()
    return out.getvalue()


def recipient_list(count: int, seed: int, folder: Path) -> Path:
    """The list to upload: the committed one for the default people, else one written to `folder`."""
    committed = EXAMPLE / "penerima.xlsx"
    if (count, seed) == (DEFAULT_RECIPIENTS, DEFAULT_SEED) and committed.exists():
        return committed
    made = folder / f"penerima-{count}-{seed}.xlsx"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = made.with_suffix(".part")
        unfinished.write_bytes(workbook(rows(count, seed)))
        unfinished.replace(made)
    return made
