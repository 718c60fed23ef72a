"""Reads of notes on alerts are on the audit trail."""

from datetime import UTC, datetime

from amanah.contracts.alerts import GetAlerts, ListAlerts, UpdateAlert
from services.distribution.alerts.raising import NewAlert
from services.distribution.api import ALERT_RULES
from services.distribution.custody.alerts import package_alert
from services.distribution.custody.documents import PACKAGES
from services.distribution.handovers import documents
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.readings import CANARY, VILLAGE, Readings


async def test_notes_on_alerts_are_read_on_the_trail(readings: Readings) -> None:
    handed = await readings.delivered()
    kept = await readings.scene.one(HANDOVERS, {"_id": handed.id})
    package = await readings.scene.one(PACKAGES, {"code": "P-1"})
    now = datetime.now(UTC)
    related_to_handover = NewAlert(
        ALERT_RULES["photo_reused"], now, VILLAGE, handed.entitlement.round_id, "Seen before", "Handover", handed.id,
        concerns=documents.related_to_handover(kept),
    )  # fmt: skip
    one = await readings.alert(related_to_handover, CANARY)
    other = await readings.alert(package_alert("package_stolen", package, now, "Gone"), CANARY)
    named = [[other, handed.entitlement.recipient_id]]
    assert await readings.noted(ListAlerts()) == named
    assert await readings.noted(GetAlerts(ids=(one, other))) == named


async def test_alerts_without_notes_are_no_entry(readings: Readings) -> None:
    await readings.delivered()
    package = await readings.scene.one(PACKAGES, {"code": "P-1"})
    alert = await readings.alert(package_alert("package_stolen", package, datetime.now(UTC), "Gone"), None)
    assert len((await readings.scene.call(ListAlerts(), readings.auditor)).nodes) == 1
    for ask in (ListAlerts(), GetAlerts(ids=(alert,))):
        assert await readings.noted(ask) == []


async def test_who_repeats_what_another_did_reads_their_note_on_the_trail(readings: Readings) -> None:
    await readings.delivered()
    package = await readings.scene.one(PACKAGES, {"code": "P-1"})
    alert = await readings.alert(package_alert("package_stolen", package, datetime.now(UTC), "Gone"), CANARY)
    again = UpdateAlert(alert_id=alert, action="ACKNOWLEDGE")
    assert await readings.noted(again, by=readings.colleague) == [[alert]]
    assert await readings.noted(again, by=readings.supervisor) == []
