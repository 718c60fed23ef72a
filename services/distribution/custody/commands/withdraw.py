"""Withdrawals of officers from packages, recorded at once or days later."""

from datetime import datetime

from amanah.contracts.custody.packages import PackageStatus
from amanah.contracts.errors import Refused
from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.custody.commands.recompute import recompute
from services.distribution.custody.commands.staff_steps import refuse_if_short
from services.distribution.custody.documents import PACKAGES, PackageDocument
from services.distribution.custody.histories import is_late
from services.distribution.custody.rules import HANDOVER, Step
from services.distribution.rounds.rules.quantities import Amounts
from services.distribution.store import Store


async def withdraw(
    store: Store, tx: Tx, package: PackageDocument, taken: Amounts, at: datetime, handover_id: str
) -> bool:
    """Takes the quantities out of the package; False when the package changed since it was read or has too little.

    A handover from before the package last moved or was counted is put in its place in the history, which is recomputed.
    Refused `package_short` when there was not enough at that time, or not for a later withdrawal.
    """
    if is_late(package, at):
        return await _withdraw_then(store, tx, package, taken, at, handover_id)
    condition: Document = {
        "_id": package["_id"],
        "status": PackageStatus.ARRIVED,
        "place": package["place"],
        # The history was not recomputed since: contents and ledger lie in the order in which they were read.
        "version": package["version"],
    }
    change: dict[str, int] = {}
    for number, content in enumerate(package["contents"]):
        if quantity := taken.get(content["sku"], 0):
            condition[f"contents.{number}.left"] = {"$gte": quantity}
            change |= {f"contents.{number}.left": -quantity, f"contents.{number}.handed": quantity}
    for number, entry in enumerate(package["ledger"]):
        if entry["account"] == package["place"] and (quantity := taken.get(entry["sku"], 0)):
            change |= {f"ledger.{number}.stock": -quantity, f"ledger.{number}.handed": quantity}
    update = {"$inc": change, "$set": {"unposted": True}}
    return bool(await store[PACKAGES].update(condition, update, tx=tx))


async def _withdraw_then(
    store: Store, tx: Tx, package: PackageDocument, taken: Amounts, at: datetime, handover_id: str
) -> bool:
    step = Step(
        key=handover_id, event=handover_id, at=at, step=HANDOVER, package=package["_id"], counted=dict(taken), ours=True
    )
    change = (await recompute(store, tx, {package["_id"]: at}, more=[step]))[package["_id"]]
    then = change.state.before_handovers.get(handover_id)
    if then is None or then.status is not PackageStatus.ARRIVED or then.place != package["place"]:
        return False
    refuse_if_short(change, taken, "items")
    return True


async def undo_withdrawal(store: Store, tx: Tx, package_id: str, at: datetime) -> None:
    """Recomputes a package without a handover that was reversed; `at` is when that was decided."""
    if not await recompute(store, tx, {package_id: at}):
        raise Refused("package_unknown.gone", "packageCode")
