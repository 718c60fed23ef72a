"""HTTP endpoints besides GraphQL: partners, and pages for people."""

import gzip
import zlib
from typing import Any

import pytest

from amanah.contracts.actor import Role
from amanah.contracts.errors import Forbidden, NotFound, error_text
from amanah.contracts.partner_events import CapturedEvent, CaptureEvents, CaptureJob, GetCapture
from tests.unit.gateway.conftest import Built, House

RESPONSE_JSON = "application/graphql-response+json"
EVENT = b'{"type": "ObjectEvent"}'
ENVELOPE = b"""{
    "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-24T02:30:00Z", "epcisBody": {"eventList": [%s]}
}"""


class TestCapture:
    JOB = CaptureJob(
        id="cap_1",
        running=False,
        success=False,
        events=(
            CapturedEvent(
                index=0, event_id=None, result="rejected", code="not_json", field=None, explanation="No JSON."
            ),
        ),
    )

    @pytest.fixture
    def partner(self, house: House) -> Any:
        return house.token("Truk", Role.LOGISTICS)

    async def test_a_document_goes_on_as_it_came(self, house: House, partner: str) -> None:
        house.owners.answers[CaptureEvents] = self.JOB
        answer = await house.send(
            "POST", "/partners/v1/capture", EVENT, token=partner, gs1_capture_error_behaviour="rollback"
        )
        assert (answer.status, answer.headers["location"]) == (202, "/partners/v1/capture/cap_1")
        (event,) = answer.json["events"]
        assert (event["result"], event["code"]) == ("rejected", "not_json")
        assert house.owners.asked == [CaptureEvents(document=EVENT.decode(), rollback=True)]

    async def test_a_document_that_is_rejected_as_a_whole_is_a_problem(self, house: House, partner: str) -> None:
        whole = CapturedEvent(
            index=None, event_id=None, result="rejected", code="schema", field="/schemaVersion", explanation="Wrong."
        )
        house.owners.answers[CaptureEvents] = self.JOB.model_copy(update={"events": (whole,)})
        answer = await house.send("POST", "/partners/v1/capture", EVENT, token=partner)
        assert (answer.status, answer.json["code"], answer.json["field"]) == (400, "schema", "/schemaVersion")
        assert (answer.json["detail"], answer.json["type"]) == ("Wrong.", "/problems/schema")

    async def test_a_document_in_another_format_goes_on_with_its_media_type(self, house: House, partner: str) -> None:
        house.owners.answers[CaptureEvents] = self.JOB
        headers = {"content_type": "application/xml; charset=UTF-8", "gs1_epcis_version": "1.2"}
        answer = await house.send("POST", "/partners/v1/capture", b"<not xml", token=partner, **headers)
        assert answer.status == 202
        assert house.owners.asked == [CaptureEvents(document="<not xml", media_type="application/xml")]

    async def test_a_job_is_found_again(self, house: House, partner: str) -> None:
        house.owners.answers[GetCapture] = self.JOB
        answer = await house.send("GET", "/partners/v1/capture/cap_1", token=partner)
        assert (answer.status, answer.json["id"]) == (200, "cap_1")
        house.owners.answers[GetCapture] = NotFound("not_found.capture")
        answer = await house.send("GET", "/partners/v1/capture/cap_2", token=partner)
        assert (answer.status, answer.json["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("body", "headers", "status", "code"),
        [
            (b"x" * 5_000_001, {}, 413, "too_large"),
            (b"", {}, 400, "not_json"),
            (b"{not json", {}, 400, "not_json"),
            (b"\xff\xfe", {}, 400, "not_json"),
            (b"[]", {}, 400, "schema"),
            (b"{}", {}, 400, "schema"),
            (ENVELOPE % (b"1," * 1000 + b"1"), {}, 413, "too_many_events"),
            (ENVELOPE % b"", {}, 400, "schema"),
            (ENVELOPE.replace(b"2.0", b"1.2") % b"1", {}, 400, "schema"),
            (EVENT, {"gs1_capture_error_behaviour": "maybe"}, 400, "bad_input"),
            (b"{}", {"content_type": "text/plain"}, 415, "media_type_unsupported"),
            (b"{}", {"content_type": "application/json; charset=utf-16"}, 415, "media_type_unsupported"),
            (b"{}", {"content_encoding": "br"}, 415, "encoding_unsupported"),
            (b"{}", {"content_encoding": "gzip"}, 400, "encoding_invalid"),
            (gzip.compress(b" " * 5_000_001), {"content_encoding": "gzip"}, 413, "too_large"),
            (b"{}", {"accept": "text/html, application/json;q=0"}, 406, "not_acceptable"),
            (b"{}", {"gs1_epcis_version": "3.0"}, 406, "version_unsupported"),
            (b"{}", {"gs1_cbv_version": "2.1"}, 406, "version_unsupported"),
            (b"{}", {"gs1_epcis_min": "2.1"}, 406, "version_unsupported"),
            (b"{}", {"gs1_epcis_max": "1.2"}, 406, "version_unsupported"),
        ],
    )
    async def test_what_cannot_be_taken_is_a_problem(
        self, house: House, partner: str, body: bytes, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = await house.send("POST", "/partners/v1/capture", body, token=partner, **headers)
        assert (answer.status, answer.json["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["type"] == f"/problems/{code}"
        assert answer.headers.get("connection") == ("close" if status == 413 else None)
        assert answer.json["requestId"] == answer.headers["x-request-id"]

    @pytest.mark.parametrize(
        ("compress", "encoding"),
        [
            (gzip.compress, "gzip"),
            (zlib.compress, "deflate"),
            (lambda data: zlib.compress(data, wbits=-15), "Deflate"),
            (bytes, "identity"),
        ],
    )
    async def test_a_compressed_document_is_read(
        self, house: House, partner: str, compress: Any, encoding: str
    ) -> None:
        house.owners.answers[CaptureEvents] = self.JOB
        headers = {"content_encoding": encoding, "content_type": 'application/ld+json; charset="utf-8"'}
        answer = await house.send("POST", "/partners/v1/capture", compress(EVENT), token=partner, **headers)
        assert answer.status == 202
        assert house.owners.asked == [CaptureEvents(document=EVENT.decode(), media_type="application/ld+json")]

    async def test_only_partners_may_capture(self, house: House) -> None:
        denied = await house.send("POST", "/partners/v1/capture", b"{}")
        assert (denied.status, denied.json["code"]) == (403, "forbidden")
        assert house.visits.denials == ["CaptureEvents"]
        nobody = await house.send("POST", "/partners/v1/capture", b"{}", token=None)
        assert (nobody.status, nobody.json["code"]) == (401, "token_missing")

    async def test_a_denial_of_the_owner_is_a_problem_too(self, house: House, partner: str) -> None:
        house.owners.answers[CaptureEvents] = Forbidden("forbidden")
        assert (await house.send("POST", "/partners/v1/capture", EVENT, token=partner)).status == 403


class TestPublicPages:
    async def test_the_type_of_a_problem_is_a_page(self, house: House) -> None:
        refused = await house.send("GET", "/partners/v1/capture/cap_1", token=None)
        page = await house.send("GET", refused.json["type"], token=None)
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        for said in (error_text("token_missing").en, error_text("token_missing").id):
            assert said.encode() in page.body
        codes = await house.send("GET", "/problems", token=None)
        assert codes.body.count(b"/problems/") >= 200
        assert (await house.send("GET", "/problems/nothing", token=None)).json["code"] == "not_found"

    async def test_the_first_page_lists_the_endpoints(self, house: House) -> None:
        answer = await house.send("GET", "/", token=None)
        assert answer.status == 200
        assert b"/graphql" in answer.body
        assert "script-src" not in answer.headers["content-security-policy"]

    async def test_origins_that_are_named_may_call_from_a_browser(self, build: Built) -> None:
        house = build(origins=("https://app.example.org",))
        asked = {
            "origin": "https://app.example.org", "access_control_request_method": "POST",
            "access_control_request_headers": "authorization,content-type",
        }  # fmt: skip
        allowed = await house.send("OPTIONS", "/graphql", token=None, **asked)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example.org"
        other = await house.send("OPTIONS", "/graphql", token=None, **{**asked, "origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
