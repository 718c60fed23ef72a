"""The doors over HTTP: who comes in, what one request may cost, and in what form errors leave."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from amanah.contracts import distribution, reporting
from amanah.contracts.actor import Grant, Role
from amanah.contracts.errors import Forbidden, NotFound, Unavailable
from amanah.identity import Claims, LocalIssuer, Verifier
from amanah.objects import AUDIT
from gateway.app import doors
from gateway.door import Door
from gateway.settings import GatewaySettings

RESPONSE_JSON = "application/graphql-response+json"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The extensions of the first GraphQL error."""
        return self.json["errors"][0]["extensions"]


@dataclass
class Visits:
    """Remembers who came and who was refused."""

    sessions: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    denials: list[str] = field(default_factory=list)

    async def arrived(self, claims: Claims) -> None:
        self.sessions.append(claims.token_id)

    async def refused(self, code: str) -> None:
        self.refusals.append(code)

    async def denied(self, actor: Any, ask: Any, reason: str) -> None:
        self.denials.append(type(ask).__name__)


@dataclass
class Files:
    """An object store of a few files."""

    files: dict[str, bytes] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def get(self, bucket: str, key: str) -> bytes:
        assert bucket == AUDIT
        self.read.append(key)
        if key not in self.files:
            raise NotFound("There is no such object.")
        return self.files[key]


class House:
    """The gateway's doors on owners that answer from a table."""

    def __init__(self, folder: Path, owners: Any, **settings: Any) -> None:
        self.issuer = LocalIssuer(folder / "keys", "amanah-trial", "amanah")
        self.folder = folder
        self.owners = owners
        self.visits = Visits()
        self.files = Files()
        chosen = GatewaySettings(**settings)
        verifier = Verifier(self.issuer.jwks(), "amanah-trial", "amanah")
        door = Door(verifier, self.visits, chosen)  # type: ignore[arg-type] # visits stand for users
        mount = doors(door, owners, self.visits, self.files, chosen)  # type: ignore[arg-type] # and files for objects
        self.app = Starlette(routes=[mount])

    def token(self, name: str = "Sari", role: Role = Role.SUPERVISOR, area: str = "32", **more: Any) -> str:
        return self.issuer.issue(name, [Grant(role=role, area=area)], **more)

    async def send(
        self, method: str, path: str, body: bytes | Any = b"", *, token: str | None = "", **headers: str
    ) -> Answer:
        """One request; `token` is the supervisor's unless given, None for no token."""
        if token is not None:
            headers["authorization"] = f"Bearer {token or self.token()}"
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content_type", "application/json")
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("10.0.0.7", 5000), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        chunks = [body[at : at + 100_000] for at in range(0, len(body), 100_000)] or [b""]
        started: Message = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        headers_out = {k.decode().lower(): v.decode() for k, v in started["headers"]}
        return Answer(started["status"], headers_out, b"".join(parts))

    async def graphql(self, query: Any, **more: Any) -> Answer:
        return await self.send("POST", "/graphql", {"query": query}, **more)


Built = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path, gateway: Any) -> Built:
    """Builds the doors with the settings given."""
    return lambda **settings: House(tmp_path, gateway.owners, **settings)


@pytest.fixture
def house(build: Built) -> House:
    """The doors as they come."""
    return build()


VIEWER = "{ viewer { name } }"


class TestWhoComesIn:
    async def test_a_token_makes_the_viewer(self, house: House) -> None:
        answer = await house.graphql(VIEWER)
        assert answer.status == 200
        assert answer.json == {"data": {"viewer": {"name": "Sari"}}}
        assert len(house.visits.sessions) == 1
        assert len(answer.headers["x-request-id"]) == 16

    async def test_no_token_is_401_and_no_audit_entry(self, house: House) -> None:
        answer = await house.graphql(VIEWER, token=None)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.error["code"] == "UNAUTHENTICATED"
        assert answer.error["reason"] == "token_missing"
        assert answer.error["requestId"] == answer.headers["x-request-id"]
        assert house.visits.refusals == []

    @pytest.mark.parametrize(
        ("reason", "made"),
        [
            ("token_expired", lambda h: h.token(lifetime=timedelta(hours=-1))),
            ("token_issuer", lambda h: _issued(h, "another", "amanah")),
            ("token_audience", lambda h: _issued(h, "amanah-trial", "another")),
            ("token_invalid", lambda h: LocalIssuer(h.folder / "other", "amanah-trial", "amanah").issue("Sari", [])),
            ("token_invalid", lambda h: "not.a.token"),
            ("token_invalid", lambda h: h.token()[:-4] + "AAAA"),
        ],
    )
    async def test_a_bad_token_is_401_says_why_and_is_on_the_trail(
        self, house: House, reason: str, made: Callable[[House], str]
    ) -> None:
        answer = await house.graphql(VIEWER, token=made(house))
        assert (answer.status, answer.error["reason"]) == (401, reason)
        assert house.visits.refusals == [reason]

    async def test_refusals_of_one_address_are_recorded_within_bounds(self, build: Built) -> None:
        house = build(refusals_recorded="3/minute")
        for _ in range(5):
            assert (await house.graphql(VIEWER, token="rubbish")).status == 401
        assert house.visits.refusals == ["token_invalid"] * 3

    async def test_introspection_may_be_open_but_nothing_else(self, build: Built) -> None:
        house = build(introspection="anyone")
        assert (await house.graphql("{ __schema { queryType { name } } }", token=None)).json["data"]
        answer = await house.graphql(VIEWER, token=None)
        assert (answer.status, answer.error["code"]) == (401, "UNAUTHENTICATED")
        hidden = await house.graphql("{ ...F } fragment F on Query { viewer { name } }", token=None)
        assert hidden.status == 401

    async def test_introspection_may_be_off(self, build: Built) -> None:
        answer = await build(introspection="off").graphql("{ __schema { queryType { name } } }")
        assert answer.error["code"] == "BAD_USER_INPUT"


def _issued(house: House, issuer: str, audience: str) -> str:
    return LocalIssuer(house.folder / "keys", issuer, audience).issue("Sari", [])


class TestGraphQLOverHttp:
    async def test_the_answer_has_the_media_type_asked_for(self, house: House) -> None:
        assert (await house.graphql(VIEWER)).headers["content-type"].startswith("application/json;")
        both = await house.graphql(VIEWER, accept=f"{RESPONSE_JSON}, application/json;q=0.9")
        assert both.headers["content-type"].startswith(RESPONSE_JSON)

    @pytest.mark.parametrize(
        "query", ["{ viewer {", "{ nothing }", "query($a: Int!) { areas(first: $a) { totalCount } }"]
    )
    async def test_what_cannot_be_executed_has_no_data(self, house: House, query: str) -> None:
        newer = await house.graphql(query, accept=RESPONSE_JSON)
        assert newer.status == 400
        assert "data" not in newer.json
        assert newer.error["code"] == "BAD_USER_INPUT"
        assert (await house.graphql(query)).status == 200

    async def test_an_error_while_executing_is_200_with_data(self, house: House) -> None:
        house.owners.answers[distribution.GetPackage] = Unavailable("Later.")
        answer = await house.graphql('{ package(code: "x") { id } }', accept=RESPONSE_JSON)
        assert answer.status == 200
        assert answer.json["data"] == {"package": None}
        assert answer.error["code"] == "UNAVAILABLE"

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"\xff{}", b"[]", b'"query"', b"null", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": []}',
         b'{"query": "{a}", "operationName": {}}', b'{"query": "{a}", "extensions": "x"}', b'[{"query": "{a}"}]'],
    )  # fmt: skip
    async def test_a_malformed_request_is_400(self, house: House, body: bytes) -> None:
        answer = await house.send("POST", "/graphql", body, content_type="application/json")
        assert (answer.status, answer.error["code"]) == (400, "BAD_USER_INPUT")

    async def test_other_media_are_415(self, house: House) -> None:
        answer = await house.send("POST", "/graphql", b"{ viewer { name } }", content_type="application/graphql")
        assert answer.status == 415

    async def test_queries_may_come_by_get_and_mutations_may_not(self, house: House) -> None:
        answer = await house.send("GET", "/graphql?query=%7B%20viewer%20%7B%20name%20%7D%20%7D")
        assert answer.json["data"] == {"viewer": {"name": "Sari"}}
        mutation = await house.send("GET", "/graphql?query=mutation%20%7B%20__typename%20%7D")
        assert (mutation.status, mutation.headers["allow"]) == (405, "POST")
        assert (await house.send("GET", "/graphql")).status == 400

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    async def test_other_methods_are_405(self, house: House, method: str) -> None:
        answer = await house.send(method, "/graphql")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")

    async def test_an_operation_that_is_not_there_is_bad_input(self, house: House) -> None:
        body = {"query": "query A { viewer { name } }", "operationName": "B"}
        answer = await house.send("POST", "/graphql", body)
        assert (answer.status, answer.error["code"]) == (400, "BAD_USER_INPUT")

    async def test_a_fault_of_ours_says_nothing(self, house: House) -> None:
        async def broken(claims: Claims) -> None:
            raise RuntimeError("password=secret")

        house.visits.arrived = broken  # type: ignore[method-assign] # the fault under test
        answer = await house.graphql(VIEWER)
        assert (answer.status, answer.error["code"]) == (500, "INTERNAL")
        assert b"secret" not in answer.body


class TestWhatARequestMayCost:
    async def test_a_body_is_bounded_whatever_it_claims(self, house: House) -> None:
        answer = await house.send("POST", "/graphql", b" " * 1_000_001, content_type="application/json")
        assert (answer.status, answer.error["reason"]) == (413, "too_large")

    @pytest.mark.parametrize(
        "query",
        [
            "{" + " ".join(f"a{i}: __typename" for i in range(31)) + "}",
            "{ progress(roundId: 1) { area " + "{ parent " * 12 + "{ code }" + "}" * 12 + " } }",
            "{" + "__typename " * 3000 + "}",
            "{a" * 900 + "}" * 900,
        ],
        ids=["aliases", "depth", "tokens", "nesting"],
    )
    async def test_documents_are_bounded(self, house: House, query: str) -> None:
        answer = await house.graphql(query, accept=RESPONSE_JSON)
        assert (answer.status, answer.error["code"]) == (400, "TOO_COSTLY")

    async def test_fragments_cannot_hide_the_cost(self, house: House) -> None:
        bomb = "{ viewer { ...F0 } } " + " ".join(
            f"fragment F{i} on Viewer {{ ...F{i + 1} ...F{i + 1} }}" for i in range(60)
        )
        answer = await house.graphql(bomb + " fragment F60 on Viewer { id name }")
        assert answer.error["code"] == "TOO_COSTLY"

    async def test_a_fragment_within_itself_is_refused(self, house: House) -> None:
        answer = await house.graphql("{ viewer { ...F } } fragment F on Viewer { ...F }")
        assert answer.error["code"] == "BAD_USER_INPUT"

    async def test_an_unknown_fragment_is_refused(self, house: House) -> None:
        assert (await house.graphql("{ viewer { ...Gone } }")).error["code"] == "BAD_USER_INPUT"

    async def test_the_usual_introspection_fits(self, house: House) -> None:
        from graphql import get_introspection_query

        answer = await house.graphql(get_introspection_query())
        assert "errors" not in answer.json

    async def test_a_viewer_has_a_budget_of_their_own(self, build: Built) -> None:
        house = build(rate="2/minute")
        for _ in range(2):
            assert (await house.graphql(VIEWER)).status == 200
        answer = await house.graphql(VIEWER)
        assert (answer.status, answer.error["code"]) == (429, "THROTTLED")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert (await house.graphql(VIEWER, token=house.token("Budi"))).status == 200


class TestPartners:
    JOB = distribution.CaptureJob(
        id="cap_1",
        running=False,
        success=False,
        events=(
            distribution.CapturedEvent(
                index=0, event_id=None, result="rejected", code="not_json", field=None, explanation="No JSON."
            ),
        ),
    )

    @pytest.fixture
    def partner(self, house: House) -> str:
        return house.token("Truk", Role.LOGISTICS)

    async def test_a_document_goes_on_as_it_came(self, house: House, partner: str) -> None:
        house.owners.answers[distribution.CaptureEvents] = self.JOB
        answer = await house.send(
            "POST", "/partners/v1/capture", b"{not json", token=partner, gs1_capture_error_behaviour="rollback"
        )
        assert (answer.status, answer.headers["location"]) == (202, "/partners/v1/capture/cap_1")
        (event,) = answer.json["events"]
        assert (event["result"], event["code"]) == ("rejected", "not_json")
        assert house.owners.asked == [distribution.CaptureEvents(document="{not json", rollback=True)]

    async def test_a_job_is_found_again(self, house: House, partner: str) -> None:
        house.owners.answers[distribution.GetCapture] = self.JOB
        answer = await house.send("GET", "/partners/v1/capture/cap_1", token=partner)
        assert (answer.status, answer.json["id"]) == (200, "cap_1")
        house.owners.answers[distribution.GetCapture] = NotFound("There is no such capture.")
        answer = await house.send("GET", "/partners/v1/capture/cap_2", token=partner)
        assert (answer.status, answer.json["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("body", "headers", "status", "code"),
        [
            (b"x" * 8_000_001, {}, 413, "too_large"),
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

    async def test_only_partners_come_in(self, house: House) -> None:
        denied = await house.send("POST", "/partners/v1/capture", b"{}")
        assert (denied.status, denied.json["code"]) == (403, "forbidden")
        assert house.visits.denials == ["CaptureEvents"]
        nobody = await house.send("POST", "/partners/v1/capture", b"{}", token=None)
        assert (nobody.status, nobody.json["code"]) == (401, "token_missing")

    async def test_a_denial_of_the_owner_is_a_problem_too(self, house: House, partner: str) -> None:
        house.owners.answers[distribution.CaptureEvents] = Forbidden("No.")
        assert (await house.send("POST", "/partners/v1/capture", b"{}", token=partner)).status == 403


class TestPublicPages:
    async def test_the_log_is_public(self, house: House) -> None:
        house.files.files = {"checkpoint": b"note", "tile/0/000.p/3": b"h" * 96}
        checkpoint = await house.send("GET", "/log/checkpoint", token=None)
        assert (checkpoint.status, checkpoint.body) == (200, b"note")
        assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
        assert checkpoint.headers["cache-control"] == "public, max-age=1"
        tile = await house.send("GET", "/log/tile/0/000.p/3", token=None)
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        assert (await house.send("GET", "/log/tile/0/001", token=None)).status == 404

    @pytest.mark.parametrize(
        "path", ["keys/audit.key", "tile/0/../secret", "tile/64/000", "tile/0/000.p/256", "checkpoint%0A", "", "tile"]
    )
    async def test_only_paths_of_a_log_reach_the_store(self, house: House, path: str) -> None:
        assert (await house.send("GET", f"/log/{path}", token=None)).status == 404
        assert house.files.read == []

    async def test_a_report_can_be_checked_by_anybody(self, house: House) -> None:
        house.owners.answers[reporting.VerifyReport] = reporting.VerifiedReport(
            id="rep_1", title="<script>alert(1)</script>", template="FINAL", format="PDF", area="32.01",
            made_at=datetime(2026, 3, 2, tzinfo=UTC), sha256="d" * 64, size=1234,
        )  # fmt: skip
        answer = await house.send("GET", "/verify/rep_1", token=None)
        page = answer.body.decode()
        assert answer.status == 200
        assert "d" * 64 in page
        assert "<script>alert" not in page
        assert "http" not in page.replace("http-equiv", "")
        nonce = page.partition('<script nonce="')[2].partition('"')[0]
        assert len(nonce) >= 16
        assert f"script-src 'nonce-{nonce}'" in answer.headers["content-security-policy"]
        assert page.index("Pilih berkas") < page.index("Choose the report")

    async def test_a_report_that_is_not_ours_is_404(self, house: House) -> None:
        house.owners.answers[reporting.VerifyReport] = NotFound("There is no such report.")
        answer = await house.send("GET", "/verify/%3Cb%3E", token=None)
        assert answer.status == 404
        assert b"<b>" not in answer.body

    async def test_strangers_have_a_budget(self, build: Built) -> None:
        house = build(anonymous_rate="1/minute")
        house.owners.answers[reporting.VerifyReport] = NotFound("There is no such report.")
        assert (await house.send("GET", "/verify/rep_1", token=None)).status == 404
        assert (await house.send("GET", "/verify/rep_1", token=None)).status == 429

    async def test_the_first_page_names_the_doors(self, house: House) -> None:
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
