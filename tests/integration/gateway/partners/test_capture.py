"""Captures by the names of EPCIS 2.0, and by ours: what each accepts, and its defaults."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.runtime.bus.outbox import Outbox
from services.distribution.custody.documents import PACKAGES
from services.distribution.partner_events.documents import CAPTURES
from tests.integration.gateway.partners.conftest import BASE, Partner, listed
from tests.integration.gateway.partners.documents import package, sent

OURS = "/partners/v1"
NOW = datetime.now(UTC).isoformat()


@pytest.fixture(autouse=True)
async def _packages(street: Any) -> None:
    await street.runtime.database("distribution")[PACKAGES].insert(package("pkg_1", "PKT-1"))


def event(number: int, code: str = "PKT-1", **fields: Any) -> dict[str, Any]:
    fields = {"bizStep": "holding", "epcList": [f"urn:amanah:package:{code}"], "eventTime": NOW} | fields
    return sent(number, **fields)


def document(*events: Any, **fields: Any) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": NOW,
        "epcisBody": {"eventList": list(events)},
    } | fields


def results(body: Any) -> list[tuple[str, str | None]]:
    return [(event["result"], event["code"]) for event in body["events"]]


async def test_the_standards_address_captures_all_or_nothing(partner: Partner) -> None:
    status, headers, job = await partner.request("POST", "/capture", document(event(1), event(2, "PKT-9")))
    assert (status, headers["gs1-capture-error-behaviour"]) == (202, "rollback")
    assert (job["running"], job["success"], job["captureErrorBehaviour"]) == (False, False, "rollback")
    assert [(e["index"], e["code"], e["eventID"]) for e in job["errors"]] == [
        (0, "rolled_back", "urn:uuid:1"),
        (1, "unknown_package", "urn:uuid:2"),
    ]
    error = job["errors"][1]
    assert (error["type"], error["field"]) == (
        "epcisException:ValidationException",
        "/epcisBody/eventList/1/epcList/0",
    )
    assert error["help"].endswith("/problems/unknown_package")
    status, headers, again = await partner.request("GET", headers["location"])
    assert (status, headers["gs1-capture-error-behaviour"], again) == (200, "rollback", job)


async def test_our_address_accepts_what_is_valid(partner: Partner) -> None:
    wrong = document(event(1), event(2, "PKT-9"))
    status, headers, job = await partner.request("POST", "/capture", wrong, base=OURS)
    assert (status, headers["location"]) == (202, f"{OURS}/capture/{job['id']}")
    assert results(job) == [("accepted", None), ("rejected", "unknown_package")]


@pytest.mark.parametrize("base", [BASE, OURS])
@pytest.mark.parametrize(("behaviour", "code"), [("rollback", "rolled_back"), ("Proceed", None)])
async def test_the_header_has_the_last_word(partner: Partner, base: str, behaviour: str, code: str | None) -> None:
    wrong = document(event(1), event(2, "PKT-9"))
    _, _, job = await partner.request("POST", "/capture", wrong, base=base, gs1_capture_error_behaviour=behaviour)
    _, _, found = await partner.request("GET", f"/capture/{job.get('captureID') or job['id']}", base=OURS)
    assert results(found)[0] == ("rejected" if code else "accepted", code)


@pytest.mark.parametrize("base", [BASE, OURS])
async def test_a_request_that_is_refused_leaves_no_job(street: Any, partner: Partner, base: str) -> None:
    refused: list[tuple[Any, dict[str, str], int, str]] = [
        (b"{not json", {}, 400, "not_json"),
        (b"\xff\xfe{", {}, 400, "not_json"),
        (document(*[1] * 1001), {}, 413, "too_many_events"),
        (b"{}", {"content_type": "application/x-www-form-urlencoded"}, 415, "media_type_unsupported"),
        (b"{}", {"content_type": "application/octet-stream"}, 415, "media_type_unsupported"),
        (document(event(1)), {"gs1_epcis_version": "1.2"}, 406, "version_unsupported"),
        (document(event(1)), {"accept": "text/csv"}, 406, "not_acceptable"),
        (gzip.compress(b" " * 5_000_001), {"content_encoding": "gzip"}, 413, "too_large"),
    ]
    for body, headers, status, code in refused:
        found, answered, problem = await partner.request("POST", "/capture", body, base=base, **headers)
        assert (found, problem["code"]) == (status, code)
        assert answered["content-type"] == "application/problem+json"
        if base == BASE and status == 413:
            assert problem["type"] == "epcisException:CaptureLimitExceededException"
            assert answered["gs1-epcis-capture-limit"] == "1000"
            assert answered["gs1-epcis-capture-file-size-limit"] == "5000000"
    assert await street.runtime.database("distribution")[CAPTURES].count({}) == 0


@pytest.mark.parametrize("base", [BASE, OURS])
async def test_a_document_that_is_rejected_as_a_whole_is_a_problem(partner: Partner, base: str) -> None:
    for wrong, field in (
        ({"type": "Letter"}, "/type"),
        (document(event(1), schemaVersion="1.2"), "/schemaVersion"),
        (document(), "/epcisBody/eventList"),
    ):
        status, _, problem = await partner.request("POST", "/capture", wrong, base=base)
        assert (status, problem["code"], problem["field"]) == (400, "schema", field)


async def test_a_compressed_document_is_captured(partner: Partner) -> None:
    status, _, job = await partner.request(
        "POST", "/capture", gzip.compress(b'{"type": "Letter"}'), content_encoding="gzip"
    )
    assert (status, job["code"]) == (400, "schema")


async def test_a_single_event_is_created_at_its_address(partner: Partner) -> None:
    status, headers, created = await partner.request("POST", "/events", event(1), accept="application/ld+json")
    assert (status, created["eventID"]) == (201, "urn:uuid:1")
    assert headers["content-type"] == "application/ld+json"
    assert partner.local(headers["location"]) == f"{BASE}/events/urn%3Auuid%3A1"
    unnamed = {name: value for name, value in event(2).items() if name != "eventID"}
    text = b"\xef\xbb\xbf" + json.dumps(unnamed | {"ex:endless": 0}).encode().replace(b"0}", b"1e400}")
    _, _, created = await partner.request("POST", "/events", text)
    assert created["ex:endless"] is None
    assert created["eventID"].startswith("ni:///sha-256;")
    status, _, again = await partner.request("POST", "/events", event(1))
    assert (status, again["eventID"]) == (201, "urn:uuid:1")

    status, _, problem = await partner.request("POST", "/events", event(3, "PKT-9"))
    assert (status, problem["code"], problem["field"]) == (400, "unknown_package", "/epcList/0")
    assert problem["type"] == "epcisException:ValidationException"
    status, _, problem = await partner.request("POST", "/events", document(event(4)))
    assert (status, problem["code"]) == (400, "schema")


async def test_a_large_event_is_kept_whole_and_its_rejection_cut(street: Any, partner: Partner) -> None:
    text: dict[str, Any] = {"@context": [{"ex": "https://ns.example.com/"}], "ex:text": "x" * 150_000}
    for sent_event, code in ((event(1, **text), None), (event(2, "PKT-9", **text), "unknown_package")):
        _, _, job = await partner.request("POST", "/capture", document(sent_event), base=OURS)
        assert results(job) == [("rejected" if code else "accepted", code)]
    _, _, found = await partner.get("/events")
    assert [each["ex:text"] for each in listed(found)] == [text["ex:text"]]
    outbox = Outbox(street.runtime.database("distribution"), "distribution")
    told = [json.loads(bytes(d["value"])) for d in await outbox.pending(100)]
    assert max(len(outcome.get("original") or "") for outcome in told) == 100_000


async def test_jobs_are_listed_for_their_partner_alone(partner: Partner, other: Partner) -> None:
    made: list[str] = []
    for number in range(1, 6):
        code = "PKT-1" if number % 2 else "PKT-9"
        _, _, job = await partner.request("POST", "/capture", document(event(number, code)))
        made.insert(0, job["captureID"])
    await other.request("POST", "/capture", document(event(9)))
    found: list[Any] = []
    path = "/capture?perPage=2"
    while path:
        status, headers, page = await partner.request("GET", path)
        assert (status, len(page) <= 2) == (200, True)
        found += page
        path = headers.get("link", "").partition(">")[0].removeprefix("<")
    assert [job["captureID"] for job in found] == made
    assert [job["success"] for job in found] == [True, False, True, False, True]
    assert found[0]["errors"] == []
    _, _, whole = await partner.request("GET", found[1]["errorFile"])
    assert whole["errors"][0]["code"] == "unknown_package"
    _, _, theirs = await other.get("/capture")
    assert len(theirs) == 1
    status, _, _ = await other.get(f"/capture/{made[0]}")
    assert status == 404


COMMON = {
    "gs1-epcis-version": "2.0", "gs1-epcis-min": "2.0", "gs1-epcis-max": "2.0", "gs1-cbv-version": "2.0",
    "gs1-cbv-min": "2.0", "gs1-cbv-max": "2.0", "gs1-epc-format": "Never_Translates",
}  # fmt: skip
LIMITS = {"gs1-epcis-capture-limit": "1000", "gs1-epcis-capture-file-size-limit": "5000000"}


@pytest.mark.parametrize(
    ("path", "allow", "more"),
    [
        ("", "GET, OPTIONS", {}),
        ("/capture", "GET, POST, OPTIONS", {**LIMITS, "gs1-capture-error-behaviour": "rollback"}),
        ("/capture/cap_1", "GET, OPTIONS", {}),
        ("/events", "GET, POST, OPTIONS", LIMITS),
        ("/events/urn:uuid:1", "GET, OPTIONS", {}),
        ("/epcs/urn:epc:id:sscc:1.2/events", "GET, OPTIONS", {}),
    ],
)
async def test_options_describe_a_resource(partner: Partner, path: str, allow: str, more: dict[str, str]) -> None:
    status, headers, body = await partner.street.request("OPTIONS", BASE + path)
    assert (status, body, headers["allow"]) == (204, b"", allow)
    assert {name: headers[name] for name in COMMON | more} == COMMON | more
    assert headers["gs1-vendor-version"].startswith("amanah-")
    status, headers, problem = await partner.request("DELETE", path)
    assert (status, problem["code"], headers["allow"]) == (405, "method_not_allowed", allow)


async def test_the_root_lists_the_resources(partner: Partner) -> None:
    assert (await partner.get(""))[2] == ["capture", "epcs", "events"]
