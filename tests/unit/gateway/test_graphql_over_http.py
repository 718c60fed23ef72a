"""GraphQL over HTTP: media types, statuses and methods, and in what form errors leave."""

import pytest

from amanah.contracts.custody.packages import GetPackage
from amanah.contracts.errors import Unavailable
from amanah.runtime.identity import Claims
from tests.unit.gateway.conftest import House

RESPONSE_JSON = "application/graphql-response+json"
VIEWER = "{ viewer { name } }"


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
        house.owners.answers[GetPackage] = Unavailable("unavailable")
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

    async def test_a_fault_of_ours_says_nothing(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(claims: Claims) -> None:
            raise RuntimeError("password=secret")

        monkeypatch.setattr(house.visits, "begin_session", broken)
        answer = await house.graphql(VIEWER)
        assert (answer.status, answer.error["code"]) == (500, "INTERNAL")
        assert b"secret" not in answer.body
