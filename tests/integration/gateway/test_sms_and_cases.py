"""From a recipient's phone to a supervisor's list, through the real doors, services and stores."""

import json
import time
from typing import Any

import pytest

from gateway.sms.adapters import signature
from services.distribution.rounds.confirmation_codes import code_hash, code_of
from tests.integration.gateway.conftest import Street

SECRET = "the-secret-of-this-test"
VILLAGE = "32.01.05.2001"
CASES = "{ cases { totalCount nodes { id reference kind status subject { __typename } events { nodes { action } } } } }"
FILE = (
    "mutation ($input: FileComplaintInput!) { fileComplaint(input: $input) "
    "{ case { id status level } userErrors { code field } } }"
)
UPDATE = (
    "mutation ($input: UpdateCaseInput!) { updateCase(input: $input) "
    "{ case { status assignee { name } } userErrors { code field } } }"
)


@pytest.fixture(autouse=True)
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signed door is open."""
    monkeypatch.setenv("AMANAH_GATEWAY_SMS_SECRET", SECRET)


async def entitled(street: Street) -> str:
    """An entitlement of the village, and its code."""
    db = street.runtime.database("distribution")
    round_ = {"_id": "rnd_1", "area": "32.01", "items": [], "name": "x", "status": "OPEN"}
    await db["rounds"].insert(round_)
    await db["entitlements"].insert(
        {
            "_id": "ent_1", "round": "rnd_1", "recipient": "rcp_1", "area": VILLAGE, "status": "PENDING", "home": None,
            "codeHash": code_hash(street.runtime.keys, "ent_1"),
        }
    )  # fmt: skip
    return code_of(street.runtime.keys, "ent_1")


async def text(street: Street, message: str, identifier: str = "m-1") -> tuple[int, Any]:
    """A signed message."""
    body = json.dumps({"id": identifier, "from": "+6281234567890", "to": "2929", "text": message}).encode()
    stamp = str(int(time.time()))
    status, _, answer = await street.request(
        "POST", "/sms/inbound", data=body,
        headers={"Amanah-Timestamp": stamp, "Amanah-Signature": f"v1={signature(SECRET, stamp, body)}"},
    )  # fmt: skip
    return status, json.loads(answer)


async def test_a_complaint_by_sms_is_on_the_supervisors_list_once(street: Street) -> None:
    code = await entitled(street)
    first = await text(street, f"lapor {code} belum terima")
    assert first == await text(street, f"lapor {code} belum terima")
    status, said = first
    assert status == 200
    supervisor = street.token("Ratna", "SUPERVISOR", "32.01")
    _, answer = await street.graphql(supervisor, CASES)
    assert "errors" not in answer
    assert answer["data"]["cases"]["totalCount"] == 1
    (case,) = answer["data"]["cases"]["nodes"]
    assert case["reference"] in said["reply"]
    assert (case["kind"], case["status"], case["subject"]) == ("NOT_RECEIVED", "OPEN", {"__typename": "Entitlement"})
    _, answer = await street.graphql(street.token("Rina", "SUPERVISOR", "32.02"), CASES)
    assert answer["data"]["cases"]["totalCount"] == 0
    assert (await text(street, "halo", "m-2"))[1]["reply"].startswith("Ketik TERIMA")


async def test_a_case_is_assigned_to_who_is_known_only(street: Street) -> None:
    resident = street.token("Warga", "RECIPIENT", VILLAGE)
    given = {"clientId": "123e4567-e89b-12d3-a456-426614174000", "kind": "CONDUCT", "text": "x", "area": VILLAGE}
    _, answer = await street.graphql(resident, FILE, input=given)
    case = answer["data"]["fileComplaint"]["case"]
    assert (case["status"], case["level"]) == ("OPEN", "VILLAGE")
    supervisor = street.token("Ratna", "SUPERVISOR", "32.01")
    budi = (await street.graphql(street.token("Budi", "OFFICER", "32.01"), "{ viewer { id } }"))[1]["data"]["viewer"][
        "id"
    ]
    ask = {"caseId": case["id"], "action": "ASSIGN", "assigneeId": budi}
    _, answer = await street.graphql(supervisor, UPDATE, input=ask)
    assert answer["data"]["updateCase"]["case"] == {"status": "ASSIGNED", "assignee": {"name": "Budi"}}
    _, answer = await street.graphql(supervisor, UPDATE, input=ask | {"assigneeId": "usr_nobody"})
    assert answer["data"]["updateCase"]["userErrors"] == [{"code": "assignee_unknown", "field": "assigneeId"}]
    _, answer = await street.graphql(resident, UPDATE, input={"caseId": case["id"], "action": "RESOLVE", "note": "x"})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
