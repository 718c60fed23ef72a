"""Part 6: the figures, the reports, and the audit log checked from outside."""

import asyncio
import hashlib
from typing import Any

from amanah.cli.audit.sources import reader
from amanah.contracts.audit.actions import AuditAction
from amanah.demo.client import ApiError
from amanah.demo.context import DemoContext, wait_for
from amanah.demo.handovers import SAMPLE, target
from amanah.demo.places import REGENCY
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, Verifier
from amanah.tlog.verify import VerificationReport, verify_entry, verify_log

FORMATS = ("PDF", "XLSX")


async def show_figures(context: DemoContext) -> dict[str, Any]:
    """Progress as the supervisor sees it, once reporting has counted every handover and the complaint."""
    round_id, expected = context.state.get("round")["id"], target(context)

    async def counted() -> dict[str, Any] | None:
        answer = await context.users.supervisor.ask("Progress", roundId=round_id, area=REGENCY)
        found: dict[str, Any] = answer["progress"]
        return found if found["delivered"] >= expected and found["openCases"] else None

    progress = await wait_for(f"the figures to show {expected} handovers", counted)
    context.screen.say(
        f"{progress['entitled']} entitled, {progress['delivered']} delivered, {progress['remaining']} remaining, "
        f"{progress['flagged']} with a flag, {progress['openCases']} case open"
    )
    for quantity in progress["quantities"]:
        context.screen.say(f"{quantity['sku']}: {quantity['delivered']} of {quantity['entitled']} {quantity['unit']}")
    return progress


async def show_alerts(context: DemoContext) -> int:
    """Shows the supervisor's alerts; returns their number."""
    found = (await context.users.supervisor.ask("Alerts", filter={"area": REGENCY}, first=5))["alerts"]
    for alert in found["nodes"]:
        context.screen.say(f"alert {alert['rule']} ({alert['severity']}): {alert['detail']}")
    total: int = found["totalCount"]
    return total


async def generate_reports(context: DemoContext) -> list[dict[str, str]]:
    """The final report in each format, downloaded and held against its recorded hash."""
    return [await _report(context, form) for form in FORMATS]


async def _report(context: DemoContext, form: str) -> dict[str, str]:
    supervisor = context.users.supervisor

    async def order() -> Any:
        payload = await supervisor.do(
            "GenerateReport",
            template="FINAL",
            format=form,
            roundId=context.state.get("round")["id"],
            area=REGENCY,
            language="id",
        )
        return payload["report"]["id"]

    report_id = await context.state.once(f"report.{form}", order)

    async def ready() -> dict[str, Any] | None:
        found: dict[str, Any] = (await supervisor.ask("Report", id=report_id))["node"]
        if found["status"] == "FAILED":
            raise ApiError("Report", "FAILED", f"the {form} report could not be made")
        return found if found["status"] == "READY" else None

    report = await wait_for(f"the {form} report", ready)
    path = context.folder / "reports" / f"laporan-akhir.{form.lower()}"
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != report["sha256"]:
        await supervisor.download(report["downloadUrl"], path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if sha256 != report["sha256"]:
        raise ApiError("Report", "mismatch", f"the {form} report is not the file whose hash was recorded")
    context.screen.say(f"{report['title']} ({form}, {report['size']} bytes): {path}")
    return {"template": "FINAL", "format": form, "path": str(path.resolve()), "sha256": sha256}


async def show_audit_trail(context: DemoContext, key: str) -> int:
    """Shows what the auditor sees of one handover, checks its proof with the key alone, and counts all entries."""
    auditor = context.users.auditor
    about = {"subjectId": context.state.get(SAMPLE)["entitlementId"], "action": AuditAction.HANDOVER_ACCEPT}

    async def written() -> dict[str, Any] | None:
        nodes = (await auditor.ask("AuditTrail", filter=about, first=1))["auditEntries"]["nodes"]
        return nodes[0] if nodes else None

    entry = await wait_for("the first handover's entry in the log", written)
    context.screen.say(f"entry {entry['index']}: {entry['action']} by {entry['actor']['name']} at {entry['at']}")

    async def proven() -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = (await auditor.ask("AuditProof", id=entry["id"]))["auditProof"]
        except ApiError as refusal:
            if refusal.code in ("not_yet", "NOT_YET"):
                return None
            raise
        return found

    proof = await wait_for("a checkpoint that covers the entry", proven)
    verify_entry(proof["leaf"].encode(), proof["proof"], Verifier.parse(key))
    context.screen.say(f"its proof holds: entry {proof['index']} is in the log of {proof['treeSize']} entries")
    # `totalCount` counts only so far; the index of an entry is how many came before it.
    (newest,) = (await auditor.ask("AuditTrail", filter=None, first=1))["auditEntries"]["nodes"]
    return int(newest["index"]) + 1


async def verify_served_log(context: DemoContext, key: str, entries: int) -> VerificationReport:
    """Checks the whole log over HTTP with its public key and nothing else, once it covers so many entries."""
    fetch = reader(f"{context.api.url}/log")

    def covering() -> Checkpoint | None:
        served = Checkpoint.parse(Note.parse(fetch(layout.CHECKPOINT)).text)
        return served if served.size >= entries else None

    await wait_for(f"the log to cover {entries} entries", lambda: asyncio.to_thread(covering))
    return await asyncio.to_thread(lambda: verify_log(fetch, Verifier.parse(key)))
