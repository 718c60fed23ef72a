"""XML is converted within bounds, and what is no EPCIS is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.logistics import Rejection, Reported, read

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
EVENT = """<ObjectEvent><eventTime>2026-11-24T09:30:00+07:00</eventTime><eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
<epcList><epc> urn:amanah:package:SKM-1 </epc></epcList><action>OBSERVE</action>
<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>{more}</ObjectEvent>"""
DOCUMENT = """<?xml version="1.0"?>{doctype}<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version}"
 schemaVersion="{version}.{minor}" creationDate="2026-11-24T09:31:00+07:00" xmlns:x="http://x.example/">
<EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>"""


def document(more: str = "", *, version: int = 2, doctype: str = "", events: str = EVENT) -> bytes:
    filled = events.format(more=more) if events is EVENT else events
    return DOCUMENT.format(version=version, minor=2 if version == 1 else 0, doctype=doctype, events=filled).encode()


def only(data: bytes, media_type: str = "application/xml") -> Reported | Rejection:
    (result,) = read(data, now=NOW, media_type=media_type)
    return result


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml; charset=utf-8", "Text/XML"])
def test_an_event_is_read_as_its_json(media_type: str) -> None:
    got = only(document(), media_type)
    assert isinstance(got, Reported), got
    assert (got.packages, got.step, got.pointer) == (("SKM-1",), "shipping", "/epcisBody/eventList/0")
    same = {
        "type": "ObjectEvent", "eventTime": "2026-11-24T02:30:00Z", "eventTimeZoneOffset": "+07:00", "action": "OBSERVE",
        "bizStep": "shipping", "epcList": ["urn:amanah:package:SKM-1"],
    }  # fmt: skip
    in_json = only(json.dumps(same).encode(), "application/json")
    assert isinstance(in_json, Reported)
    assert got.content == in_json.content
    assert json.loads(got.original)["epcList"] == ["urn:amanah:package:SKM-1"]


def test_epcis_1_wraps_what_is_new() -> None:
    more = """<extension><quantityList><quantityElement><epcClass>urn:amanah:item:BERAS</epcClass><quantity>12.50</quantity>
    <uom>KGM</uom></quantityElement></quantityList><extension><persistentDisposition>
    <set>urn:epcglobal:cbv:disp:damaged</set></persistentDisposition></extension></extension>
    <baseExtension><eventID>urn:uuid:1</eventID></baseExtension><x:note x:by="A">b</x:note>"""
    got = only(document(more, version=1))
    assert isinstance(got, Reported), got
    assert [(g.sku, str(g.quantity), g.unit) for g in got.goods] == [("BERAS", "12.5", "KGM")]
    assert (got.id, got.conditions) == ("urn:uuid:1", ("damaged",))
    assert got.extensions == {"x:note": {"x:by": "A", "#text": "b"}}


def test_the_example_of_the_documentation_is_read() -> None:
    page = (Path(__file__).parents[4] / "docs" / "partners" / "epcis.md").read_text()
    got = only(page.partition("```xml\n")[2].partition("```")[0].encode())
    assert isinstance(got, Reported)
    assert (got.packages, got.location) == (("SKM-2001-1",), "TITIK-2001")


def test_a_single_event_is_a_document() -> None:
    assert isinstance(only(EVENT.format(more="").encode()), Reported)


def test_a_problem_is_named_in_the_json_form() -> None:
    refused = only(document("<disposition>lost</disposition><wrong>1</wrong>"))
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("schema", "/epcisBody/eventList/0/disposition")
    mistyped = only(document("<bizLocaton><id>urn:x:1</id></bizLocaton>"))
    assert isinstance(mistyped, Rejection)
    assert "bizLocaton" in mistyped.explanation


ENTITY = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (document(doctype=ENTITY), "not_xml"),
        (document(doctype='<!DOCTYPE a SYSTEM "file:///etc/passwd">'), "not_xml"),
        (document("&undeclared;"), "not_xml"),
        (document()[:-20], "not_xml"),
        (b"", "not_xml"),
        (b"{}", "not_xml"),
        (b"<a/>", "not_xml"),
        (b'<?xml version="1.0" encoding="nobody-knows"?><a/>', "not_xml"),
        (b"\xff\xfe<\x00", "not_xml"),
        (b'<EPCISDocument xmlns="urn:other"/>', "not_xml"),
        (b"<a>" * 100 + b"</a>" * 100, "not_xml"),
        (document(events="<a/>" * 201_000), "not_xml"),
        (document("".join(f'<x:a xmlns:y="urn:y:{n}"/>' for n in range(300))), "not_xml"),
        (document("x" * 5_000_000), "too_large"),
        (document(events=""), "schema"),
        (document(events=EVENT.format(more="") * 1001), "too_many_events"),
        (b"<EPCISDocument/>", "schema"),
    ],
)
def test_what_is_no_epcis_or_too_much_is_refused_as_a_whole(data: bytes, code: str) -> None:
    refused = only(data)
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.index) == (code, None)
    assert refused.explanation


def test_a_text_in_many_pieces_is_one_text() -> None:
    pieces = "a<!-- -->" * 200_000
    assert isinstance(only(document(f"<x:note>{pieces}</x:note>")), Reported)
    got = only(document("<x:note>a<!-- -->b<![CDATA[<c>]]>&amp;d</x:note>"))
    assert isinstance(got, Reported)
    assert got.extensions == {"x:note": "ab<c>&d"}


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert read(data, now=NOW, media_type="text/xml")


_names = st.sampled_from(
    ["extension", "epcList", "epc", "quantityList", "readPoint", "id", "ilmd", "sensorElementList", "sourceList",
     "persistentDisposition", "errorDeclaration", "certificationInfo", "x:own", "bizTransactionList", "eventTime", "set"]
)  # fmt: skip
_trees = st.recursive(
    st.text(alphabet="a1:. Z-", max_size=8),
    lambda inner: st.tuples(_names, st.lists(inner, min_size=1, max_size=3)).map(
        lambda t: f"<{t[0]}>{''.join(t[1])}</{t[0]}>"
    ),
    max_leaves=12,
)


@given(_trees, st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent", "extension", "Other"]))
def test_no_structure_makes_it_fail(tree: str, kind: str) -> None:
    assert read(document(events=f"<{kind}>{tree}</{kind}>"), now=NOW, media_type="text/xml")
