"""The gateway as a whole: who comes in is remembered and recorded, and what is asked reaches the services."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Grant, Role
from amanah.contracts.errors import Unavailable
from amanah.runtime.identity import person_id
from tests.integration.gateway.conftest import Street

VIEWER = "{ viewer { id name } }"
UPLOAD = """mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  upload { id url method headers { name value } } userErrors { code field } } }"""
IMPORT = """mutation($input: ImportRecipientsInput!) { importRecipients(input: $input) {
  import { id } userErrors { code field } } }"""
ASSIGN = """mutation($input: AssignOfficerInput!) { assignOfficer(input: $input) {
  assignment { id } userErrors { code field } } }"""
PROGRAM = """mutation($input: CreateProgramInput!) { createProgram(input: $input) {
  program { id } userErrors { code } } }"""


async def test_a_session_begins_once_and_the_person_is_remembered(street: Street) -> None:
    token = street.token("Sari", "SUPERVISOR", "32.01")
    answers = await asyncio.gather(*(street.graphql(token, VIEWER) for _ in range(8)))
    assert {(status, body["data"]["viewer"]["name"]) for status, body in answers} == {(200, "Sari")}
    again = street.token("Sari", "AUDITOR", "32")
    assert (await street.graphql(again, VIEWER))[0] == 200

    entries = await street.entries(2)
    assert [e["action"] for e in entries] == ["access:session:start"] * 2
    assert entries[0]["actor"] == {"id": person_id("Sari"), "role": "SUPERVISOR", "area": "32.01"}
    assert entries[0]["subject"] == {"type": "User", "id": person_id("Sari")}
    assert entries[0]["origin"]["service"] == "gateway"
    assert entries[0]["origin"]["ip"] == "127.0.0.1"

    kept = await street.runtime.database("gateway")["users"].get({"_id": person_id("Sari")})
    assert kept
    assert {(g["role"], g["area"]) for g in kept["grants"]} == {("SUPERVISOR", "32.01"), ("AUDITOR", "32")}


async def test_roles_are_told_when_they_are_new_and_only_then(street: Street) -> None:
    grants = [Grant(role=Role.OFFICER, area="32.04.05"), Grant(role=Role.AUDITOR, area="ID")]
    same = [street.issuer.issue("Sari", turned) for turned in (grants, grants[::-1]) * 2]
    assert {status for status, _ in await asyncio.gather(*(street.graphql(token, VIEWER) for token in same))} == {200}
    for token in (street.token("Sari", "OFFICER", "32.04.06"), street.token("Sari", "AUDITOR", "ID")):
        assert (await street.graphql(token, VIEWER))[0] == 200
    await street.entries(6)
    entries = await street.entries(2, "access:user:change")
    assert [(e["subject"]["id"], e["actor"]["id"], e["reason"]) for e in entries] == [
        (person_id("Sari"), "system", "AUDITOR ID, OFFICER 32.04.05"),
        (person_id("Sari"), "system", "AUDITOR ID, OFFICER 32.04.05 32.04.06"),
    ]
    first, second = entries
    assert first["before"] == ""
    assert first["after"] == second["before"] != second["after"]
    assert second["after"].startswith("hmac-sha256:")


async def test_roles_that_are_gone_are_told_at_the_next_login_and_many_in_a_line(street: Street) -> None:
    many = [Grant(role=Role.OFFICER, area=f"32.01.{n:02}") for n in range(1, 26)]
    assert (await street.graphql(street.issuer.issue("Sari", many), VIEWER))[0] == 200
    users = street.runtime.database("gateway")["users"]
    expired = {"$set": {"grants.$[].until": datetime.now(UTC) - timedelta(hours=1)}}
    await users.update({"_id": person_id("Sari")}, expired)
    assert (await street.graphql(street.issuer.issue("Sari", []), VIEWER))[0] == 200
    await street.entries(2)
    told = [entry["reason"] for entry in await street.entries(2, "access:user:change")]
    assert told == [f"OFFICER {' '.join(g.area for g in many[:20])} and 5 more", "no role"]


@pytest.mark.parametrize("code", ["token_expired", "token_issuer", "token_audience", "token_invalid"])
async def test_a_refused_token_is_on_the_trail_without_a_word_of_it(street: Street, code: str) -> None:
    keys = street.runtime.settings.data / "keys"
    made: dict[str, Callable[[], str]] = {
        "token_expired": lambda: street.token("Sari", "SUPERVISOR", "32.01", hours=-1),
        "token_issuer": lambda: LocalIssuer(keys, "another", "amanah").issue("Sari", []),
        "token_audience": lambda: LocalIssuer(keys, "amanah-trial", "another").issue("Sari", []),
        "token_invalid": lambda: LocalIssuer(keys / "other", "amanah-trial", "amanah").issue("Sari", []),
    }
    token = made[code]()
    status, body = await street.graphql(token, VIEWER)
    assert status == 401
    assert body["errors"][0]["extensions"]["reason"] == code
    (entry,) = await street.entries(1)
    assert (entry["action"], entry["outcome"], entry["reason"]) == ("access:token:refuse", "refused", code)
    assert not any(part in str(entry) for part in (*token.split("."), "Sari", person_id("Sari")))


async def test_a_token_that_names_a_person_in_the_open_is_refused_and_its_entry_does_not(street: Street) -> None:
    key = OKPKey.import_key(json.loads((street.runtime.settings.data / "keys" / "issuer.json").read_text()))
    claims = {"iss": "amanah-trial", "aud": "amanah", "name": "Sari", "exp": int(time.time()) + 60}
    nik, mail = "3201050101850001", "sari@example.id"

    def token(**more: str) -> str:
        return jwt.encode({"alg": "Ed25519"}, {**claims, **more}, key, algorithms=["Ed25519"])

    status, body = await street.graphql(token(sub=mail, jti=nik), VIEWER)
    assert (status, body["errors"][0]["extensions"]["reason"]) == (401, "token_subject_personal")
    status, seen = await street.graphql(token(sub="0c9f4a1e-7d1b-4a53-9a70-2f64a1d0c9b2", jti=nik), VIEWER)
    assert status == 200
    refusal, login = await street.entries(2)
    assert (refusal["action"], refusal["reason"]) == ("access:token:refuse", "token_subject_personal")
    assert login["actor"]["id"] == seen["data"]["viewer"]["id"]
    assert not any(said in json.dumps([refusal, login]) for said in (nik, mail, "Sari"))


async def test_a_denial_is_on_the_trail(street: Street) -> None:
    token = street.token("Budi", "OFFICER", "32.01.05")
    status, body = await street.graphql(token, "{ auditEntries { totalCount } }")
    assert (status, body["errors"][0]["extensions"]["code"]) == (200, "FORBIDDEN")
    _, denial = await street.entries(2)
    assert (denial["action"], denial["outcome"]) == ("access:request:deny", "denied")
    assert denial["actor"]["id"] == person_id("Budi")
    assert denial["subject"] == {"type": "Request", "id": "audit.list_entries"}


async def test_a_token_for_another_area_is_forbidden_there(street: Street) -> None:
    token = street.token("Sari", "SUPERVISOR", "33.01")
    given = {
        "roundId": "rnd_1", "officerId": "usr_1", "area": "32.01.05", "startsOn": "2026-03-01", "endsOn": "2026-03-02",
    }  # fmt: skip
    _, body = await street.graphql(token, ASSIGN, input=given)
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_officer_is_known_once_they_have_signed_in(street: Street) -> None:
    supervisor = street.token("Sari", "SUPERVISOR", "32.01")
    given = {
        "roundId": "rnd_1", "officerId": person_id("Budi"), "area": "32.01.05.2001",
        "startsOn": "2026-03-01", "endsOn": "2026-03-09",
    }  # fmt: skip
    _, before = await street.graphql(supervisor, ASSIGN, input=given)
    assert before["data"]["assignOfficer"]["userErrors"] == [{"code": "officer_unknown", "field": "officerId"}]

    await street.graphql(street.token("Budi", "OFFICER", "32.01.05"), VIEWER)
    _, after = await street.graphql(supervisor, ASSIGN, input=given)
    # Now it is distribution that answers: there is no such round.
    assert after["data"]["assignOfficer"]["userErrors"] == [{"code": "round_unknown", "field": "roundId"}]

    _, elsewhere = await street.graphql(supervisor, ASSIGN, input={**given, "area": "32.01.06.2001"})
    assert elsewhere["data"]["assignOfficer"]["userErrors"][0]["code"] == "officer_unknown"


async def test_a_file_goes_straight_to_the_object_store(street: Street) -> None:
    token, content = street.token("Rina", "REGISTRAR", "32.01"), b"NIK;Nama\n"
    given = {
        "purpose": "RECIPIENT_LIST", "filename": "daftar.csv", "contentType": "text/csv",
        "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    _, body = await street.graphql(token, UPLOAD, input=given)
    upload = body["data"]["createUpload"]["upload"]
    headers = {h["name"]: h["value"] for h in upload["headers"]}
    async with street.session.request(upload["method"], upload["url"], data=content, headers=headers) as put:
        assert put.status == 200
    _, body = await street.graphql(token, IMPORT, input={"uploadId": "upl_nobody", "source": "Dinsos"})
    assert body["data"]["importRecipients"]["userErrors"] == [{"code": "upload_unknown", "field": "uploadId"}]


async def test_what_was_made_is_read_back_by_its_id(street: Street) -> None:
    token = street.token("Sari", "SUPERVISOR", "32.01")
    item = {"sku": "BERAS", "name": "Beras", "unit": "kg", "quantityPerRecipient": "10.5"}
    _, body = await street.graphql(token, PROGRAM, input={"code": "BPNT", "name": "Sembako", "items": [item]})
    program = body["data"]["createProgram"]["program"]["id"]
    query = "query($id: ID!) { node(id: $id) { id ... on Program { items { quantityPerRecipient } } } }"
    _, body = await street.graphql(token, query, id=program)
    assert body["data"]["node"] == {"id": program, "items": [{"quantityPerRecipient": "10.5"}]}
    _, body = await street.graphql(token, query, id="rcp_nobody")
    assert body == {"data": {"node": None}}


async def test_a_service_that_is_away_is_unavailable(street: Street) -> None:
    class Away:
        async def post(self, *_: object) -> tuple[int, bytes]:
            raise Unavailable("unavailable.service")

    street.transports["recipients"] = Away()
    token = street.token("Rina", "REGISTRAR", "32.01")
    status, body = await street.graphql(token, "{ recipients { totalCount } }")
    assert (status, body["errors"][0]["extensions"]["code"]) == (200, "UNAVAILABLE")


async def test_it_says_how_it_is(street: Street) -> None:
    assert (await street.request("GET", "/readyz"))[0] == 200
    _, _, metrics = await street.request("GET", "/metrics")
    assert b'worker="outbox relay"' in metrics
