"""`/verify/<id>` over the real services: from the command that makes a thing to the proof that a stranger checks."""

import json
import uuid
from functools import partial

import pytest

from amanah.contracts.ids import new_id
from amanah.runtime.rpc import InProcessTransport
from amanah.tlog.checkpoint import Verifier
from amanah.tlog.verify import verify_entry
from services.audit import app as audit
from services.audit.store import Store
from services.recipients import app as recipients
from tests.integration.gateway.conftest import Street
from tests.waiting import eventually

PROGRAM = """mutation($input: CreateProgramInput!) { createProgram(input: $input) { program { id } } }"""
PROPOSE = (
    """mutation($input: ProposeRosterInput!) { proposeRoster(input: $input) { roster { id } userErrors { code } } }"""
)
APPROVE = (
    """mutation($input: ApproveRosterInput!) { approveRoster(input: $input) { roster { hash } userErrors { code } } }"""
)


async def proposed(street: Street) -> str:
    """A roster of one recipient, proposed."""
    person = {
        "_id": new_id("rcp"), "area": "32.01.05.2001", "status": "ACTIVE", "version": 1, "latitude_e6": None,
        "longitude_e6": None, "nikBlind": "n", "householdBlind": "h", "personBlind": "",
    }  # fmt: skip
    await street.runtime.database("recipients")["recipients"].insert(person)
    item = {"sku": "BERAS", "name": "Beras", "unit": "kg", "quantityPerRecipient": "10"}
    supervisor = street.token("Sari", "SUPERVISOR", "32.01")
    _, made = await street.graphql(supervisor, PROGRAM, input={"code": "BPNT", "name": "Sembako", "items": [item]})
    given = {"programId": made["data"]["createProgram"]["program"]["id"], "period": "2026-11", "area": "32.01"}
    _, roster = await street.graphql(supervisor, PROPOSE, input=given)
    found: str = roster["data"]["proposeRoster"]["roster"]["id"]
    return found


async def test_from_the_command_to_the_proof(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "Store", partial(Store, bucket=f"audit-{uuid.uuid4().hex}"))
    log = audit.build(street.runtime)
    street.transports["audit"] = InProcessTransport(log.mounted())
    async with recipients.build(street.runtime).running(), log.running():
        roster = await proposed(street)
        assert (await street.request("GET", f"/verify/{roster}"))[0] == 404, "it is not approved"
        approver = street.token("Budi", "APPROVER", "32.01")
        _, done = await street.graphql(approver, APPROVE, input={"rosterId": roster, "decree": "SK 12/2026"})
        recorded = done["data"]["approveRoster"]["roster"]["hash"]

        async def proof() -> bytes | None:
            status, _, body = await street.request("GET", f"/verify/{roster}/proof")
            if status == 200:
                return body
            assert (status, json.loads(body)["code"]) == (503, "not_yet")
            return None

        proven = await eventually(proof, every=0.5)  # strangers have a budget, and this is one
        _, _, entry = await street.request("GET", f"/verify/{roster}/entry")
        _, _, key = await street.request("GET", f"/verify/{roster}?lang=en")

    page = key.decode()
    assert recorded in page
    verifier = Verifier.parse(page.partition('<code class="key">')[2].partition("</code>")[0])
    verify_entry(entry, proven.decode(), verifier)
    said = json.loads(entry)
    assert (said["action"], said["subject"]["id"]) == ("recipients:roster:approve", roster)
    assert said["after"] == f"sha256:{recorded}"
