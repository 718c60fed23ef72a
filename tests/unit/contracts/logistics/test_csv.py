"""Rows of a spreadsheet become the same events as JSON, and a row that cannot is named by its number."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics import Read, Rejection, Reported, csv, read

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HEAD = "event_id,time,zone,step,package,place,item,quantity,unit\n"
ROW = "E1,2026-11-24 09:30,WIB,shipping,SKM-1,GUDANG,BERAS,100,kg\n"


def reading(text: str | bytes, media_type: str = "text/csv") -> list[Read]:
    return read(text.encode() if isinstance(text, str) else text, now=NOW, media_type=media_type)


def taken(text: str | bytes) -> Reported:
    (only,) = reading(text)
    assert isinstance(only, Reported), only
    return only


def refused(text: str | bytes) -> Rejection:
    (only,) = reading(text)
    assert isinstance(only, Rejection)
    return only


def row(**cells: str) -> str:
    return ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"


def with_(**cells: str) -> str:
    base = {"time": "2026-11-24 09:30", "zone": "WIB", "step": "shipping", "package": "SKM-1", "place": "GUDANG"}
    return row(**(base | cells))


def test_a_row_is_the_event_that_json_says() -> None:
    got = taken(HEAD + ROW)
    sent = {
        "type": "ObjectEvent", "eventTime": "2026-11-24T09:30:00+07:00", "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE", "bizStep": "shipping", "epcList": ["urn:amanah:package:SKM-1"],
        "readPoint": {"id": "urn:amanah:place:GUDANG"},
        "quantityList": [{"epcClass": "urn:amanah:item:BERAS", "quantity": 100, "uom": "KGM"}],
    }  # fmt: skip
    (same,) = read(json.dumps(sent).encode(), now=NOW)
    assert isinstance(same, Reported)
    assert got.content == same.content
    assert got.id == "urn:amanah:event:E1"
    assert (got.packages, got.goods, got.at) == (same.packages, same.goods, same.at)
    assert (got.index, got.pointer) == (0, "/rows/2")


def test_the_template_is_read_in_both_languages() -> None:
    english = "time;zone;step;package;place;destination;disposition;document\n"
    indonesian = "Waktu;Zona;Kegiatan;Kode Paket;Lokasi;Tujuan;Kondisi;Surat Jalan\n"
    cells = "24/11/2026 09.30;WITA;{};SKM-1;POS-1;POS-2;{};SJ/1\n"
    first = taken(english + cells.format("receiving", "damaged"))
    second = taken("\ufeff" + indonesian + cells.format("Diterima", "rusak"))
    assert first.content == second.content
    assert (first.step, first.disposition, first.destination, first.offset) == (
        "receiving",
        "damaged",
        "POS-2",
        "+08:00",
    )
    assert first.transactions == (("desadv", "urn:amanah:document:SJ%2F1"),)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_line_ends_of_spreadsheets(separator: str) -> None:
    text = (HEAD + ROW).replace(",", separator).replace("\n", "\r\n")
    assert taken(b"\xef\xbb\xbf" + text.encode()).goods[0].quantity == 100


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("12,5", "12.5"), ("12.5", "12.5"), ("1500", "1500"), ("0,125", "0.125"), ("10,00", "10"), ("0.500", "0.5")],
)
def test_decimal_commas(cell: str, quantity: str) -> None:
    text = f"time;zone;step;package;place;item;quantity\n2026-11-24 09:30;WIB;shipping;SKM-1;GUDANG;BERAS;{cell}\n"
    assert taken(text).goods[0].quantity == Decimal(quantity)


@pytest.mark.parametrize(
    ("time", "zone", "at"),
    [
        ("2026-11-24T09:30:00+07:00", "", "2026-11-24T02:30"),
        ("2026-11-24 09:30 WIT", "", "2026-11-24T00:30"),
        ("2026-11-24 9:30:05", "+07:00", "2026-11-24T02:30"),
        ("24-11-2026 09.30", "wib", "2026-11-24T02:30"),
        ("4/1/2026 09:30", "+0800", "2026-01-04T01:30"),
        ("2026-11-24T02:30:00Z", "", "2026-11-24T02:30"),
    ],
)
def test_forms_of_time(time: str, zone: str, at: str) -> None:
    assert taken(with_(time=time, zone=zone)).at.isoformat().startswith(at)


def test_rows_of_one_event_are_one_event() -> None:
    both = taken(HEAD + ROW + ROW.replace("BERAS,100,kg", "MINYAK,20,liter"))
    assert [(g.sku, g.quantity, g.unit) for g in both.goods] == [
        ("BERAS", Decimal(100), "KGM"),
        ("MINYAK", Decimal(20), "LTR"),
    ]
    several = taken(
        HEAD + ROW.replace("BERAS,100,kg", ",,") + ROW.replace("SKM-1", "SKM-2").replace("BERAS,100,kg", ",,")
    )
    assert several.packages == ("SKM-1", "SKM-2")
    without_id = reading(HEAD + ROW.replace("E1", "") + ROW.replace("E1", "").replace("SKM-1", "SKM-2"))
    assert [r.packages for r in without_id if isinstance(r, Reported)] == [("SKM-1",), ("SKM-2",)]


def test_an_unquoted_decimal_comma_moves_no_cells() -> None:
    rejection = refused(HEAD + ROW.replace("100", "12,5"))
    assert (rejection.code, rejection.field) == ("schema", "/rows/2")
    assert taken(HEAD + ROW.replace("100", '"12,5"')).goods[0].quantity == Decimal("12.5")


def test_rows_of_one_event_that_disagree_are_refused() -> None:
    rejection = refused(HEAD + ROW + ROW.replace("GUDANG", "POS"))
    assert (rejection.code, rejection.field, rejection.event_id) == ("schema", "/rows/3/event_id", "E1")


def test_a_parent_makes_an_aggregation() -> None:
    packed = taken(with_(step="dikemas", parent="PALET-1"))
    assert (packed.kind, packed.action, packed.parent, packed.packages) == (
        "AggregationEvent", "ADD", "PALET-1", ("SKM-1",),
    )  # fmt: skip
    assert taken(with_(step="unpacking", parent="PALET-1")).action == "DELETE"


def test_labels_and_uris_are_taken_as_they_are() -> None:
    assert taken(with_(package="urn:epc:id:sscc:4012345.1112223334")).packages == ("140123451122233341",)
    assert taken(with_(package="140123451122233341")).packages == ("140123451122233341",)
    assert taken(with_(package="A/B 1")).packages == ("A/B 1",)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"time": "yesterday"}, "/rows/2/time"),
        ({"time": "2026-13-24 09:30"}, "/rows/2/time"),
        ({"time": ""}, "/rows/2/time"),
        ({"zone": ""}, "/rows/2/zone"),
        ({"zone": "Jakarta"}, "/rows/2/zone"),
        ({"step": "shiping"}, "/rows/2/step"),
        ({"step": ""}, "/rows/2/step"),
        ({"place": ""}, "/rows/2/place"),
        ({"disposition": "lost"}, "/rows/2/disposition"),
        ({"item": "BERAS", "quantity": "1.500"}, "/rows/2/quantity"),
        ({"item": "BERAS", "quantity": "-1"}, "/rows/2/quantity"),
        ({"item": "BERAS", "quantity": ""}, "/rows/2/quantity"),
        ({"item": "BERAS", "quantity": "1e9"}, "/rows/2/quantity"),
        ({"quantity": "1"}, "/rows/2/quantity"),
        ({"item": "BERAS", "quantity": "1", "unit": "karung"}, "/rows/2/unit"),
        ({"package": ""}, "/rows/2"),
        ({"event_id": "a\x00b"}, "/rows/2/event_id"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(cells: dict[str, str], field: str) -> None:
    rejection = refused(with_(**cells))
    assert (rejection.code, rejection.field, rejection.index) == ("schema", field, 0)


@pytest.mark.parametrize(
    "column", ["event_id", "package", "parent", "place", "destination", "item", "document", "note"]
)
@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "+HYPERLINK(A1)", "-2"])
def test_a_formula_is_refused_where_names_stand(column: str, formula: str) -> None:
    cells = {column: formula} | ({"quantity": "1"} if column == "item" else {})
    rejection = refused(with_(**cells))
    assert rejection.field == f"/rows/2/{column}"
    assert "formula" in rejection.explanation


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "/rows/1"),
        (b"\xff\xfet\x00", ""),
        (b"time,step\n", "/rows/1"),
        (b"time,zone,step,package,place,color\n", "/rows/1"),
        (b"time,waktu,step,package,place\n", "/rows/1"),
        (b'time,zone,step,package,place\n"2026', ""),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(data: bytes, field: str) -> None:
    rejection = refused(data)
    assert (rejection.code, rejection.field, rejection.index) == ("not_csv", field, None)


def test_bounds_of_documents_hold() -> None:
    assert refused(HEAD).code == "schema"
    many = HEAD + "".join(ROW.replace("E1", f"E{n}") for n in range(1001))
    assert refused(many).code == "too_many_events"
    assert refused("x" * 5_000_001).code == "too_large"
    assert refused(HEAD + "a\n" * 10_001).code == "too_many_events"


def test_empty_rows_are_left_out_and_rows_are_counted_as_a_spreadsheet_counts() -> None:
    first, second = reading(HEAD + ",,,,,,,,\n" + ROW + ROW.replace("E1", "E2").replace("WIB", ""))
    assert isinstance(first, Reported)
    assert first.pointer == "/rows/3"
    assert isinstance(second, Rejection)
    assert (second.field, second.index, second.event_id) == ("/rows/4/zone", 1, "E2")
    assert "GUDANG" in second.original


def test_the_template_of_the_documentation_is_read() -> None:
    page = (Path(__file__).parents[4] / "docs" / "partners" / "csv.md").read_text()
    template = page.partition("```csv\n")[2].partition("```")[0]
    assert tuple(template.partition("\n")[0].split(";")) == csv.COLUMNS
    first, second = reading(template)
    assert isinstance(first, Reported)
    assert isinstance(second, Reported)
    assert [(g.sku, g.quantity, g.unit) for g in first.goods] == [
        ("BERAS", Decimal(740), "KGM"),
        ("MINYAK", Decimal(148), "LTR"),
    ]
    assert (second.disposition, second.goods[0].quantity) == ("damaged", Decimal("739.5"))
    assert second.extensions == {"amanah:note": "satu karung sobek"}


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    assert reading(text.encode("utf-8", "surrogatepass"))


_cells: Any = st.text(alphabet="aE1:.,;/-+ =\"'\x00é\n\r", max_size=12)


@given(st.lists(st.lists(_cells, min_size=9, max_size=9), max_size=4))
def test_no_cells_make_it_fail(rows: list[list[str]]) -> None:
    assert reading(HEAD + "".join(",".join(cells) + "\n" for cells in rows))
