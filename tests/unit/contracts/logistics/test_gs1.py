"""GS1 keys in their several forms name the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics.gs1 import canonical, check_digit, is_valid_key, item_sku, package_code, place_code


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
        ("urn:epc:id:sscc:4012345.1112223334", "https://id.gs1.org/00/140123451122233341"),
        ("urn:epc:id:sgtin:0614141.011111.987", "https://id.gs1.org/01/00614141111114/21/987"),
        ("urn:epc:idpat:sgtin:0614141.011111.*", "https://id.gs1.org/01/00614141111114"),
        ("urn:epc:class:lgtin:0614141.011111.LOT7", "https://id.gs1.org/01/00614141111114/10/LOT7"),
        ("urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987"),
        ("urn:epc:id:sgln:4012345.00022.0", "https://id.gs1.org/414/4012345000221"),
        ("urn:epc:id:pgln:4023333.00000", "https://id.gs1.org/417/4023333000000"),
        ("urn:epc:id:gdti:4012345.11111.123", "https://id.gs1.org/253/4012345111118123"),
        ("https://example.com/00/140123451122233341", "https://id.gs1.org/00/140123451122233341"),
        ("https://brand.example/x/01/614141111114/21/987/10/L?q=1", "https://id.gs1.org/01/00614141111114/21/987"),
        ("urn:epc:id:upui:4012345.012345.AB12", "https://id.gs1.org/01/04012345123456/235/AB12"),
        ("urn:epc:id:grai:4012345.66666.87", "https://id.gs1.org/8003/0401234566666387"),
        ("urn:epc:idpat:grai:4012345.66666.*", "https://id.gs1.org/8003/04012345666663"),
        ("urn:epc:id:giai:4012345.AAbb", "https://id.gs1.org/8004/4012345AAbb"),
        ("urn:epc:id:gsrn:4012345.9876540000", "https://id.gs1.org/8018/401234598765400000"),
        ("urn:epc:id:gsrnp:4012345.0000098765", "https://id.gs1.org/8017/401234500000987658"),
        ("urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"),
        ("urn:epc:idpat:cpi:4012345.ABC.*", "https://id.gs1.org/8010/4012345ABC"),
        ("urn:epc:id:sgcn:4012345.99999.44", "https://id.gs1.org/255/401234599999044"),
        ("urn:epc:idpat:sgcn:4012345.99999.*", "https://id.gs1.org/255/4012345999990"),
        ("urn:epc:id:ginc:4012345.333", "https://id.gs1.org/401/4012345333"),
        ("urn:epc:id:gsin:4012345.999987654", "https://id.gs1.org/402/40123459999876541"),
        ("urn:epc:id:itip:4012345.012345.01.02.999", "https://id.gs1.org/8006/040123451234560102/21/999"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "https://id.gs1.org/8006/040123451234560102"),
        ("urn:epc:idpat:gdti:4012345.55555.*", "https://id.gs1.org/253/4012345555554"),
        ("https://example.com/giai/4000001111", "https://id.gs1.org/8004/4000001111"),
        ("http://example.com/shop/gtin/4012345111118/lot/A?x=1", "https://id.gs1.org/01/04012345111118/10/A"),
        ("urn:epc:id:sgtin:4012345.011111.a(1)", "https://id.gs1.org/01/04012345111118/21/a%281%29"),
    ],
)
def test_each_form_has_one_canonical_link(uri: str, link: str) -> None:
    assert canonical(uri) == link
    assert canonical(link) == link


@pytest.mark.parametrize(
    "uri",
    [
        "geo:-6.9,107.6",
        "urn:amanah:package:A-1",
        "urn:epc:id:sscc:4012345.12",  # too few digits
        "urn:epc:id:sscc:4012345.00000000zz",
        "https://example.com/orders/12",
        "",
    ],
)
def test_what_is_no_gs1_key_stays_as_it_is(uri: str) -> None:
    assert canonical(uri) == uri


def test_a_package_is_known_by_every_form_of_its_label() -> None:
    sscc = "140123451122233341"
    assert package_code("urn:epc:id:sscc:4012345.1112223334") == sscc
    assert package_code(f"https://id.gs1.org/00/{sscc}") == sscc
    assert package_code("urn:epc:id:sgtin:0614141.011111.987") == "00614141111114.987"
    assert package_code("urn:amanah:package:SKM-0001") == "SKM-0001"
    assert package_code("urn:epc:idpat:sgtin:0614141.011111.*") is None, "a kind of goods is no package"
    assert package_code("urn:amanah:package:") is None
    assert package_code("urn:amanah:package:A%00") is None
    assert package_code("SKM-0001") is None
    assert package_code(f"https://example.com/00/{sscc[:-1]}2") is None, "a wrong check digit names nothing"


def test_places_and_goods_are_known_by_every_form() -> None:
    assert place_code("urn:epc:id:sgln:4012345.00011.987") == "4012345000115.987"
    assert place_code("https://id.gs1.org/414/4012345000115") == "4012345000115"
    assert place_code("urn:amanah:place:POS-1") == "POS-1"
    assert place_code("geo:-6.9,107.6") is None
    assert item_sku("urn:epc:class:lgtin:0614141.011111.LOT7") == "00614141111114"
    assert item_sku("urn:amanah:item:BERAS.10") == "BERAS.10"
    assert item_sku("urn:epc:id:sgln:4012345.00011.987") is None


@given(st.text(alphabet="0123456789", min_size=17, max_size=17))
def test_a_key_with_its_check_digit_is_valid_and_one_changed_digit_is_not(digits: str) -> None:
    key = digits + check_digit(digits)
    assert is_valid_key(key)
    changed = str((int(key[5]) + 1) % 10)
    assert not is_valid_key(key[:5] + changed + key[6:])
