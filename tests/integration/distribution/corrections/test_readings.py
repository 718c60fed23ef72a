"""Reads of the reasons and notes of corrections are on the audit trail."""

import uuid
from collections.abc import Callable

from amanah.contracts.actor import Actor
from amanah.contracts.corrections import GetCorrections, ListCorrections, ProposeCorrection, RejectCorrection
from services.distribution.corrections.documents import CORRECTIONS
from tests.integration.distribution.readings import CANARY, Readings


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
    before = await readings.scene.one(CORRECTIONS, {"_id": proposed.id})
    await readings.store[CORRECTIONS].put({**before, "concerns": []})
    assert await readings.noted(ListCorrections()) == [[proposed.id]]
