"""The event hash id follows CBV 2.0 section 8.9: the same event has the same id however it is written."""

import hashlib
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics.hashing import event_hash, pre_hash

PREFIXES = {"example": "https://ns.example.com/epcis/"}

REFERENCE: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2020-03-04T11:00:30.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "recordTime": "2020-03-04T11:00:30.999+01:00",
    "epcList": [
        "urn:epc:id:sscc:4012345.0000000333",
        "urn:epc:id:sscc:4012345.0000000111",
        "urn:epc:id:sscc:4012345.0000000222",
    ],
    "action": "OBSERVE",
    "bizStep": "departing",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    "example:myField1": {"example:mySubField1": "2", "example:mySubField2": "5"},
    "example:myField2": "0",
    "example:myField3": {"example:mySubField3": ["3", "1"]},
}
NS = "{https://ns.example.com/epcis/}"
REFERENCE_TEXT = (
    "eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00"
    "epcListepc=https://id.gs1.org/00/040123450000001112epc=https://id.gs1.org/00/040123450000002225"
    "epc=https://id.gs1.org/00/040123450000003338action=OBSERVE"
    "bizStep=https://ref.gs1.org/cbv/BizStep-departing"
    "readPointid=https://id.gs1.org/414/4012345000115/254/987"
    f"{NS}myField1{NS}mySubField1=2{NS}mySubField2=5{NS}myField2=0{NS}myField3{NS}mySubField3=1{NS}mySubField3=3"
)


def test_the_standards_example() -> None:
    assert pre_hash(REFERENCE, PREFIXES) == REFERENCE_TEXT
    expected = hashlib.sha256(REFERENCE_TEXT.encode()).hexdigest()
    assert event_hash(REFERENCE, PREFIXES) == f"ni:///sha-256;{expected}?ver=CBV2.0"


def test_lists_of_elements_and_extensions_of_places() -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2020-03-04T11:00:30+01:00",
        "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:0614141.011111.L", "quantity": 10.50, "uom": "KGM"}],
        "action": "OBSERVE",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        "example:userExt": "CD-34",
    }
    assert pre_hash(event, PREFIXES) == (
        "eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00"
        "epcListepc=https://id.gs1.org/01/00614141111114/21/987"
        "quantityListquantityElementepcClass=https://id.gs1.org/01/00614141111114/10/Lquantity=10.5uom=KGM"
        "action=OBSERVEdisposition=https://ref.gs1.org/cbv/Disp-in_transit"
        f"readPointid=https://id.gs1.org/414/4012345000115{NS}myField1=AB-12"
        "bizTransactionListbizTransaction=https://id.gs1.org/253/4012345111118123type=https://ref.gs1.org/cbv/BTT-po"
        "sourceListsource=https://id.gs1.org/417/4012345000009type=https://ref.gs1.org/cbv/SDT-owning_party"
        f"{NS}userExt=CD-34"
    )


@given(st.randoms(use_true_random=False))
def test_order_of_fields_and_lists_and_the_form_of_values_do_not_matter(chance: random.Random) -> None:
    fields = list(REFERENCE.items())
    chance.shuffle(fields)
    same = dict(fields)
    same["epcList"] = chance.sample(REFERENCE["epcList"], 3)
    same["bizStep"] = chance.choice(["departing", "urn:epcglobal:cbv:bizstep:departing", "cbv:BizStep-departing"])
    same["eventTime"] = chance.choice(["2020-03-04T10:00:30Z", "2020-03-04T17:00:30.0+07:00"])
    same["errorDeclaration"] = {"declarationTime": "2020-03-05T10:00:30Z"}
    assert event_hash(same, PREFIXES) == event_hash(REFERENCE, PREFIXES)


@given(st.sampled_from(["eventTime", "action", "bizStep", "epcList", "readPoint", "example:myField2"]))
def test_any_difference_of_content_shows(field: str) -> None:
    changed: dict[str, Any] = REFERENCE | {
        "eventTime": "2020-03-04T10:00:31Z",
        "action": "ADD",
        "bizStep": "arriving",
        "epcList": REFERENCE["epcList"][:2],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.988"},
        "example:myField2": "1",
    }
    assert event_hash(REFERENCE | {field: changed[field]}, PREFIXES) != event_hash(REFERENCE, PREFIXES)
