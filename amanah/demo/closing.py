"""Last act: the figures, the reports, and the audit log checked from outside."""

import asyncio
import hashlib
from typing import Any

from amanah.cli.audit.sources import reader
from amanah.contracts.audit.actions import AuditAction
from amanah.demo.client import Refusal
from amanah.demo.handovers import SAMPLE, target
from amanah.demo.places import REGENCY
from amanah.demo.stage import Stage, until
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, Verifier
from amanah.tlog.verify import VerificationReport, verify_entry, verify_log

FORMATS = ("PDF", "XLSX")


async def figures_are_read(stage: Stage) -> dict[str, Any]:
    """Progress as the supervisor sees it, once reporting has counted every handover and the complaint."""
    round_id, expected = stage.state.get("round")["id"], target(stage)

    async def counted() -> dict[str, Any] | None:
        answer = await stage.cast.supervisor.ask("Progress", roundId=round_id, area=REGENCY)
        found: dict[str, Any] = answer["progress"]
        return found if found["delivered"] >= expected and found["openCases"] else None

    progress = await until(f"the figures to show {expected} handovers", counted)
    stage.screen.say(
        f"{progress['entitled']} entitled, {progress['delivered']} delivered, {progress['remaining']} remaining, "
        f"{progress['flagged']} with a flag, {progress['openCases']} case open"
    )
    for quantity in progress["quantities"]:
        stage.screen.say(f"{quantity['sku']}: {quantity['delivered']} of {quantity['entitled']} {quantity['unit']}")
    return progress


async def alerts_are_seen(stage: Stage) -> int:
    """Shows the supervisor's alerts; returns their number."""
    found = (await stage.cast.supervisor.ask("Alerts", filter={"area": REGENCY}, first=5))["alerts"]
    for alert in found["nodes"]:
        stage.screen.say(f"alert {alert['rule']} ({alert['severity']}): {alert['detail']}")
    total: int = found["totalCount"]
    return total


async def reports_are_made(stage: Stage) -> list[dict[str, str]]:
    """The final report in each format, downloaded and held against its recorded hash."""
    return [await _report(stage, form) for form in FORMATS]


async def _report(stage: Stage, form: str) -> dict[str, str]:
    supervisor = stage.cast.supervisor

    async def order() -> Any:
        payload = await supervisor.do(
            "GenerateReport",
            template="FINAL",
            format=form,
            roundId=stage.state.get("round")["id"],
            area=REGENCY,
            language="id",
        )
        return payload["report"]["id"]

    report_id = await stage.state.once(f"report.{form}", order)

    async def ready() -> dict[str, Any] | None:
        found: dict[str, Any] = (await supervisor.ask("Report", id=report_id))["node"]
        if found["status"] == "FAILED":
            raise Refusal("Report", "FAILED", f"the {form} report could not be made")
        return found if found["status"] == "READY" else None

    report = await until(f"the {form} report", ready)
    path = stage.folder / "reports" / f"laporan-akhir.{form.lower()}"
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != report["sha256"]:
        await supervisor.download(report["downloadUrl"], path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if sha256 != report["sha256"]:
        raise Refusal("Report", "mismatch", f"the {form} report is not the file whose hash was recorded")
    stage.screen.say(f"{report['title']} ({form}, {report['size']} bytes): {path}")
    return {"template": "FINAL", "format": form, "path": str(path.resolve()), "sha256": sha256}


async def trail_is_followed(stage: Stage, key: str) -> int:
    """Shows what the auditor sees of one handover, checks its proof with the key alone, and counts all entries."""
    auditor = stage.cast.auditor
    about = {"subjectId": stage.state.get(SAMPLE)["entitlementId"], "action": AuditAction.HANDOVER_ACCEPT}

    async def written() -> dict[str, Any] | None:
        nodes = (await auditor.ask("AuditTrail", filter=about, first=1))["auditEntries"]["nodes"]
        return nodes[0] if nodes else None

    entry = await until("the first handover's entry in the log", written)
    stage.screen.say(f"entry {entry['index']}: {entry['action']} by {entry['actor']['name']} at {entry['at']}")

    async def proven() -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = (await auditor.ask("AuditProof", id=entry["id"]))["auditProof"]
        except Refusal as refusal:
            if refusal.code in ("not_yet", "NOT_YET"):
                return None
            raise
        return found

    proof = await until("a checkpoint that covers the entry", proven)
    verify_entry(proof["leaf"].encode(), proof["proof"], Verifier.parse(key))
    stage.screen.say(f"its proof holds: entry {proof['index']} is in the log of {proof['treeSize']} entries")
    # `totalCount` counts only so far; the index of an entry is how many came before it.
    (newest,) = (await auditor.ask("AuditTrail", filter=None, first=1))["auditEntries"]["nodes"]
    return int(newest["index"]) + 1


async def log_is_verified(stage: Stage, key: str, entries: int) -> VerificationReport:
    """Checks the whole log over HTTP with its public key and nothing else, once it covers so many entries."""
    fetch = reader(f"{stage.api.url}/log")

    def covering() -> Checkpoint | None:
        served = Checkpoint.parse(Note.parse(fetch(layout.CHECKPOINT)).text)
        return served if served.size >= entries else None

    await until(f"the log to cover {entries} entries", lambda: asyncio.to_thread(covering))
    return await asyncio.to_thread(lambda: verify_log(fetch, Verifier.parse(key)))
