"""Label sheets: ten to a page, the same bytes for the same labels, and text that fonts do not have stops nothing."""

import re
from typing import Any

import pytest

from services.distribution.custody.label_sheets import Label, Sheets
from services.distribution.custody.label_sheets.page import typeset
from services.distribution.custody.rules.labels import own_code


def sheets(count: int, **more: Any) -> Sheets:
    labels = tuple(
        Label(code=own_code(n), area="Cijayanti, Kabupaten Bogor", contents=("10 kg Beras",), **more)
        for n in range(count)
    )
    return Sheets(program="Bantuan pangan", round="Tahap 1", labels=labels)


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (10, 1), (11, 2), (25, 3)])
def test_ten_labels_to_a_page(count: int, pages: int) -> None:
    pdf = typeset(sheets(count))
    assert pdf.startswith(b"%PDF-")
    assert re.search(rb"/Count %d\b" % pages, pdf)


def test_the_same_labels_are_the_same_bytes() -> None:
    assert typeset(sheets(3)) == typeset(sheets(3))
    assert typeset(sheets(3)) != typeset(sheets(4))


def test_letters_that_no_font_has_stop_nothing() -> None:
    assert typeset(sheets(1, note='日本 \u0000 "#let x = 1" \\ $')).startswith(b"%PDF-")
