"""HTTP endpoints besides GraphQL: partners, and pages for people."""

from typing import Any

import pytest

from amanah.contracts.actor import Role
from amanah.contracts.errors import Forbidden, NotFound
from amanah.contracts.partner_events import CapturedEvent, CaptureEvents, CaptureJob, GetCapture
from tests.unit.gateway.conftest import Built, House

RESPONSE_JSON = "application/graphql-response+json"


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
            "POST", "/partners/v1/capture", b"{not json", token=partner, gs1_capture_error_behaviour="rollback"
        )
        assert (answer.status, answer.headers["location"]) == (202, "/partners/v1/capture/cap_1")
        (event,) = answer.json["events"]
        assert (event["result"], event["code"]) == ("rejected", "not_json")
        assert house.owners.asked == [CaptureEvents(document="{not json", rollback=True)]

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
            (b"\xff\xfe", {}, 400, "not_json"),
            (b"{}", {"gs1_capture_error_behaviour": "maybe"}, 400, "bad_input"),
        ],
    )
    async def test_what_cannot_be_taken_is_a_problem(
        self, house: House, partner: str, body: bytes, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = await house.send("POST", "/partners/v1/capture", body, token=partner, **headers)
        assert (answer.status, answer.json["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["requestId"] == answer.headers["x-request-id"]

    async def test_only_partners_may_capture(self, house: House) -> None:
        denied = await house.send("POST", "/partners/v1/capture", b"{}")
        assert (denied.status, denied.json["code"]) == (403, "forbidden")
        assert house.visits.denials == ["CaptureEvents"]
        nobody = await house.send("POST", "/partners/v1/capture", b"{}", token=None)
        assert (nobody.status, nobody.json["code"]) == (401, "token_missing")

    async def test_a_denial_of_the_owner_is_a_problem_too(self, house: House, partner: str) -> None:
        house.owners.answers[CaptureEvents] = Forbidden("forbidden")
        assert (await house.send("POST", "/partners/v1/capture", b"{}", token=partner)).status == 403


class TestPublicPages:
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
