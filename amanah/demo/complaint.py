"""Part 5: a recipient complains about a recorded handover; a case is opened and assigned."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from amanah.demo.context import DemoContext
from amanah.demo.handovers import SAMPLE
from amanah.demo.places import VILLAGES


async def file_complaint(context: DemoContext) -> None:
    """Files one complaint and assigns it; sent again, it is the same case."""
    entitlement = context.state.get(SAMPLE)["entitlementId"]
    payload = await context.users.recipient.do(
        "FileComplaint",
        clientId=str(uuid5(NAMESPACE_URL, f"amanah demo complaint {entitlement}")),
        kind="NOT_RECEIVED",
        text="Saya belum menerima beras. (Contoh)",
        area=VILLAGES[0].code,
        entitlementId=entitlement,
    )
    case: dict[str, Any] = payload["case"]
    context.screen.say(
        f"{context.users.recipient.name} (recipient) says the aid did not come: case {case['reference']}, due {case['dueAt']}"
    )
    verifier = (await context.users.verifier.ask("Viewer"))["viewer"]["id"]
    if case["status"] == "OPEN":
        given = await context.users.supervisor.do("UpdateCase", caseId=case["id"], action="ASSIGN", assigneeId=verifier)
        case = given["case"]
    context.screen.say(f"the handover is disputed, and the case is {case['status']} to {context.users.verifier.name}")
