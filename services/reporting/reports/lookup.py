"""Reads of reports, and of the checkpoint that a report states."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.areas import Scope
from amanah.contracts.reports import ReportStatus
from amanah.runtime.mongo import Condition
from services.reporting.reports.documents import CHECKPOINTS, REPORTS, CheckpointDocument, ReportDocument
from services.reporting.store import Store


def now() -> datetime:
    """Returns the time as the store keeps it: UTC, whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


async def reports_by_ids(store: Store, scope: Scope, ids: Sequence[str]) -> list[ReportDocument]:
    """Finds reports by id, those on areas of the scope."""
    return await store[REPORTS].list({"$and": [{"_id": {"$in": list(ids)}}, scope.condition("area")]})


async def list_newest(
    store: Store, scope: Scope, round_id: str | None, first: int, after: str | None
) -> tuple[list[ReportDocument], int]:
    """Lists at most `first` reports on areas of the scope that are older than `after`, and counts all of them."""
    condition: Condition = {"$and": [{"round": round_id} if round_id else {}, scope.condition("area")]}
    page = {"$and": [condition, {"_id": {"$lt": after}}]} if after is not None else condition
    return await store[REPORTS].list(page, sort=[("_id", -1)], limit=first), await store[REPORTS].count(condition)


async def reports_by_hash(store: Store, scope: Scope, sha256: str) -> list[ReportDocument]:
    """Finds the finished reports whose file has this hash, those on areas of the scope, the newest 100."""
    condition = {"$and": [{"sha256": sha256, "status": ReportStatus.READY.value}, scope.condition("area")]}
    return await store[REPORTS].list(condition, sort=[("_id", -1)], limit=100)


async def find_ready(store: Store, name: str) -> ReportDocument | None:
    """Finds a finished report by its id or by the number printed on it; public."""
    for field in ("_id", "number"):
        condition = {field: name, "status": ReportStatus.READY.value}
        found = await store[REPORTS].get(condition, sort=[("madeAt", 1)])
        if found is not None:
            return found
    return None


async def find_checkpoint(store: Store, as_of: datetime) -> CheckpointDocument | None:
    """Finds the audit log's newest checkpoint that was dated by `as_of`; None before the first.

    One dated within the last `settle_s` may not have arrived: with it, the same `as_of` could have two answers.
    """
    latest = as_of - timedelta(seconds=store.settings.settle_s)
    found = await store[CHECKPOINTS].list({"at": {"$lte": latest}}, sort=[("at", -1)], limit=1)
    return found[0] if found else None
