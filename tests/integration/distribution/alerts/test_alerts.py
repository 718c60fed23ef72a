"""Ends of alerts: acknowledged, a case, or dismissed with a reason."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertView, GetAlerts, ListAlerts, UpdateAlert
from amanah.contracts.cases import UpdateCase
from amanah.contracts.errors import NotFound, Refused
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.queries import get_alerts, list_alerts
from services.distribution.alerts.raising import NewAlert, raise_alert
from services.distribution.api import ALERT_RULES
from services.distribution.cases.commands.cases import update_case
from services.distribution.cases.documents import CASES
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.scene import Scene

VILLAGE = "32.01.05.2001"


class Desk:
    """A scene with alerts on it."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.store, self.supervisor = scene, scene.store, scene.supervisor

    async def alert(self, subject: str = "pkg_1", kind: str = "Package", rule: str = "custody_difference") -> str:
        """An alert is raised."""
        raised = NewAlert(ALERT_RULES[rule], datetime.now(UTC), VILLAGE, "rnd_1", "3 missing", kind, subject)
        await self.store.db.transaction(lambda tx: raise_alert(self.store, tx, raised))
        found = await self.scene.one(ALERTS, {"subject": subject})
        return str(found["_id"])

    async def update(self, alert: str, action: str, note: str | None = None, by: Actor | None = None) -> AlertView:
        """Somebody follows it up."""
        ask = UpdateAlert(alert_id=alert, action=action, note=note)
        answer: AlertView = await self.scene.answer(by or self.supervisor, ask)
        return answer


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """A desk without alerts."""
    return Desk(scene)


async def test_acknowledged_and_then_a_case_which_is_the_same_when_asked_again(desk: Desk) -> None:
    alert = await desk.alert()
    assert (await desk.update(alert, "ACKNOWLEDGE")).status == "ACKNOWLEDGED"
    escalated = await desk.update(alert, "ESCALATE", "Ask the driver.")
    assert (escalated.status, escalated.note, escalated.handled_by) == (
        "ESCALATED", "Ask the driver.", desk.supervisor.id,
    )  # fmt: skip
    assert await desk.update(alert, "ESCALATE") == escalated
    (case,) = await desk.store[CASES].list({})
    assert (case["_id"], case["kind"], case["channel"], case["subject"]) == (
        escalated.case_id,
        "ALERT",
        "ALERT",
        "pkg_1",
    )
    kept = await desk.scene.one(ALERTS, {"_id": alert})
    assert [step["status"] for step in kept["history"]] == ["ACKNOWLEDGED", "ESCALATED"]
    assert "driver" not in str(kept)


async def test_dismissed_needs_a_reason_and_is_final(desk: Desk) -> None:
    alert = await desk.alert()
    with pytest.raises(Refused) as caught:
        await desk.update(alert, "DISMISS")
    assert caught.value.code == "note_missing"
    assert (await desk.update(alert, "DISMISS", "Counted again: all there.")).status == "DISMISSED"
    with pytest.raises(Refused) as caught:
        await desk.update(alert, "ESCALATE")
    assert caught.value.code == "alert_closed"


async def test_other_areas_know_nothing_of_it(desk: Desk, person: Callable[..., Actor]) -> None:
    alert = await desk.alert()
    stranger = person("Rina", SUPERVISOR="32.02")
    with pytest.raises(NotFound):
        await desk.update(alert, "ACKNOWLEDGE", by=stranger)
    assert (await get_alerts(desk.store, stranger, GetAlerts(ids=(alert,)))).nodes == ()
    assert len((await get_alerts(desk.store, desk.supervisor, GetAlerts(ids=(alert,)))).nodes) == 1


async def test_found_by_all_that_can_be_asked(desk: Desk) -> None:
    one, other = await desk.alert("pkg_1"), await desk.alert("pkg_2", rule="package_stolen")
    await desk.update(other, "ACKNOWLEDGE")

    async def listed(**wanted: Any) -> list[str]:
        answer = await list_alerts(desk.store, desk.supervisor, ListAlerts(**wanted))
        return [alert.id for alert in answer.nodes]

    assert await listed() == [other, one]
    assert await listed(status="OPEN") == [one]
    assert await listed(rule="package_stolen", severity="HIGH", area=VILLAGE) == [other]
    assert await listed(severity="LOW") == await listed(area="32.02") == []


async def test_a_case_of_a_flagged_handover_is_not_its_officers_to_judge(desk: Desk) -> None:
    await desk.scene.open()
    await desk.scene.arrived("P-1")
    handover = await desk.scene.answer(desk.scene.officer, await desk.scene.handover())
    escalated = await desk.update(await desk.alert(handover.id, "Handover", "photo_reused"), "ESCALATE")
    assert escalated.case_id
    ask = UpdateCase(case_id=escalated.case_id, action="ASSIGN", assignee_id=desk.scene.officer.id)
    with pytest.raises(Refused) as caught:
        await update_case(desk.store, desk.supervisor, ask)
    assert caught.value.code == "party_to_case"
    assert (await desk.scene.one(HANDOVERS))["status"] == "ACCEPTED"
