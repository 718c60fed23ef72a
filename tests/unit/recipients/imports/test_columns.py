import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import Refused
from services.recipients.imports.rules.columns import FIELDS, TITLES, field_of, find_header

DEMO = [
    "NO", "NIK", "NO KK", "NAMA", "TGL LAHIR", "JK", "ALAMAT", "RT", "RW", "DESA/KELURAHAN", "KECAMATAN", "KAB/KOTA",
    "PROVINSI", "NO HP", "LINTANG", "BUJUR", "JML ANGGOTA",
]  # fmt: skip


@given(
    st.sampled_from(FIELDS),
    st.sampled_from([str.lower, str.upper, str.title]),
    st.sampled_from(["{}", " {} ", "{}.", "{}:", "*{}", "({})"]),
    st.sampled_from([" ", "_", ". ", "-", "", "\n"]),
)
def test_case_spacing_and_punctuation_do_not_matter(field: str, case: object, form: str, space: str) -> None:
    assert callable(case)
    assert field_of(form.format(case(TITLES[field].replace(" ", space)))) == field


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("No. KK", "household_number"), ("Nama Penerima", "name"), ("Tgl. Lahir", "birth_date"),
        ("Jenis Kelamin", "sex"), ("Desa/Kel.", "village"), ("Kec.", "district"), ("Kabupaten / Kota", "regency"),
        ("No. Telp", "phone"), ("Kode Wilayah", "area_code"), ("L/P", "sex"), ("RT/RW", "rt_rw"), ("NO", None),
        ("Keterangan", None), ("", None),
    ],
)  # fmt: skip
def test_aliases(header: str, field: str | None) -> None:
    assert field_of(header) == field


def test_the_header_is_found_below_titles() -> None:
    header = find_header([["DAFTAR PENERIMA BANTUAN"], [None], DEMO, ["1", "3275035203800001"]])
    assert header.row == 2
    assert header.columns["nik"] == 1
    assert set(header.columns) == set(FIELDS) - {"rt_rw", "area_code", "account", "bank", "bank_code"}
    assert header.label("village") == "DESA/KELURAHAN"


def test_a_label_is_the_header_as_the_office_wrote_it() -> None:
    header = find_header([["No. NIK", "Nama  Lengkap ", "Tanggal\nLahir", "Kode Desa"]])
    assert [header.label(f) for f in ("nik", "name", "birth_date")] == ["No. NIK", "Nama Lengkap", "Tanggal Lahir"]
    assert header.label("phone") == "NO HP"


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (["NAMA", "TGL LAHIR", "DESA"], ["NIK"]),
        (["NIK", "NAMA", "TGL LAHIR"], ["DESA/KELURAHAN or KODE WILAYAH"]),
        (["foo", "bar"], ["NIK", "NAMA", "TGL LAHIR"]),
    ],
)
def test_a_missing_column_is_named(header: list[str], missing: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        find_header([header, ["1", "2", "3"]])
    assert refused.value.code == "header_unknown"
    assert all(m in refused.value.message for m in missing)


def test_no_rows_at_all() -> None:
    with pytest.raises(Refused, match="no column for NIK"):
        find_header([])


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        find_header([["NIK", "No KTP", "NAMA", "TGL LAHIR", "DESA"]])
    assert refused.value.code == "header_ambiguous"
    assert "NIK" in refused.value.message
