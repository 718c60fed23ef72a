"""Words that may tell of people are read on the audit trail, whoever they are of. Asked at the service's door."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import GetAlerts, ListAlerts, UpdateAlert
from amanah.contracts.assignments import EndAssignment, GetAssignments, ListAssignments, ListMyAssignments
from amanah.contracts.cases import CaseView, FileComplaint, GetCases, ListCaseEvents, ListCases
from amanah.contracts.corrections import GetCorrections, ListCorrections, ProposeCorrection, RejectCorrection
from amanah.contracts.handovers.handovers import HandoverView
from amanah.contracts.message import Request
from amanah.contracts.topics import AUDIT_ENTRIES
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.raising import NewAlert, raise_alert
from services.distribution.api import ALERT_RULES
from services.distribution.corrections.documents import CORRECTIONS
from services.distribution.custody.alerts import package_alert
from services.distribution.custody.documents import PACKAGES
from services.distribution.handovers import documents
from services.distribution.handovers.documents import HANDOVERS

VILLAGE = "32.01.05.2001"
CANARY = "Canary: she is in the hospital."


class Readings:
    """Questions, and what each put on the audit trail."""

    def __init__(self, scene: Any, person: Callable[..., Actor]) -> None:
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
        found = await self.store[ALERTS].get({"subject": raised.subject_id, "rule": raised.rule.code})
        ask = UpdateAlert(alert_id=found["_id"], action="ACKNOWLEDGE", note=note)
        await self.scene.call(ask, self.supervisor)
        return str(found["_id"])

    async def delivered(self) -> HandoverView:
        """A handover to the first recipient."""
        await self.scene.open()
        await self.scene.arrived("P-1")
        handed: HandoverView = await self.scene.call(await self.scene.handover(), self.scene.officer)
        return handed


@pytest.fixture
def readings(scene: Any, person: Callable[..., Actor]) -> Readings:
    """Nobody has asked anything yet."""
    return Readings(scene, person)


@pytest.mark.parametrize("anonymous", [True, False])
async def test_a_case_of_no_known_recipient_is_named_itself(readings: Readings, anonymous: bool) -> None:
    case = await readings.filed(anonymous=anonymous)
    asked: list[Request[Any]] = [
        ListCases(), GetCases(ids=(case.id,)), ListCaseEvents(case_ids=(case.id,)),
    ]  # fmt: skip
    for ask in asked:
        assert await readings.noted(ask) == [[case.id]]
    assert readings.resident.id not in json.dumps(await readings.entries())


async def test_an_anonymous_case_does_not_name_whose_entitlement_it_is_about(readings: Readings) -> None:
    handed = await readings.delivered()
    case = await readings.filed(entitlement_id=handed.entitlement.id, anonymous=True)
    for ask in (GetCases(ids=(case.id,)), ListCaseEvents(case_ids=(case.id,))):
        assert await readings.noted(ask) == [[case.id]]


async def test_who_is_complained_of_reads_on_the_trail_too(readings: Readings, person: Callable[..., Actor]) -> None:
    case = await readings.filed(anonymous=True)
    accused = person("Lurah", SUPERVISOR=VILLAGE)
    assert await readings.noted(ListCases(), by=accused) == [[case.id]]


async def test_a_page_of_cases_is_one_entry_and_ones_own_are_none(readings: Readings) -> None:
    handed = await readings.delivered()
    named = await readings.filed(entitlement_id=handed.entitlement.id)
    hidden = await readings.filed(anonymous=True)
    assert await readings.noted(ListCases()) == [[hidden.id, handed.entitlement.recipient_id]]
    for ask in (ListCases(), ListCaseEvents(case_ids=(named.id,))):
        assert await readings.noted(ask, by=readings.resident) == []


async def test_the_reasons_of_a_correction_are_read_on_the_trail_of_its_recipient(readings: Readings) -> None:
    handed = await readings.delivered()
    wrong = ProposeCorrection(client_id=str(uuid.uuid4()), handover_id=handed.id, reason=CANARY)
    proposed = await readings.scene.call(wrong, readings.scene.officer)
    for ask in (ListCorrections(), GetCorrections(ids=(proposed.id,))):
        assert await readings.noted(ask) == [[handed.entitlement.recipient_id]]


async def test_who_proposes_again_reads_the_note_of_who_decided_on_the_trail(
    readings: Readings, person: Callable[..., Actor]
) -> None:
    handed = await readings.delivered()
    wrong = ProposeCorrection(client_id=str(uuid.uuid4()), handover_id=handed.id, reason=CANARY)
    proposed = await readings.scene.call(wrong, readings.scene.officer)
    assert await readings.noted(wrong, by=readings.scene.officer) == []
    reject = RejectCorrection(correction_id=proposed.id, note=CANARY)
    await readings.scene.call(reject, person("Dewi", APPROVER="32.01"))
    assert await readings.noted(wrong, by=readings.scene.officer) == [[handed.entitlement.recipient_id]]


async def test_a_correction_of_no_known_recipient_is_named_itself(readings: Readings) -> None:
    handed = await readings.delivered()
    wrong = ProposeCorrection(client_id=str(uuid.uuid4()), handover_id=handed.id, reason=CANARY)
    proposed = await readings.scene.call(wrong, readings.scene.officer)
    before = await readings.store[CORRECTIONS].get({"_id": proposed.id})
    await readings.store[CORRECTIONS].put({**before, "concerns": []})
    assert await readings.noted(ListCorrections()) == [[proposed.id]]


async def test_notes_on_alerts_are_read_on_the_trail(readings: Readings) -> None:
    handed = await readings.delivered()
    kept = await readings.store[HANDOVERS].get({"_id": handed.id})
    package = await readings.store[PACKAGES].get({"code": "P-1"})
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
    package = await readings.store[PACKAGES].get({"code": "P-1"})
    alert = await readings.alert(package_alert("package_stolen", package, datetime.now(UTC), "Gone"), None)
    assert len((await readings.scene.call(ListAlerts(), readings.auditor)).nodes) == 1
    for ask in (ListAlerts(), GetAlerts(ids=(alert,))):
        assert await readings.noted(ask) == []


async def test_who_repeats_what_another_did_reads_their_note_on_the_trail(readings: Readings) -> None:
    await readings.delivered()
    package = await readings.store[PACKAGES].get({"code": "P-1"})
    alert = await readings.alert(package_alert("package_stolen", package, datetime.now(UTC), "Gone"), CANARY)
    again = UpdateAlert(alert_id=alert, action="ACKNOWLEDGE")
    assert await readings.noted(again, by=readings.colleague) == [[alert]]
    assert await readings.noted(again, by=readings.supervisor) == []


async def test_why_an_assignment_was_ended_is_read_on_the_trail_of_its_officer(readings: Readings) -> None:
    await readings.scene.open()
    (mine,) = (await readings.scene.call(ListMyAssignments(), readings.scene.officer)).nodes
    assert await readings.noted(ListAssignments(round_id=mine.round_id)) == []
    end = EndAssignment(assignment_id=mine.id, reason=CANARY)
    assert await readings.noted(end, by=readings.supervisor) == []
    named = [[mine.id, readings.scene.officer.id]]
    for ask in (ListAssignments(round_id=mine.round_id), GetAssignments(ids=(mine.id,))):
        assert await readings.noted(ask) == named
    for own in (ListMyAssignments(), GetAssignments(ids=(mine.id,))):
        assert await readings.noted(own, by=readings.scene.officer) == []
        assert [each.end_reason for each in (await readings.scene.call(own, readings.scene.officer)).nodes] == [None]
    assert await readings.noted(end, by=readings.colleague) == named
    assert await readings.noted(end, by=readings.supervisor) == []
