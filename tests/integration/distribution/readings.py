"""Reads of words that may tell of people, and their entries on the audit trail."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import UpdateAlert
from amanah.contracts.cases import CaseView, FileComplaint
from amanah.contracts.handovers.handovers import HandoverView
from amanah.contracts.message import Request
from amanah.contracts.topics import AUDIT_ENTRIES
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.raising import NewAlert, raise_alert
from tests.integration.distribution.scene import Scene

VILLAGE = "32.01.05.2001"
CANARY = "Canary: she is in the hospital."


class Readings:
    """Questions at the service's door, and the entries that each puts on the audit trail."""

    def __init__(self, scene: Scene, person: Callable[..., Actor]) -> None:
        self.scene, self.store, self.supervisor = scene, scene.store, scene.supervisor
        self.resident = person("Warga", RECIPIENT=VILLAGE)
        self.auditor = person("Gita", AUDITOR="32")
        self.colleague = person("Wati", SUPERVISOR="32.01")

    async def entries(self) -> list[Any]:
        told = await self.scene.published(AUDIT_ENTRIES.name)
        return [entry for entry in told if entry["action"] == "access:personal-data:read"]

    async def noted(self, ask: Request[Any], by: Actor | None = None) -> list[list[str]]:
        """The ids that the entries of asking this concern; none of them has the words that were read."""
        viewer = by or self.auditor
        before = len(await self.entries())
        await self.scene.call(ask, viewer)
        new = (await self.entries())[before:]
        assert {entry["actor"]["id"] for entry in new} <= {viewer.id}
        assert {entry["subject"]["id"] for entry in new} <= {f"distribution.{ask.method()}"}
        assert CANARY not in json.dumps(new)
        return [[each["id"] for each in entry["concerns"]] for entry in new]

    async def filed(self, **more: Any) -> CaseView:
        """A complaint of the resident."""
        ask = FileComplaint(client_id=str(uuid.uuid4()), kind="CONDUCT", text=CANARY, area=VILLAGE, **more)
        case: CaseView = await self.scene.call(ask, self.resident)
        return case

    async def alert(self, raised: NewAlert, note: str | None) -> str:
        """An alert that the supervisor has acknowledged."""
        await self.store.db.transaction(lambda tx: raise_alert(self.store, tx, raised))
        found = await self.scene.one(ALERTS, {"subject": raised.subject_id, "rule": raised.rule.code})
        ask = UpdateAlert(alert_id=found["_id"], action="ACKNOWLEDGE", note=note)
        await self.scene.call(ask, self.supervisor)
        return str(found["_id"])

    async def delivered(self) -> HandoverView:
        """A handover to the first recipient."""
        await self.scene.open()
        await self.scene.arrived("P-1")
        handed: HandoverView = await self.scene.call(await self.scene.handover(), self.scene.officer)
        return handed
