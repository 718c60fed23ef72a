"""The event hash id follows CBV 2.0 section 8.9: the same event has the same id however it is written.

test_examples.py compares it with the hashes of the reference implementation; here stand the cases in which that one,
epcis-event-hash-generator 1.9.3, departs from its own README, which is followed (docs/partners/hash.md).
"""

import hashlib
import random
from typing import Any

import pytest
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


EVENT: dict[str, Any] = {
    "type": "TransactionEvent",
    "eventTime": "2020-03-04T11:00:30+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "ADD",
}
HEAD = "eventType=TransactionEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        # Rule 13: the type follows the value. The reference writes it first, and the lists after all extensions.
        (
            {"bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}], "example:a": "1"},
            "action=ADDbizTransactionListbizTransaction=urn:x:1type=https://ref.gs1.org/cbv/BTT-po"
            "{https://ns.example.com/epcis/}a=1",
        ),
        # The canonical order has epcList before parentID. The reference has it after.
        (
            {"parentID": "urn:epc:id:sscc:4012345.0000000333", "epcList": ["urn:x:1"]},
            "epcListepc=urn:x:1parentID=https://id.gs1.org/00/040123450000003338action=ADD",
        ),
        # Rule 19: keys have their full namespace. The reference leaves a prefix that only GS1's context declares.
        ({"ilmd": {"cbvmda:lotNumber": "A"}}, "action=ADDilmd{urn:epcglobal:cbv:mda}lotNumber=A"),
        # JSON and XML share a hash. The reference writes True in JSON and true in XML.
        ({"example:flag": True}, "action=ADD{https://ns.example.com/epcis/}flag=true"),
        # Any change of a value changes the hash. The reference rounds long numbers.
        (
            {"example:number": "123456789012345678901"},
            "action=ADD{https://ns.example.com/epcis/}number=123456789012345678901",
        ),
        # Rule 16 knows the whole vocabulary. The reference knows the words of the context that the document names.
        ({"bizStep": "sensor_reporting"}, "action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-sensor_reporting"),
    ],
)
def test_the_readme_is_followed_where_the_reference_departs_from_it(fields: dict[str, Any], text: str) -> None:
    assert pre_hash(EVENT | fields, PREFIXES) == HEAD + text


def test_sensor_data_is_in_canonical_order_with_extensions_last() -> None:
    element = {
        "type": "epcis:SensorElement",
        "sensorMetadata": {"bizRules": "https://example.com/253/4012345000054987", "time": "2019-04-02T15:05:00+02:00"},
        "sensorReport": [
            # Rule 15: gs1 and cbv are known prefixes. The reference knows those that the document declares.
            {"uom": "A93", "type": "gs1:AbsoluteHumidity", "value": 12.10, "component": "cbv:Comp-x"},
            {"exception": "ALARM_CONDITION", "booleanValue": True, "type": "example:Own", "component": "x"},
        ],
        # Rule 21: at the end of the enclosing element, whether its namespace ends in a slash or not.
        "other:note": "a",
    }
    assert pre_hash(EVENT | {"sensorElementList": [element]}, PREFIXES | {"other": "urn:other"}) == (
        HEAD + "action=ADDsensorElementListsensorElement"
        "sensorMetadatatime=2019-04-02T13:05:00.000ZbizRules=https://id.gs1.org/253/4012345000054987"
        "sensorReporttype=https://gs1.org/voc/AbsoluteHumidityvalue=12.1component=https://ref.gs1.org/cbv/Comp-xuom=A93"
        "sensorReporttype=https://ns.example.com/epcis/Ownexception=https://gs1.org/voc/ALARM_CONDITION"
        "component=https://ref.gs1.org/cbv/Comp-xbooleanValue=true"
        "{urn:other}note=a"
    )


@pytest.mark.parametrize(
    ("sent", "hashed"),
    [
        ("2023-02-02T12:04:03.1415+01:00", "2023-02-02T11:04:03.142Z"),
        ("2023-02-02T12:04:03.1405+01:00", "2023-02-02T11:04:03.140Z"),
        ("2023-12-31T23:59:59.9996Z", "2024-01-01T00:00:00.000Z"),
        ("2023-02-02T18:04:03+07:00", "2023-02-02T11:04:03.000Z"),
        ("2023-02-02T11:04:03Z", "2023-02-02T11:04:03.000Z"),
    ],
)
def test_times_are_in_utc_rounded_to_milliseconds(sent: str, hashed: str) -> None:
    assert f"eventTime={hashed}eventTime" in pre_hash(EVENT | {"eventTime": sent}, PREFIXES)


@pytest.mark.parametrize(
    ("sent", "hashed"),
    [
        ("23.0", "23"),
        (23.0, "23"),
        ("007", "7"),
        ("+1.50", "1.5"),
        (1e-7, "0.0000001"),
        (" a ", "a"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_numbers_are_written_one_way_in_text_too(sent: object, hashed: str) -> None:
    assert pre_hash(EVENT | {"example:x": sent}, PREFIXES).endswith("}x=" + hashed)


def test_comments_and_the_record_of_the_event_take_no_part() -> None:
    told = {"eventID": "urn:x:1", "recordTime": "2020-03-04T11:00:30+01:00", "rdfs:comment": "a", "comment": "b"}
    assert pre_hash(EVENT | told, PREFIXES) == pre_hash(EVENT, PREFIXES)
    certified = EVENT | {"certificationInfo": "https://example.org/certificate/1"}
    assert pre_hash(certified, PREFIXES) == (HEAD + "certificationInfo=https://example.org/certificate/1action=ADD")


@given(st.randoms(use_true_random=False))
def test_the_order_of_fields_and_elements_does_not_matter_at_any_depth(chance: random.Random) -> None:
    event = {
        **REFERENCE,
        "sensorElementList": [
            {
                "sensorReport": [{"type": "Temperature", "value": 1}, {"type": "Speed", "value": 2.0}],
                "example:x": ["1", "2"],
            },
            {"sensorReport": [{"type": "Mass", "value": 3}], "sensorMetadata": {"time": "2020-03-04T11:00:30Z"}},
        ],
        "quantityList": [{"epcClass": "urn:x:1", "quantity": 1, "uom": "KGM"}, {"epcClass": "urn:x:2", "quantity": 2}],
        "sourceList": [{"type": "location", "source": "urn:x:1"}, {"type": "owning_party", "source": "urn:x:2"}],
        "ilmd": {"example:a": [{"example:b": "1", "example:c": ["x", "y"]}, "z"]},
    }

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(k, shuffled(v)) for k, v in value.items()]
            chance.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            return [shuffled(v) for v in chance.sample(value, len(value))]
        return value

    assert pre_hash(shuffled(event), PREFIXES) == pre_hash(event, PREFIXES)
