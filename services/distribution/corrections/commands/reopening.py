"""Reopening of failed and reversed entitlements."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.corrections import ReopenEntitlement
from amanah.contracts.errors import AmanahError, NotFound
from amanah.contracts.handovers.events import EntitlementReopened
from amanah.contracts.rounds import EntitlementStatus, EntitlementView
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.corrections.rules import may_reopen
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    ROUNDS,
    EntitlementDocument,
    ReopeningDocument,
    related_to_entitlement,
)
from services.distribution.rounds.views import entitlement
from services.distribution.store import Store


@answers
async def reopen_entitlement(store: Store, actor: Actor, ask: ReopenEntitlement) -> EntitlementView:
    """Makes a failed or reversed entitlement PENDING. A repeat changes nothing."""
    scope = actor.scope(ask.roles)

    async def work(tx: Tx) -> EntitlementDocument:
        before = await store[ENTITLEMENTS].get({"_id": ask.entitlement_id, **scope.condition("area")}, tx=tx)
        if before is None:
            raise NotFound("not_found.entitlement")
        if before["status"] == EntitlementStatus.PENDING and before.get("reopened"):
            return before
        may_reopen(before["status"])
        now = datetime.now(UTC)
        entry: ReopeningDocument = {
            "by": actor.id,
            "at": now,
            "was": before["status"],
            "reason": store.keys.encrypt(ask.reason, f"reopening:{before['_id']}"),
        }
        after: EntitlementDocument = before | {
            "status": EntitlementStatus.PENDING,
            "reopened": [*before.get("reopened", []), entry],
        }
        # Handovers and failures have its earlier results; here they would be taken for the present state.
        after.pop("deliveredAt", None)
        after.pop("deliveredBy", None)
        after.pop("handover", None)
        after.pop("failure", None)
        await store[ENTITLEMENTS].put(after, tx=tx)
        await store.outbox.record(
            tx,
            actor.acting(ask.roles, before["area"]),
            action=AuditAction.ENTITLEMENT_REOPEN,
            subject=Subject(type="Entitlement", id=before["_id"]),
            concerns=related_to_entitlement(before),
            area=before["area"],
            authority=before["round"],
            event=EntitlementReopened(
                round_id=before["round"],
                entitlement_id=before["_id"],
                area=before["area"],
                was=before["status"],
                at=now,
            ),
            before=store.seal(before["_id"], {"status": before["status"]}),
            after=store.seal(before["_id"], {"status": EntitlementStatus.PENDING.value, "reason": entry["reason"]}),
        )
        return after

    reopened = await store.db.transaction(work)
    round_found = await store[ROUNDS].get({"_id": reopened["round"]})
    if round_found is None:
        raise AmanahError("internal.lost_round")
    return entitlement(reopened, round_found)
