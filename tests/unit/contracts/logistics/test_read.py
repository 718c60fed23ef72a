"""Partner events are read into one normal form, or refused with a code, a pointer and the original."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics import Read, Rejection, Reported, read

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/"},
]


def event(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-24T09:30:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["urn:amanah:package:SKM-0001"],
        "readPoint": {"id": "urn:amanah:place:GUDANG-1"},
    }
    made |= changes
    return {k: v for k, v in made.items() if v is not ...}


def document(*events: Any, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-24T09:31:00+07:00",
        "epcisBody": {"eventList": list(events)},
    }
    made |= changes
    return {k: v for k, v in made.items() if v is not ...}


def reading(content: Any) -> list[Read]:
    return read(json.dumps(content).encode(), now=NOW)


def refused(content: Any) -> Rejection:
    (only,) = reading(content)
    assert isinstance(only, Rejection)
    return only


def taken(content: Any) -> Reported:
    (only,) = reading(content)
    assert isinstance(only, Reported), only
    return only


def test_an_event_comes_alone_or_in_a_document() -> None:
    alone, packed = taken(event()), taken(document(event()))
    assert alone == packed.model_copy(update={"pointer": ""})
    assert packed.pointer == "/epcisBody/eventList/0"
    assert alone.packages == ("SKM-0001",)
    assert alone.read_point == "GUDANG-1"
    assert alone.at == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "step", ["shipping", "urn:epcglobal:cbv:bizstep:shipping", "https://ref.gs1.org/cbv/BizStep-shipping"]
)
def test_words_come_bare_or_as_uris(step: str) -> None:
    read_event = taken(
        event(
            bizStep=step,
            disposition=step.replace("shipping", "damaged").replace("bizstep", "disp").replace("BizStep", "Disp"),
        )
    )
    assert (read_event.step, read_event.disposition) == ("shipping", "damaged")


def test_goods_and_documents_are_read_and_extensions_kept() -> None:
    got = taken(
        event(
            quantityList=[
                {"epcClass": "urn:amanah:item:BERAS-10KG", "quantity": 12.5, "uom": "KGM"},
                {"epcClass": "urn:epc:class:lgtin:0614141.011111.LOT7", "quantity": 4},
            ],
            bizTransactionList=[{"type": "urn:epcglobal:cbv:btt:desadv", "bizTransaction": "urn:x:1"}],
            destinationList=[{"type": "location", "destination": "urn:amanah:place:POS-2"}],
            **{"example:truck": {"example:plate": "D 1"}},
        )
    )
    assert [(g.sku, g.quantity, g.unit) for g in got.goods] == [
        ("BERAS-10KG", Decimal("12.5"), "KGM"),
        ("00614141111114", Decimal(4), ""),
    ]
    assert got.transactions == (("desadv", "urn:x:1"),)
    assert got.destination == "POS-2"
    assert got.extensions == {"example:truck": {"example:plate": "D 1"}}


def test_an_aggregation_names_its_parent_and_children() -> None:
    got = taken(
        event(
            type="AggregationEvent", action="ADD", bizStep="packing", epcList=...,
            parentID="urn:epc:id:sscc:4012345.1112223334", childEPCs=["urn:amanah:package:A", "urn:amanah:package:B"],
        )
    )  # fmt: skip
    assert (got.parent, got.packages) == ("140123451122233341", ("A", "B"))


def test_a_transaction_event_needs_its_transaction() -> None:
    good = event(
        type="TransactionEvent", action="ADD", bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}]
    )
    assert taken(good).packages == ("SKM-0001",)
    assert refused(event(type="TransactionEvent")).field == "/bizTransactionList"


def test_an_error_declaration_finds_its_original_and_is_no_repeat_of_it() -> None:
    first = taken(event())
    declared = taken(
        event(errorDeclaration={"declarationTime": "2026-11-24T09:50:00+07:00", "reason": "incorrect_data"})
    )
    assert declared.id == first.id
    assert declared.key != first.key
    assert declared.correction is not None


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        (event(eventTime=...), "/eventTime"),
        (event(eventTime="2026-11-24 09:30"), "/eventTime"),
        (event(eventTime="2026-11-24T09:30:00"), "/eventTime"),
        (event(eventTime=1_700_000_000), "/eventTime"),
        (event(eventTimeZoneOffset="7"), "/eventTimeZoneOffset"),
        (event(action="SEND"), "/action"),
        (event(bizStep="shiping"), "/bizStep"),
        (event(disposition="lost"), "/disposition"),
        (event(readPoint="urn:amanah:place:X"), "/readPoint"),
        (event(epcList=...), ""),
        (event(epcList="urn:amanah:package:X"), "/epcList"),
        (event(quantityList=[{"epcClass": "urn:amanah:item:X", "quantity": -1}]), "/quantityList/0/quantity"),
        (event(type="AggregationEvent", action="ADD", epcList=...), ""),
        (event(bizLocaton={"id": "urn:amanah:place:X"}), ""),
        (event(eventID="A-1"), "/eventID"),
        (event(eventID="urn:x:\x00"), "/eventID"),
        (event(eventID="urn:x:a\x85b"), "/eventID"),
        (event(epcList=["urn:amanah:package:A\x00"]), "/epcList/0"),
        (event(certificationInfo=[7]), "/certificationInfo/0"),
        (event(sensorElementList=[{}]), "/sensorElementList/0/sensorReport"),
        (event(sensorElementList=[{"sensorReport": [{"time": "now"}]}]), "/sensorElementList/0/sensorReport/0/time"),
        (event(type="TransformationEvent", action=...), ""),
        (event(type="TransformationEvent", action=..., epcList=..., inputEPCList=["urn:x:1"]), ""),
        (event(type="AssociationEvent", action="ADD", epcList=...), ""),
        (document(event(), schemaVersion="1.2"), "/schemaVersion"),
        (document(event(), creationDate=...), "/creationDate"),
        (document(), "/epcisBody/eventList"),
        ({"type": "QuantityEvent"}, "/type"),
        ({"type": ["ObjectEvent"]}, "/type"),
        ([], ""),
        ("text", ""),
    ],
)
def test_what_breaks_the_schema_is_refused_with_its_pointer(broken: Any, pointer: str) -> None:
    rejection = refused(broken)
    assert (rejection.code, rejection.field) == ("schema", pointer)
    assert rejection.explanation
    assert json.loads(rejection.original) == broken


def test_one_bad_event_of_a_document_does_not_hold_up_the_others() -> None:
    good, bad, other = reading(document(event(), event(action="SEND", eventID="urn:x:bad"), 7))
    assert isinstance(good, Reported)
    assert isinstance(bad, Rejection)
    assert isinstance(other, Rejection)
    assert (bad.index, bad.field, bad.event_id) == (1, "/epcisBody/eventList/1/action", "urn:x:bad")
    assert other.field == "/epcisBody/eventList/2"


def test_a_clock_five_minutes_ahead_is_tolerated_and_six_are_not() -> None:
    def at(minutes: int) -> dict[str, Any]:
        return event(eventTime=(NOW + timedelta(minutes=minutes)).isoformat())

    taken(at(5))
    assert refused(at(6)).code == "time_in_future"


@pytest.mark.parametrize("data", [b"", b"not json", b"\xff\xfe", b"{", b"[" * 10_000, b'{"a": NaN}'])
def test_what_is_not_json_says_so(data: bytes) -> None:
    (only,) = read(data, now=NOW)
    assert isinstance(only, Rejection)
    assert (only.code, only.index) == ("not_json", None)


def test_limits_are_told_with_both_numbers() -> None:
    (large,) = read(b" " * 101, now=NOW, max_bytes=100)
    (many,) = read(json.dumps(document(event(), event())).encode(), now=NOW, max_events=1)
    assert isinstance(large, Rejection)
    assert isinstance(many, Rejection)
    assert large.code == "too_large"
    assert "101" in large.explanation
    assert many.code == "too_many_events"


odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=9)
)
odd_values = st.one_of(
    odd, st.lists(odd, max_size=2), st.dictionaries(st.sampled_from(["id", "type", "set", "a"]), odd, max_size=2)
)
FIELDS = (
    *event(), "eventID", "quantityList", "childEPCs", "parentID", "bizTransactionList", "sourceList", "destinationList",
    "bizLocation", "persistentDisposition", "errorDeclaration", "ilmd", "ex:a", "sensorElementList", "@context",
)  # fmt: skip


@given(st.sampled_from(FIELDS), odd_values, st.sampled_from(["ObjectEvent", "AggregationEvent", "TransactionEvent"]))
def test_no_value_of_any_field_makes_it_raise(field: str, value: Any, kind: str) -> None:
    for content in (event(**({"type": kind} | {field: value})), document(event(**{field: value}))):
        assert all(isinstance(r, Reported | Rejection) for r in reading(content))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert all(isinstance(r, Rejection) for r in read(data, now=NOW))


def test_a_document_of_countless_values_is_refused_before_they_are_made() -> None:
    rejection = refused(event(**{"x:y": [1] * 300_001}))
    assert (rejection.code, rejection.index) == ("too_large", None)


def test_the_content_is_the_same_under_any_id() -> None:
    first, second, other = (
        taken(event(eventID="urn:x:1")),
        taken(event(eventID="urn:x:2")),
        taken(event(eventID="urn:x:1", bizStep="receiving")),
    )
    assert first.content == second.content != other.content
    assert first.content.startswith("ni:///sha-256;")
    assert taken(event()).id == first.content


def test_all_epcs_are_kept_as_sent() -> None:
    sscc = "urn:epc:id:sscc:4012345.1112223334"
    got = taken(
        event(
            type="TransactionEvent",
            parentID=sscc,
            epcList=["urn:epc:id:giai:4012345.AAbb", sscc],
            quantityList=[{"epcClass": "urn:epc:class:lgtin:0614141.011111.L", "quantity": 1}],
            bizTransactionList=[{"bizTransaction": "urn:x:1"}],
        )
    )
    assert got.epcs == (sscc, "urn:epc:id:giai:4012345.AAbb", sscc, "urn:epc:class:lgtin:0614141.011111.L")
    assert got.packages == ("https://id.gs1.org/8004/4012345AAbb", "140123451122233341")
    assert got.effect


def test_other_gs1_keys_are_named_one_way() -> None:
    classes = [
        "urn:epc:idpat:grai:4012345.66666.*", "urn:epc:idpat:itip:4012345.012345.01.02.*", "urn:epc:idpat:cpi:4012345.ABC.*",
        "urn:epc:class:lgtin:0614141.011111.L", "urn:epc:idpat:sgtin:0614141.011111.*", "https://id.gs1.org/01/00614141111114",
    ]  # fmt: skip
    got = taken(event(quantityList=[{"epcClass": c, "quantity": 2, "uom": "EA"} for c in classes]))
    assert [g.sku for g in got.goods] == [
        "https://id.gs1.org/8003/04012345666663", "https://id.gs1.org/8006/040123451234560102",
        "https://id.gs1.org/8010/4012345ABC", "00614141111114", "00614141111114", "00614141111114",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "AssociationEvent", "parentID": "urn:epc:id:grai:4012345.55555.987", "epcList": ...},
        {
            "type": "TransformationEvent",
            "action": ...,
            "epcList": ...,
            "inputEPCList": ["urn:x:1"],
            "outputEPCList": ["urn:x:2"],
        },
        {
            "epcList": ...,
            "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26.0, "uom": "CEL"}]}],
        },
    ],
)
def test_events_without_effect_are_accepted(changes: dict[str, Any]) -> None:
    got = taken(event(**changes))
    assert not got.effect
    assert (got.packages, got.parent, got.goods) == ((), None, ())
