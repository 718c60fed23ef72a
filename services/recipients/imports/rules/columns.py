"""Columns of a list: the field of each, by the header that the office wrote."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from amanah.contracts.errors import Refused

# Field -> its preferred header, and other names of it. Case, spaces and punctuation are ignored.
_NAMES: dict[str, tuple[str, ...]] = {
    "nik": (
        "NIK", "No NIK", "Nomor NIK", "NIK KTP", "No KTP", "Nomor KTP", "Nomor Induk Kependudukan",
        "No Induk Kependudukan", "NIK Penerima", "NIK KPM",
    ),
    "household_number": ("NO KK", "KK", "Nomor KK", "NKK", "No Kartu Keluarga", "Nomor Kartu Keluarga", "NOKK"),
    "name": (
        "NAMA", "Nama Lengkap", "Nama Penerima", "Nama KPM", "Nama Pengurus", "Nama Penerima Manfaat",
        "Nama Penerima Bantuan", "Nama Sesuai KTP",
    ),
    "birth_date": ("TGL LAHIR", "Tanggal Lahir", "Tgl Lhr", "Tanggal Lhr", "TTL Tanggal", "Lahir"),
    "sex": ("JK", "Jenis Kelamin", "Jns Kelamin", "Kelamin", "L/P", "Gender", "Sex"),
    "address": (
        "ALAMAT", "Alamat Lengkap", "Alamat Rumah", "Alamat Domisili", "Alamat KTP", "Jalan", "Dusun",
        "Alamat Tinggal",
    ),
    "rt": ("RT", "No RT"),
    "rw": ("RW", "No RW"),
    "rt_rw": ("RT/RW", "RT dan RW"),
    "area_code": (
        "KODE WILAYAH", "Kode Desa", "Kode Kelurahan", "Kode Desa/Kelurahan", "Kode Kel/Desa", "Kode Wil",
        "Kode Kemendagri", "Kode Wilayah Desa", "Kode Area",
    ),
    "village": (
        "DESA/KELURAHAN", "Kelurahan/Desa", "Desa", "Kelurahan", "Kel", "Desa/Kel", "Kel/Desa", "Nama Desa",
        "Nama Kelurahan", "Nama Desa/Kelurahan", "Nama Kelurahan/Desa", "Village",
    ),
    "district": ("KECAMATAN", "Kec", "Nama Kecamatan", "Distrik", "Kapanewon", "Kemantren", "District"),
    "regency": (
        "KAB/KOTA", "Kabupaten/Kota", "Kabupaten", "Kab", "Kota", "Kota/Kabupaten", "Kota/Kab", "Nama Kabupaten",
        "Nama Kabupaten/Kota", "Nama Kab/Kota", "Regency",
    ),
    "province": ("PROVINSI", "Prov", "Propinsi", "Nama Provinsi", "Nama Propinsi", "Province"),
    "phone": (
        "NO HP", "HP", "No Telp", "No Telepon", "Telepon", "Telp", "Nomor HP", "No Handphone", "Handphone",
        "Nomor Telepon", "No WA", "Nomor WA", "No HP/WA",
    ),
    "latitude": ("LINTANG", "Latitude", "Lat", "Garis Lintang", "Koordinat Lintang"),
    "longitude": ("BUJUR", "Longitude", "Long", "Lng", "Lon", "Garis Bujur", "Koordinat Bujur"),
    "household_size": (
        "JML ANGGOTA", "Jumlah Anggota", "Jml Anggota Keluarga", "Jumlah Anggota Keluarga", "Jumlah ART", "Jml ART",
        "Jumlah Jiwa", "Jml Jiwa", "Anggota Keluarga",
    ),
    "account": (
        "NO REKENING", "Rekening", "Nomor Rekening", "No Rek", "Norek", "No Rekening Bank", "Nomor Rekening Bank",
    ),
    "bank_code": ("KODE BANK", "Kd Bank", "Kode Bank Penyalur", "BIC", "SWIFT"),
    "bank": ("BANK", "Nama Bank", "Bank Penyalur", "Bank Penerima"),
}  # fmt: skip

FIELDS = tuple(_NAMES)
TITLES = {field: names[0] for field, names in _NAMES.items()}
_REQUIRED = ("nik", "name", "birth_date")
_HEADER_WITHIN = 30  # rows; titles and letterheads are above the header


def _key(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.lower())


_FIELD_OF = {_key(name): field for field, names in _NAMES.items() for name in names}


def last_row(rows: int) -> int:
    """A row number that no row of a list exceeds which has so many rows below its header."""
    return rows + _HEADER_WITHIN


def field_of(header: str) -> str | None:
    """The field that a header names; None for an unknown header."""
    return _FIELD_OF.get(_key(header))


@dataclass(frozen=True)
class Header:
    """Header row of a list (0-based) and, for each field found, its column (0-based) and its header as written."""

    row: int
    columns: dict[str, int]
    labels: dict[str, str]

    def label(self, field: str) -> str:
        """The column's header as the office wrote it; its preferred header when the list has no such column."""
        return self.labels.get(field, TITLES[field])


def find_header(rows: Sequence[Sequence[str | None]]) -> Header:
    """Finds the header among the first rows of a list: the row that names the most fields.

    Raises Refused: `header_unknown` with the missing columns, `header_ambiguous` with those named twice.
    """
    fields_of = [[field_of(cell or "") for cell in row] for row in rows[:_HEADER_WITHIN]]
    best = max(range(len(fields_of)), key=lambda i: len(set(fields_of[i]) - {None}), default=None)
    fields = fields_of[best] if best is not None else []
    missing = [TITLES[f] for f in _REQUIRED if f not in fields]
    if "area_code" not in fields and "village" not in fields:
        missing.append(f"{TITLES['village']} or {TITLES['area_code']}")
    if missing or best is None:
        raise Refused("header_unknown", "uploadId", columns=", ".join(missing))
    repeated = [TITLES[f] for f in FIELDS if fields.count(f) > 1]
    if repeated:
        raise Refused("header_ambiguous", "uploadId", columns=", ".join(repeated))
    columns = {f: fields.index(f) for f in FIELDS if f in fields}
    return Header(best, columns, {f: " ".join((rows[best][i] or "").split()) for f, i in columns.items()})
