"""Recipient lists as offices save them, and the types of the fixtures that make and import them."""

import io
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import xlsxwriter

from amanah.contracts.actor import Actor
from services.recipients.imports.documents import ImportDocument

HEADER = [
    "NO", "NIK", "NO KK", "NAMA", "TGL LAHIR", "JK", "ALAMAT", "RT", "RW", "DESA/KELURAHAN", "KECAMATAN", "KAB/KOTA",
    "PROVINSI", "NO HP", "LINTANG", "BUJUR", "JML ANGGOTA",
]  # fmt: skip
VILLAGES = {
    "32.75.03.1006": ("HARAPAN JAYA", "BEKASI UTARA", "KOTA BEKASI"),
    "32.75.04.1002": ("MARGAJAYA", "BEKASI SELATAN", "KOTA BEKASI"),
    "32.01.16.2013": ("SUKAMAJU", "CIBUNGBULANG", "KAB. BOGOR"),
}

Row = dict[str, Any]
WriteFile = Callable[[list[Row]], bytes]
Upload = Callable[[Actor, bytes], Awaitable[str]]
Import = Callable[[Actor, bytes], Awaitable[ImportDocument]]
Apply = Callable[[Actor, Actor, bytes], Awaitable[ImportDocument]]


class MakeRow(Protocol):
    """Makes the n-th valid row of a village's list, some cells changed: `row(3, **{"NAMA": "X"})`."""

    def __call__(self, n: int, area: str = "32.75.03.1006", **changes: Any) -> Row: ...


class MakePerson(Protocol):
    """Makes people: `person("Sari", OFFICER="32.01.05")`."""

    def __call__(self, name: str, **roles: str) -> Actor: ...


def make_row(n: int, area: str = "32.75.03.1006", **changes: Any) -> Row:
    """See MakeRow."""
    village, district, regency = VILLAGES[area]
    return {
        "NO": str(n), "NIK": f"3275031203{n % 100:02}{n + 1:04}", "NO KK": f"327503010110{n + 1:04}",
        "NAMA": f"SITI AMINAH {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n % 26]}", "TGL LAHIR": f"12/03/19{n % 100:02}",
        "JK": "L", "ALAMAT": "JL. MELATI", "RT": "003", "RW": "012", "DESA/KELURAHAN": village,
        "KECAMATAN": district, "KAB/KOTA": regency, "PROVINSI": "JAWA BARAT", "NO HP": "081234567890",
        "LINTANG": "-6.2012", "BUJUR": "107.0034", "JML ANGGOTA": "4",
    } | changes  # fmt: skip


def write_xlsx(rows: list[Row]) -> bytes:
    """A list as an office saves it from Excel: a title, then the header, then the rows."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet("DATA")
        sheet.write(0, 0, "DAFTAR PENERIMA BANTUAN")
        for i, cells in enumerate([dict(zip(HEADER, HEADER, strict=True)), *rows], 2):
            for j, name in enumerate(HEADER):
                if cells.get(name) is not None:
                    sheet.write(i, j, cells[name])
    return data.getvalue()


def write_csv(rows: list[Row]) -> bytes:
    """The same list separated by semicolons in Windows-1252."""
    lines = [HEADER, *([str(cells.get(name) or "") for name in HEADER] for cells in rows)]
    return "\r\n".join(";".join(line) for line in lines).encode("cp1252")
