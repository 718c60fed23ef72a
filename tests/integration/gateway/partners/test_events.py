"""Queries of a partner on its own events, by the names of EPCIS 2.0."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from services.distribution.partner_events.documents import PARTNER_EVENTS
from tests.integration.gateway.partners.conftest import Partner, listed
from tests.integration.gateway.partners.documents import stored

SGTIN = "urn:epc:id:sgtin:0614141.107346"
RICE = "urn:epc:class:lgtin:0614141.107346.L1"
SSCC = "urn:epc:id:sscc:0614141.1234567890"
PLACE = "urn:epc:id:sgln:0614141.07346.1234"
LINK = "https://id.gs1.org/01/00614141073467/21/9"


@pytest.fixture
async def events(street: Any, partner: Partner, other: Partner) -> None:
    """Five events of the partner, the later ones captured earlier, and one of another."""
    found = [
        stored(partner.id, 1),
        stored(partner.id, 2, bizStep="receiving", disposition="in_progress", bizLocation={"id": PLACE}),
        stored(partner.id, 3, action="ADD", type="AggregationEvent", bizStep="packing", epcList=[],
               parentID=SSCC, childEPCs=[f"{SGTIN}.1", f"{SGTIN}.2"]),
        stored(partner.id, 4, readPoint={"id": PLACE}, epcList=[LINK], action="DELETE"),
        stored(partner.id, 5, epcList=[SSCC], quantityList=[{"epcClass": RICE, "quantity": 10}]),
        stored(other.id, 1),
    ]  # fmt: skip
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert_many(found)


def ids(*numbers: int) -> list[str]:
    return [f"urn:uuid:{number}" for number in numbers]


QUERIES: list[tuple[dict[str, str], list[int]]] = [
    ({}, [1, 2, 3, 4, 5]),
    ({"eventType": "AggregationEvent"}, [3]),
    ({"eventType": "AggregationEvent|ObjectEvent", "EQ_action": "ADD|DELETE"}, [3, 4]),
    ({"GE_eventTime": "2026-11-24T04:00:00Z", "LT_eventTime": "2026-11-24T12:00:00+07:00"}, [2]),
    ({"GE_recordTime": "2026-11-24T03:36:00Z", "LT_recordTime": "2026-11-24T03:38:00Z"}, [3, 4]),
    ({"EQ_bizStep": "receiving|urn:epcglobal:cbv:bizstep:packing"}, [2, 3]),
    ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-packing"}, [3]),
    ({"EQ_disposition": "urn:epcglobal:cbv:disp:in_progress"}, [2]),
    ({"EQ_readPoint": PLACE}, [4]),
    ({"EQ_bizLocation": PLACE}, [2]),
    ({"EQ_eventID": "urn:uuid:2|urn:uuid:9"}, [2]),
    ({"MATCH_epc": f"{SGTIN}.1"}, [1, 3]),
    ({"MATCH_epc": f"{SGTIN}.*"}, [1, 2, 3]),
    ({"MATCH_epc": f"urn:epc:id:sgtin:0614141.1073.*|{LINK}"}, [4]),
    ({"MATCH_epc": SSCC}, [5]),
    ({"MATCH_anyEPC": SSCC}, [3, 5]),
    ({"MATCH_parentID": "urn:epc:id:sscc:*"}, [3]),
    ({"MATCH_epcClass": RICE}, [5]),
    ({"MATCH_anyEPCClass": "urn:epc:class:lgtin:*"}, [5]),
    ({"MATCH_anyEPC": RICE}, []),
    ({"MATCH_inputEPC": SSCC}, []),
    ({"MATCH_anyEPC": SSCC, "EQ_bizStep": "shipping"}, [5]),
    ({"orderBy": "eventTime"}, [5, 4, 3, 2, 1]),
    ({"orderBy": "eventTime", "orderDirection": "ASC", "EQ_action": "OBSERVE"}, [1, 2, 5]),
    ({"orderBy": "recordTime", "orderDirection": "ASC"}, [5, 4, 3, 2, 1]),
]


@pytest.mark.usefixtures("events")
async def test_a_query_finds_the_partners_own_events(partner: Partner) -> None:
    for query, found in QUERIES:
        assert (query, await partner.events(**query)) == (query, ids(*found))


@pytest.mark.usefixtures("events")
async def test_events_by_epc(partner: Partner) -> None:
    assert await partner.events(f"/epcs/{quote(SSCC, safe='')}/events") == ids(3, 5)
    assert await partner.events(f"/epcs/{quote(LINK, safe='')}/events") == ids(4)
    assert await partner.events(f"/epcs/{LINK}/events") == ids(4)
    assert await partner.events(f"/epcs/{SSCC}/events", EQ_action="ADD") == ids(3)
    assert await partner.events("/epcs/urn:epc:id:sscc:0614141.0000000000/events") == []


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("order", ["eventTime", "recordTime"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_are_linked_and_stay_put(street: Any, partner: Partner, order: str, direction: str) -> None:
    query = {"orderBy": order, "orderDirection": direction, "EQ_action": "OBSERVE|ADD"}
    whole = await partner.events(**query)
    assert len(whole) == 4
    status, headers, body = await partner.get("/events", **query, perPage="2")
    assert (status, [e["eventID"] for e in listed(body)]) == (200, whole[:2])
    # Events that arrive meanwhile, before and after the page in its order, move nothing.
    more = [stored(partner.id, n, captured=n * 10, bizStep="other", action="DELETE") for n in (0, 20)]
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert_many(more)
    link = re.fullmatch(r'<([^>]+)>; rel="next"', headers["link"])
    assert link
    assert "nextPageToken=" in link[1]
    status, headers, body = await partner.request("GET", link[1])
    assert (status, [e["eventID"] for e in listed(body)]) == (200, whole[2:])
    assert "link" not in headers


@pytest.mark.usefixtures("events")
async def test_the_link_of_events_by_epc_has_the_epc(street: Any, partner: Partner) -> None:
    named = [stored(partner.id, n, epcList=[LINK]) for n in (6, 7)]
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert_many(named)
    found, path = [], f"/epcs/{quote(LINK, safe='')}/events?perPage=1"
    while path:
        _, headers, body = await partner.request("GET", path)
        found += [e["eventID"] for e in listed(body)]
        path = headers.get("link", "").partition(">")[0].removeprefix("<")
    assert found == ids(4, 6, 7)


@pytest.mark.usefixtures("events")
async def test_a_page_without_a_fit_leads_on_to_those_that_fit(partner: Partner) -> None:
    # Of the two events that name the SSCC, the first looked at names it as its parent.
    status, headers, body = await partner.get("/events", MATCH_epc=SSCC, perPage="1")
    assert (status, listed(body)) == (200, [])
    _, headers, body = await partner.request("GET", headers["link"].partition(">")[0].removeprefix("<"))
    assert [e["eventID"] for e in listed(body)] == ids(5)
    assert "link" not in headers


async def test_a_transformation_is_found_by_what_goes_in_and_comes_out(street: Any, partner: Partner) -> None:
    flour, bread = "urn:epc:class:lgtin:0614141.100001.A", "urn:epc:id:sgtin:0614141.100002.1"
    event = stored(
        partner.id, 1, type="TransformationEvent", epcList=[], outputEPCList=[bread],
        inputQuantityList=[{"epcClass": flour, "quantity": 2, "uom": "KGM"}],
    )  # fmt: skip
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert(event)
    for found in ({"MATCH_outputEPC": bread}, {"MATCH_anyEPC": bread}, {"MATCH_inputEPCClass": flour}):
        assert await partner.events(**found) == ids(1)
    for missed in ({"MATCH_inputEPC": bread}, {"MATCH_epc": bread}, {"MATCH_outputEPCClass": flour}):
        assert await partner.events(**missed) == []


async def test_an_event_is_answered_as_it_was_sent(street: Any, partner: Partner) -> None:
    extension: dict[str, Any] = {
        "@context": [{"ex": "https://ns.example.com/"}],
        "ex:weight": 12345678901234567890123,
        "ex:kata": "Désa",
    }
    endless: dict[str, Any] = {"ex:endless": float("inf")}
    event = stored(partner.id, 1, recordTime="2020-01-01T00:00:00Z", **extension, **endless)
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert(event)
    status, headers, body = await partner.get("/events")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert (headers["gs1-epcis-version"], headers["gs1-cbv-version"]) == ("2.0", "2.0")
    assert headers["gs1-epc-format"] == "Never_Translates"
    assert body["@context"] == ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    assert (body["schemaVersion"], body["epcisBody"]["queryResults"]["queryName"]) == ("2.0", "SimpleEventQuery")
    (found,) = listed(body)
    assert found["recordTime"] == "2026-11-24T03:39:00.000Z"
    assert {name: found[name] for name in extension} == extension
    assert found["ex:endless"] is None
    assert found["epcList"] == [f"{SGTIN}.1"]


async def test_an_event_is_found_by_its_id_with_its_error_declarations(
    street: Any, partner: Partner, other: Partner
) -> None:
    identifier = "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0"
    declared = {"eventID": identifier, "errorDeclaration": {"declarationTime": "2026-11-24T04:00:00Z"}}
    database = street.runtime.database("distribution")
    await database[PARTNER_EVENTS].insert_many(
        [
            stored(partner.id, 1, eventID=identifier),
            stored(partner.id, 1, key=f"{identifier}#error", captured=1, **declared),
        ]
    )
    status, _, body = await partner.get(f"/events/{quote(identifier, safe='')}")
    assert status == 200
    assert ["errorDeclaration" in event for event in listed(body)] == [False, True]
    status, _, body = await other.get(f"/events/{quote(identifier, safe='')}")
    assert (status, body["type"], body["code"]) == (404, "epcisException:NoSuchNameException", "not_found")


REFUSED: list[tuple[str, dict[str, str], int, str, str, str | None]] = [
    ("/events?EQ_bizstep=shipping", {}, 400, "QueryParameterException", "query_parameter", "EQ_bizstep"),
    ("/events?EQ_INNER_ex=1", {}, 400, "QueryParameterException", "query_parameter", "EQ_INNER_ex"),
    ("/events?EQ_action=LOOK", {}, 400, "QueryParameterException", "query_parameter", "EQ_action"),
    ("/events?EQ_action=ADD&EQ_action=DELETE", {}, 400, "QueryParameterException", "query_parameter", "EQ_action"),
    ("/events?GE_eventTime=yesterday", {}, 400, "QueryParameterException", "query_parameter", "GE_eventTime"),
    ("/events?GE_eventTime=2026-13-01T00:00:00Z", {}, 400, "QueryParameterException", "query_parameter", "GE_eventTime"),
    ("/events?MATCH_epc=", {}, 400, "QueryParameterException", "query_parameter", "MATCH_epc"),
    ("/events?MATCH_epc=" + "|".join(map(str, range(101))), {}, 400, "QueryParameterException", "query_parameter", "MATCH_epc"),
    ("/events?perPage=0", {}, 400, "QueryParameterException", "query_parameter", "perPage"),
    ("/events?nextPageToken=none", {}, 400, "QueryParameterException", "query_parameter", "nextPageToken"),
    ("/events?orderBy=color", {}, 400, "QueryParameterException", "query_parameter", "orderBy"),
    ("/events?orderDirection=UP", {}, 400, "QueryParameterException", "query_parameter", "orderDirection"),
    ("/events?EQ_eventID=" + "x" * 8_000, {}, 414, "URITooLongException", "query_too_long", None),
    ("/events/urn:uuid:1?perPage=1", {}, 400, "QueryParameterException", "query_parameter", "perPage"),
    ("/events", {"accept": "application/xml"}, 406, "ImplementationException", "not_acceptable", "Accept"),
    ("/events", {"gs1-epc-format": "Always_GS1_Digital_Link"}, 406, "ImplementationException", "not_acceptable", "GS1-EPC-Format"),
    ("/events", {"gs1-epcis-version": "1.2"}, 406, "ImplementationException", "version_unsupported", "GS1-EPCIS-Version"),
    ("/queries", {}, 404, "NoSuchNameException", "not_found", None),
    ("/events/urn:uuid:none", {}, 404, "NoSuchNameException", "not_found", None),
    ("/capture?EQ_action=ADD", {}, 400, "QueryParameterException", "query_parameter", "EQ_action"),
    ("/capture?nextPageToken=none", {}, 400, "QueryParameterException", "query_parameter", "nextPageToken"),
    ("/capture/cap_none", {}, 404, "NoSuchNameException", "not_found", None),
]  # fmt: skip


async def test_what_is_not_possible_is_a_problem_of_the_standard(partner: Partner) -> None:
    for path, headers, status, exception, code, field in REFUSED:
        found, answered, body = await partner.request("GET", path, **headers)
        assert (path, found, body["type"], body["code"], body.get("field")) == (
            path, status, f"epcisException:{exception}", code, field,
        )  # fmt: skip
        assert answered["content-type"] == "application/problem+json"
        assert answered["gs1-epcis-version"] == "2.0"
        public = partner.street.runtime.settings.public_url
        assert body["help"] == f"{public}/problems/{code}"
        page, _, _ = await partner.street.request("GET", body["help"].removeprefix(public))
        assert page == 200


async def test_only_partners_may_query(street: Any) -> None:
    for path in ("/events", "/capture", "/epcs/x/events", "/events/x", "/capture/x"):
        status, _, body = await street.request("GET", "/epcis/v2" + path)
        assert (status, b"epcisException:SecurityException" in body) == (401, True)
        officer = {"authorization": f"Bearer {street.token('Budi', 'OFFICER', '32.01.05')}"}
        status, _, body = await street.request("GET", "/epcis/v2" + path, headers=officer)
        assert (status, b"epcisException:SecurityException" in body) == (403, True)


async def test_events_of_earlier_releases_are_left_out(street: Any, partner: Partner) -> None:
    table = street.runtime.database("distribution")["partner_events"]
    whole: list[dict[str, Any]] = [dict(stored(partner.id, n)) for n in (1, 2)]
    bare = [{name: e[name] for name in ("partner", "event", "source", "at")} | {"_id": e["_id"][::-1]} for e in whole]
    await table.insert_many([*whole, *bare])
    for order in ("eventTime", "recordTime"):
        found, path = [], f"/events?orderBy={order}&orderDirection=ASC&perPage=1"
        while path:
            _, headers, body = await partner.request("GET", path)
            found += [e["eventID"] for e in listed(body)]
            path = headers.get("link", "").partition(">")[0].removeprefix("<")
        assert sorted(found) == ids(1, 2)


async def test_a_page_is_never_larger_than_a_document(street: Any, partner: Partner) -> None:
    text: dict[str, Any] = {"ex:text": "x" * 2_000_000}
    large = [stored(partner.id, n, **text) for n in range(1, 5)]
    await street.runtime.database("distribution")[PARTNER_EVENTS].insert_many(large)
    _, headers, body = await partner.get("/events")
    assert len(listed(body)) == 2
    _, headers, body = await partner.request("GET", headers["link"].partition(">")[0].removeprefix("<"))
    assert len(listed(body)) == 2
    assert "link" not in headers
