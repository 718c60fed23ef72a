"""Part 1: the office's list is imported into the register, and a roster is made of it. Two people sign each step."""

from typing import Any

from amanah.demo.client import ApiError, UploadFile
from amanah.demo.context import DemoContext, wait_for
from amanah.demo.places import REGENCY
from amanah.demo.program import CODE, GOODS, NAME, PERIOD
from amanah.demo.sheet import recipient_list

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DECREE = "SK Bupati (contoh) 400.9/001/2026"


async def import_list(context: DemoContext) -> None:
    """Uploads the list, has it checked, shows its problems, and has another person approve it."""
    users, say = context.users, context.screen.say
    path = recipient_list(context.recipients, context.seed, context.folder)

    async def hand_in() -> Any:
        content = path.read_bytes()
        upload = await users.registrar.upload(UploadFile("RECIPIENT_LIST", path.name, _XLSX, content, content))
        payload = await users.registrar.do("ImportRecipients", uploadId=upload, source="Sukamaju demo", period=PERIOD)
        return payload["import"]["id"]

    say(f"{users.registrar.name} (registrar) uploads {path.name}")
    import_id: str = await context.state.once("import", hand_in)
    checked = await wait_for("the list to be checked", lambda: _import_in(context, import_id, {"STAGED", "APPLIED"}))
    say(
        f"{checked['rowsTotal']} rows: {checked['rowsAccepted']} accepted, {checked['rowsRejected']} rejected, "
        f"{checked['rowsDuplicate']} sent twice"
    )
    for problem in checked["problems"]["nodes"][:5]:
        say(f"  row {problem['row']}, {problem['column']}: {problem['code']} - {problem['message']}")
    if (more := checked["problems"]["totalCount"] - 5) > 0:
        say(f"  and {more} more")
    if checked["status"] == "STAGED":
        await context.attempts("office").expect_refusal(
            "the registrar approves the own import",
            {"same_person"},
            lambda: users.registrar_as_approver.do("ApproveImport", importId=import_id),
        )
        await users.approver.do("ApproveImport", importId=import_id, note="Checked against the village's list")
    await wait_for("the rows to reach the register", lambda: _import_in(context, import_id, {"APPLIED"}))
    say(f"{users.approver.name} (approver) approved the import")


async def approve_roster(context: DemoContext) -> None:
    """Creates the program, and has the roster of its first period proposed by one and approved by another."""
    users, state, say = context.users, context.state, context.screen.say

    async def program() -> Any:
        items = [{"sku": g.sku, "name": g.name, "unit": g.unit, "quantityPerRecipient": str(g.quantity)} for g in GOODS]
        payload = await users.supervisor.do("CreateProgram", code=CODE, name=NAME, items=items)
        return payload["program"]["id"]

    async def propose() -> Any:
        payload = await users.registrar.do("ProposeRoster", programId=state.get("program"), period=PERIOD, area=REGENCY)
        return payload["roster"]

    async def approve() -> Any:
        payload = await users.approver.do("ApproveRoster", rosterId=state.get("roster")["id"], decree=_DECREE)
        return payload["roster"]

    await state.once("program", program)
    say(f"{users.supervisor.name} (supervisor) created the program {NAME}")
    roster = await state.once("roster", propose)
    say(f"{users.registrar.name} proposed a roster of {roster['size']} recipients")
    if state.get("approved") is None:
        await context.attempts("office").expect_refusal(
            "the registrar approves the own roster",
            {"same_person"},
            lambda: users.registrar_as_approver.do("ApproveRoster", rosterId=roster["id"], decree=_DECREE),
        )
    approved = await state.once("approved", approve)
    say(f"{users.approver.name} approved it on {approved['decree']}; its hash is {approved['hash'][:16]}...")


async def server_has_import(context: DemoContext) -> bool:
    """Checks that the server still has the stored import; it has not when its data was deleted and the demo's was not."""
    noted = context.state.get("import")
    if noted is None:
        return True
    try:
        return bool((await context.users.registrar.ask("RecipientImport", id=noted))["node"])
    except ApiError as refusal:
        if refusal.code == "NOT_FOUND":
            return False
        raise


async def _import_in(context: DemoContext, import_id: str, states: set[str]) -> dict[str, Any] | None:
    answer: dict[str, Any] = (await context.users.registrar.ask("RecipientImport", id=import_id))["node"]
    if answer["status"] == "FAILED":
        raise ApiError("RecipientImport", "FAILED", "the list could not be read")
    return answer if answer["status"] in states else None
