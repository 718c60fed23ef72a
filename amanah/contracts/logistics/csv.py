"""Events from a spreadsheet: CSV rows made into EPCIS events (docs/partners/csv.md).

Comma, semicolon or tab; a byte order mark; decimal commas; column names in English or Indonesian. A cell is text and is never
evaluated; one that a spreadsheet would read as a formula is refused where names stand, so that none comes back to one.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from amanah.contracts.errors import Refused
from amanah.contracts.logistics.results import Rejection
from amanah.contracts.logistics.units import code_of

_NAMES: dict[str, tuple[str, ...]] = {
    "event_id": ("id_peristiwa", "nomor_peristiwa"),
    "time": ("waktu", "tanggal", "tanggal_waktu"),
    "zone": ("zona", "zona_waktu"),
    "step": ("langkah", "kegiatan"),
    "package": ("paket", "kode_paket"),
    "parent": ("induk", "palet"),
    "place": ("tempat", "lokasi"),
    "destination": ("tujuan",),
    "item": ("barang", "kode_barang"),
    "quantity": ("jumlah", "kuantitas"),
    "unit": ("satuan",),
    "disposition": ("kondisi", "keadaan"),
    "document": ("dokumen", "surat_jalan"),
    "note": ("catatan", "keterangan"),
}
COLUMNS = tuple(_NAMES)
"""The columns of the template in their order."""

_COLUMN = {alias: column for column, aliases in _NAMES.items() for alias in (column, *aliases)}
_REQUIRED = ("time", "step", "package", "place")
# Rows of one event may differ in these.
_LISTED = frozenset({"package", "item", "quantity", "unit"})

MAX_ROWS = 10_000
# A mark of a row with more cells than columns.
_BEYOND = ""

COLUMN_OF_FIELD = {
    "eventID": "event_id",
    "eventTime": "time",
    "eventTimeZoneOffset": "zone",
    "bizStep": "step",
    "epcList": "package",
    "childEPCs": "package",
    "parentID": "parent",
    "readPoint": "place",
    "destinationList": "destination",
    "quantityList": "quantity",
    "childQuantityList": "quantity",
    "disposition": "disposition",
    "bizTransactionList": "document",
}
"""The column that holds each field of the event."""

_STEPS = {
    "dikirim": "shipping", "kirim": "shipping", "berangkat": "departing", "tiba": "arriving", "diterima": "receiving",
    "terima": "receiving", "diperiksa": "inspecting", "periksa": "inspecting", "dihitung": "cycle_counting",
    "hitung": "cycle_counting", "disimpan": "storing", "simpan": "storing", "dikemas": "packing", "kemas": "packing",
    "dibongkar": "unpacking", "bongkar": "unpacking", "dibagikan": "dispensing", "bagi": "dispensing",
    "batal_kirim": "void_shipping",
}  # fmt: skip
_DISPOSITIONS = {
    "rusak": "damaged", "dicuri": "stolen", "hilang": "stolen", "dikembalikan": "returned",
    "jumlah_tidak_sesuai": "mismatch_quantity", "dalam_perjalanan": "in_transit",
}  # fmt: skip
_ZONES = {"WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00", "UTC": "+00:00", "Z": "+00:00"}
_TIME = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)|(?P<d2>\d\d?)[/.-](?P<m2>\d\d?)[/.-](?P<y2>\d{4}))"
    r"[T ]+(?P<H>\d\d?)[:.](?P<M>\d\d)(?:[:.](?P<S>\d\d)(?P<f>[.,]\d+)?)? ?(?P<zone>Z|[+-]\d\d:?\d\d|[A-Za-z]+)?",
    re.ASCII,
)
_QUANTITY = re.compile(r"(\d+)(?:([.,])(\d+))?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class RowEvent:
    """An event of one or several rows; `pointer` names the first."""

    pointer: str
    event: dict[str, Any]


_Row = dict[str, str]


def events(data: bytes) -> list[RowEvent | Rejection]:
    """The events of a CSV file in their order, each of one row or of rows that agree, or why its row is refused.

    Raises Refused of the code `not_csv`, with the column in `field`, when the file as a whole cannot be read.
    """
    groups: dict[object, list[tuple[int, _Row]]] = {}
    for number, row in _rows(data):
        if event_id := row["event_id"]:
            group: object = event_id
        else:
            group = tuple(value for column, value in row.items() if column not in _LISTED or column == "package")
        groups.setdefault(group, []).append((number, row))
    return [_event_of(rows) for rows in groups.values()]


def _rows(data: bytes) -> Iterator[tuple[int, _Row]]:
    """The rows that are not empty, numbered as a spreadsheet numbers them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("not_csv") from None
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _header(next(lines, []))
        found = 0
        for number, cells in enumerate(lines, start=2):
            if not any(map(str.strip, cells)):
                continue
            found += 1
            if found > MAX_ROWS:
                raise Refused("too_many_events.rows", most=MAX_ROWS)
            values = dict(zip(columns, map(str.strip, cells), strict=False))
            # A decimal comma outside of quotation marks, between commas, moves all that follows.
            beyond = any(map(str.strip, cells[len(columns) :]))
            yield number, dict.fromkeys(COLUMNS, "") | values | ({_BEYOND: "x"} if beyond else {})
    except csv.Error:
        raise Refused("not_csv") from None


def _header(cells: list[str]) -> list[str]:
    columns: list[str] = []
    for cell in cells:
        name = re.sub(r"[\s-]+", "_", cell.strip().lower())
        if name not in _COLUMN:
            raise Refused("not_csv.column", "/rows/1", name=cell.strip()[:50] or "''")
        if _COLUMN[name] in columns:
            raise Refused("not_csv.twice", "/rows/1", name=_COLUMN[name])
        columns.append(_COLUMN[name])
    if missing := [c for c in _REQUIRED if c not in columns]:
        raise Refused("not_csv.columns", "/rows/1", names=", ".join(missing))
    return columns


def _event_of(rows: list[tuple[int, _Row]]) -> RowEvent | Rejection:
    number, first = rows[0]
    at = number
    try:
        goods = []
        for line, row in rows:
            at = line
            if _BEYOND in row:
                raise Refused("schema.cells", "")
            if any(row[c] != first[c] for c in COLUMNS if c not in _LISTED):
                raise Refused("schema.disagrees", "event_id")
            if row["item"] or row["quantity"]:
                goods.append(_goods(row))
        at = number
        packages = list(dict.fromkeys(_name(row, "package") for _, row in rows if row["package"]))
        return RowEvent(f"/rows/{number}", _event(first, packages, goods))
    except Refused as error:
        return Rejection(
            code=error.code,
            field=f"/rows/{at}/{error.field}".rstrip("/"),
            explanation=error.message,
            event_id=first["event_id"][:500] or None,
            original=";".join(dict(rows)[at][c] for c in COLUMNS),
        )


def _event(row: _Row, packages: list[str], goods: list[dict[str, Any]]) -> dict[str, Any]:
    time, offset = _time(row)
    made: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": time,
        "eventTimeZoneOffset": offset,
        "action": "OBSERVE",
        "bizStep": _word(row["step"], _STEPS),
        "epcList": packages,
        "readPoint": {"id": _name(row, "place")},
    }
    if row["parent"]:
        made |= {"type": "AggregationEvent", "parentID": _name(row, "parent", "package"), "childEPCs": packages}
        made["action"] = "DELETE" if made["bizStep"] == "unpacking" else "ADD"
        del made["epcList"]
    if row["event_id"]:
        made["eventID"] = _name(row, "event_id", "event")
    if row["destination"]:
        made["destinationList"] = [{"type": "location", "destination": _name(row, "destination", "place")}]
    if goods:
        made["childQuantityList" if row["parent"] else "quantityList"] = goods
    if row["disposition"]:
        made["disposition"] = _word(row["disposition"], _DISPOSITIONS)
    if row["document"]:
        made["bizTransactionList"] = [{"type": "desadv", "bizTransaction": _name(row, "document")}]
    if row["note"]:
        made["amanah:note"] = _text(row, "note")
    return made


def _word(text: str, words: dict[str, str]) -> str:
    word = re.sub(r"[\s-]+", "_", text.lower()) if ":" not in text else text
    return words.get(word, word)


def _name(row: _Row, column: str, noun: str | None = None) -> str:
    """The cell as a URI: one as it is, a bare code as ours."""
    text = _text(row, column)
    return text if ":" in text or not text else f"urn:amanah:{noun or column}:{quote(text, safe='')}"


def _text(row: _Row, column: str) -> str:
    text = row[column]
    if text.startswith(_FORMULA):
        raise Refused("schema.formula", column)
    if _CONTROL.search(text):
        raise Refused("schema.control", column)
    return text


def _goods(row: _Row) -> dict[str, Any]:
    number = _QUANTITY.fullmatch(row["quantity"])
    # "1.500" is one and a half here and fifteen hundred there.
    if number is None or (number[3] is not None and len(number[3]) == 3 and number[1] != "0"):
        raise Refused("schema.quantity", "quantity")
    made: dict[str, Any] = {"epcClass": _name(row, "item"), "quantity": float(f"{number[1]}.{number[3] or 0}")}
    if row["unit"]:
        uom = code_of(row["unit"]) or (row["unit"] if re.fullmatch(r"[A-Z0-9]{2,3}", row["unit"]) else None)
        if uom is None:
            raise Refused("schema.unit", "unit", unit=row["unit"][:50])
        made["uom"] = uom
    return made


def _time(row: _Row) -> tuple[str, str]:
    """The time and its offset as EPCIS has them."""
    found = _TIME.fullmatch(row["time"])
    if found is None:
        raise Refused("schema.time", "time")
    named = (found["zone"] or row["zone"]).strip().upper()
    offset = _ZONES.get(named, named)
    if re.fullmatch(r"[+-]\d{4}", offset, re.ASCII):
        offset = f"{offset[:3]}:{offset[3:]}"
    if not re.fullmatch(r"[+-]\d\d:\d\d", offset, re.ASCII):
        raise Refused("schema.zone", "zone")
    year, month, day = found["y"] or found["y2"], found["m"] or found["m2"], found["d"] or found["d2"]
    fraction = (found["f"] or "").replace(",", ".")
    clock = f"{int(found['H']):02}:{found['M']}:{found['S'] or '00'}{fraction}"
    return f"{year}-{int(month):02}-{int(day):02}T{clock}{offset}", offset
