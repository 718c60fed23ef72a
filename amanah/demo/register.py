"""First act: the office's list becomes a register, and the register a roster. Two people sign each step."""

from typing import Any

from amanah.demo.client import Refusal, Sent
from amanah.demo.places import REGENCY
from amanah.demo.program import CODE, GOODS, NAME, PERIOD
from amanah.demo.sheet import recipient_list
from amanah.demo.stage import Stage, until

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DECREE = "SK Bupati (contoh) 400.9/001/2026"


async def list_becomes_register(stage: Stage) -> None:
    """Uploads the list, has it checked, shows its problems, and has another person approve it."""
    cast, say = stage.cast, stage.screen.say
    path = recipient_list(stage.recipients, stage.seed, stage.folder)

    async def hand_in() -> Any:
        content = path.read_bytes()
        upload = await cast.registrar.upload(Sent("RECIPIENT_LIST", path.name, _XLSX, content, content))
        payload = await cast.registrar.do("ImportRecipients", uploadId=upload, source="Sukamaju demo", period=PERIOD)
        return payload["import"]["id"]

    say(f"{cast.registrar.name} (registrar) uploads {path.name}")
    import_id: str = await stage.state.once("import", hand_in)
    checked = await until("the list to be checked", lambda: _import_in(stage, import_id, {"STAGED", "APPLIED"}))
    say(
        f"{checked['rowsTotal']} rows: {checked['rowsAccepted']} accepted, {checked['rowsRejected']} rejected, "
        f"{checked['rowsDuplicate']} sent twice"
    )
    for problem in checked["problems"]["nodes"][:5]:
        say(f"  row {problem['row']}, {problem['column']}: {problem['code']} - {problem['message']}")
    if (more := checked["problems"]["totalCount"] - 5) > 0:
        say(f"  and {more} more")
    if checked["status"] == "STAGED":
        await stage.attempts("office").made(
            "the registrar approves the own import",
            {"same_person"},
            lambda: cast.registrar_as_approver.do("ApproveImport", importId=import_id),
        )
        await cast.approver.do("ApproveImport", importId=import_id, note="Checked against the village's list")
    await until("the rows to reach the register", lambda: _import_in(stage, import_id, {"APPLIED"}))
    say(f"{cast.approver.name} (approver) approved the import")


async def register_becomes_roster(stage: Stage) -> None:
    """Creates the program, and has the roster of its first period proposed by one and approved by another."""
    cast, state, say = stage.cast, stage.state, stage.screen.say

    async def program() -> Any:
        items = [{"sku": g.sku, "name": g.name, "unit": g.unit, "quantityPerRecipient": str(g.quantity)} for g in GOODS]
        payload = await cast.supervisor.do("CreateProgram", code=CODE, name=NAME, items=items)
        return payload["program"]["id"]

    async def propose() -> Any:
        payload = await cast.registrar.do("ProposeRoster", programId=state.get("program"), period=PERIOD, area=REGENCY)
        return payload["roster"]

    async def approve() -> Any:
        payload = await cast.approver.do("ApproveRoster", rosterId=state.get("roster")["id"], decree=_DECREE)
        return payload["roster"]

    await state.once("program", program)
    say(f"{cast.supervisor.name} (supervisor) created the program {NAME}")
    roster = await state.once("roster", propose)
    say(f"{cast.registrar.name} proposed a roster of {roster['size']} recipients")
    if state.get("approved") is None:
        await stage.attempts("office").made(
            "the registrar approves the own roster",
            {"same_person"},
            lambda: cast.registrar_as_approver.do("ApproveRoster", rosterId=roster["id"], decree=_DECREE),
        )
    approved = await state.once("approved", approve)
    say(f"{cast.approver.name} approved it on {approved['decree']}; its hash is {approved['hash'][:16]}...")


async def known_to_server(stage: Stage) -> bool:
    """Checks that the server still has the stored import; it has not when its data was deleted and the demo's was not."""
    noted = stage.state.get("import")
    if noted is None:
        return True
    try:
        return bool((await stage.cast.registrar.ask("RecipientImport", id=noted))["node"])
    except Refusal as refusal:
        if refusal.code == "NOT_FOUND":
            return False
        raise


async def _import_in(stage: Stage, import_id: str, states: set[str]) -> dict[str, Any] | None:
    answer: dict[str, Any] = (await stage.cast.registrar.ask("RecipientImport", id=import_id))["node"]
    if answer["status"] == "FAILED":
        raise Refusal("RecipientImport", "FAILED", "the list could not be read")
    return answer if answer["status"] in states else None
