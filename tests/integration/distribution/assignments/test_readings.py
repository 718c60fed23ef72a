"""Reads of why an assignment was ended are on the audit trail."""

from amanah.contracts.assignments import EndAssignment, GetAssignments, ListAssignments, ListMyAssignments
from tests.integration.distribution.readings import CANARY, Readings


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
