import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from amanah.contracts.errors import Refused
from services.recipients.imports.spreadsheet import reader
from services.recipients.imports.spreadsheet.formats import load

HEADER = ["NO", "NIK", "NAMA", "TGL LAHIR", "DESA/KELURAHAN"]
ROWS = [
    ["1", "3275035203800001", "SITI, AMINAH", "12/03/1980", "HARAPAN JAYA"],
    ["2", "3275030101900002", "José", "x", ""],
]
GIGABYTE = 1 << 30


def csv_of(separator: str, *, above: str = "", end: str = "\n") -> str:
    lines = [HEADER, *ROWS]
    quoted = [[f'"{c}"' if separator in c else c for c in line] for line in lines]
    return above + end.join(separator.join(line) for line in quoted) + end


def xlsx_of(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    sheet.write(i, j, cell)
    return path


def code_of(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        load(path)
    return refused.value.code


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_any_separator_encoding_and_line_end(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(csv_of(separator, end=end).encode(encoding))
    header, rows = load(path)
    assert header.labels["village"] == "DESA/KELURAHAN"
    assert rows["row"].to_list() == [2, 3]
    assert rows["nik"].to_list() == ["3275035203800001", "3275030101900002"]
    assert rows["name"].to_list() == ["SITI, AMINAH", "José"]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "list"
    lines = [
        "DAFTAR PENERIMA",
        "",
        "NIK;NAMA;TGL LAHIR;DESA",
        "1;A;x;y",
        ";;;",
        "",
        "2;B;x;y",
        "3;C;x;y;more;than;named",
    ]
    path.write_text("\n".join(lines))
    _, rows = load(path)
    assert [(r["row"], r["name"]) for r in rows.to_dicts() if r["name"]] == [(4, "A"), (7, "B"), (8, "C")]


def test_xlsx_cells_are_read_as_text(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["DAFTAR"],
        [],
        [*HEADER],
        [1, "3275035203800001", "SITI", datetime(1980, 3, 12), "X"],
        [],
        [2, 3275030101900002],
    ]
    header, found = load(xlsx_of(tmp_path / "list.xlsx", rows))
    assert header.row == 2
    assert found["row"].to_list() == [4, 5, 6]
    assert found["nik"].to_list() == ["3275035203800001", None, "3275030101900002"]
    assert found["birth_date"][0].startswith("1980-03-12")


def test_the_sheet_with_the_header_is_read(tmp_path: Path) -> None:
    _, rows = load(xlsx_of(tmp_path / "list.xlsx", [], [["Petunjuk pengisian"]], [HEADER, *ROWS]))
    assert rows.height == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n \n", "file_empty"),
        (b"\xef\xbb\xbf\n", "file_empty"),
        (b"\0" * 100_000, "file_not_spreadsheet"),
        (b"%PDF-1.7\n\x00\x01", "file_not_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_not_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_not_spreadsheet"),
        (b"PK\x03\x04 cut off", "file_not_spreadsheet"),
        (b"just a letter\nof two lines", "header_unknown"),
        (b"NIK,NAMA\n1,2", "header_unknown"),
        (b"NIK,NIK,NAMA,TGL LAHIR,DESA\n", "header_ambiguous"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    assert code_of(path) == code


def test_an_empty_workbook_is_empty(tmp_path: Path) -> None:
    assert code_of(xlsx_of(tmp_path / "list.xlsx", [])) == "file_empty"


def test_a_workbook_without_the_header_names_what_is_missing(tmp_path: Path) -> None:
    assert code_of(xlsx_of(tmp_path / "list.xlsx", [["NAMA", "ALAMAT"], ["A", "B"]])) == "header_unknown"


def test_a_zip_of_something_else_is_no_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "list"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"...")
    assert code_of(path) == "file_not_spreadsheet"


def bomb(tmp_path: Path, sheet: bytes) -> Path:
    """A workbook whose sheet holds these rows as XML."""
    path = xlsx_of(tmp_path / "bomb.xlsx", [HEADER])
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", sheet + b"</sheetData>")
            target.writestr(part, content)
    path.write_bytes(packed.getvalue())
    return path


async def test_a_cell_in_the_last_corner_takes_memory_of_the_child_only(tmp_path: Path) -> None:
    path = bomb(tmp_path, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(Refused) as refused:
        await reader.read(path, memory=2 * GIGABYTE)
    assert refused.value.code == "file_too_large"


async def test_batches_start_at_any_row(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("NIK,NAMA,TGL LAHIR,DESA\n" + "".join(f"{i},A,x,y\n" for i in range(25)))
    sheet = await reader.read(path, memory=2 * GIGABYTE)
    assert sheet.rows == 25
    assert [b["nik"].to_list() for b in sheet.batches(20, 3)] == [["20", "21", "22"], ["23", "24"]]
    assert next(sheet.batches(10, 1))["row"].to_list() == [12]


async def test_a_refusal_passes_from_the_child(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"\0" * 1000)
    with pytest.raises(Refused) as refused:
        await reader.read(path, memory=2 * GIGABYTE)
    assert refused.value.code == "file_not_spreadsheet"
