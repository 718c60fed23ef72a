"""Authentication of HTTP requests, and the limits of one request."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from amanah.cli.issuer import LocalIssuer
from tests.unit.gateway.conftest import Built, House

RESPONSE_JSON = "application/graphql-response+json"


VIEWER = "{ viewer { name } }"


class TestAuthentication:
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
        self, house: House, reason: str, made: Callable[[Any], str]
    ) -> None:
        answer = await house.graphql(VIEWER, token=made(house))
        assert (answer.status, answer.error["reason"]) == (401, reason)
        assert house.visits.refusals == [reason]

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


class TestDeviceIds:
    @pytest.mark.parametrize("said", ["HP-07", "a3f0c1d2-9b7e-4c55-8f10-2a6be1f0c9d3", "field.app:7_b", "x" * 64])
    def test_an_id_stands_in_the_log_as_it_is(self, house: House, said: str) -> None:
        assert _device(house, said) == said

    @pytest.mark.parametrize(
        "said",
        [
            "HP Ibu Siti Aminah RT4",
            "siti@example.id",
            "3201050101850001",
            "HP-356938035643809",
            "0812-3456-7890",
            "x" * 65,
        ],
    )
    def test_anything_else_is_told_apart_and_not_repeated(self, house: House, said: str) -> None:
        hidden = _device(house, said)
        assert re.fullmatch("hidden-[a-p]{20}", hidden)
        assert _device(house, said) == hidden
        assert _device(house, said + "!") != hidden

    def test_who_does_not_say_has_none(self, house: House) -> None:
        assert house.authenticator.device(HTTPConnection({"type": "http", "headers": []})) == ""


def _device(house: House, said: str) -> str:
    """Device id in the log, for a client that sends `said`."""
    called: str = house.authenticator.device(
        HTTPConnection({"type": "http", "headers": [(b"x-device-id", said.encode())]})
    )
    return called


def _issued(house: House, issuer: str, audience: str) -> str:
    return LocalIssuer(house.folder / "keys", issuer, audience).issue("Sari", [])


class TestRequestLimits:
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
