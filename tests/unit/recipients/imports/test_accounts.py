"""Bank accounts in lists: a number with the bank's code or name, or no account."""

from collections.abc import Callable

import pytest

from services.recipients.imports.rules.columns import find_header
from services.recipients.imports.rules.rows import BatchCheck

Check = Callable[..., BatchCheck]


@pytest.mark.parametrize(
    ("cells", "account"),
    [
        ({"account": "0017-01-002345-50-3", "bank": "BRI"}, "BRI:001701002345503"),
        ({"account": "1234567890", "bank_code": "2"}, "002:1234567890"),
        ({"account": "1234567890.0", "bank": "Bank Mandiri", "bank_code": "008"}, "008:1234567890"),
        ({"account": "'1234567890", "bank": "brinidja"}, "BRINIDJA:1234567890"),
        ({"account": None, "bank": "BRI"}, None),
        ({"account": "-", "bank": None}, None),
        ({}, None),
    ],
)
def test_an_account_has_one_form(checked: Check, cells: dict[str, str | None], account: str | None) -> None:
    found = checked(cells)
    assert found.problems == []
    assert found.accepted["bank_account"].to_list() == [account]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"account": "1.23456E+14", "bank": "BRI"}, "account_digits_lost"),
        ({"account": "123456789", "bank": None}, "bank_missing"),
        ({"account": "1234", "bank": "BRI"}, "account_invalid"),
        ({"account": "belum buka", "bank": "BRI"}, "account_invalid"),
        ({"account": "123456789", "bank": "::"}, "account_invalid"),
    ],
)
def test_a_wrong_account_is_a_problem_of_its_column(checked: Check, cells: dict[str, str | None], code: str) -> None:
    found = checked(cells)
    assert [(p.column, p.code) for p in found.problems] == [("NO REKENING", code)]
    assert found.problems[0].message


def test_the_bank_may_have_a_column_for_its_code_and_one_for_its_name() -> None:
    header = find_header([["NIK", "NAMA", "TGL LAHIR", "DESA", "No. Rekening", "Nama Bank", "Kode Bank"]])
    assert {f: header.columns[f] for f in ("account", "bank", "bank_code")} == {"account": 4, "bank": 5, "bank_code": 6}
