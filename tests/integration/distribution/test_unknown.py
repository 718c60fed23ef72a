"""Ids that name nothing, or nothing that the actor may see: one rule for all commands, and the same answer for both.

What a command is about is not found; what it refers to is a refusal that names the field (docs/guide/errors.md).
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.assignments import AssignOfficer, EndAssignment, ReassignOfficer
from amanah.contracts.corrections import ApproveCorrection, ProposeCorrection, RejectCorrection, ReopenEntitlement
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import CreatePackages, NewPackage
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.evidence import RevealOriginal
from amanah.contracts.ids import new_id
from amanah.contracts.message import Request
from amanah.contracts.rounds import CreateRound, SetThresholds, ThresholdChanges
from amanah.contracts.sms import ListConfirmationCodes
from services.distribution.assignments.documents import ASSIGNMENTS
from tests.integration.distribution.scene import Scene

DAY = date(2026, 11, 24)
WHY = "It was not so at all."


@pytest.fixture
def stranger(person: Callable[..., Actor]) -> Actor:
    """An actor who may do everything, elsewhere."""
    everywhere_else = {"SUPERVISOR": "33", "APPROVER": "33", "AUDITOR": "33"}
    return person("Joko", **everywhere_else)


async def answer(scene: Scene, actor: Actor, ask: Request[Any]) -> tuple[str, str | None]:
    """The code and the field of the answer to the actor."""
    handler: Callable[..., Awaitable[Any]] = scene.handlers[type(ask)]
    with pytest.raises((NotFound, Refused)) as caught:
        await handler(scene.store, actor, ask)
    return caught.value.code, caught.value.field


async def test_what_a_command_is_about_is_not_found(scene: Scene, stranger: Actor) -> None:
    await scene.open(2)
    await scene.arrived("P-1")
    ask = await scene.handover(0)
    got = await scene.answer(scene.officer, ask)
    proposal = ProposeCorrection(client_id="c-1", handover_id=got.id, reason=WHY)
    correction = await scene.answer(scene.supervisor, proposal)
    assignment = await scene.one(ASSIGNMENTS, {"officer": scene.officer.id})
    asks: list[tuple[Callable[[str], Request[Any]], str]] = [
        (lambda i: ApproveCorrection(correction_id=i), correction.id),
        (lambda i: RejectCorrection(correction_id=i), correction.id),
        (lambda i: ReopenEntitlement(entitlement_id=i, reason=WHY), ask.entitlement_id),
        (lambda i: EndAssignment(assignment_id=i, reason=WHY), assignment["_id"]),
        (
            lambda i: ReassignOfficer(assignment_id=i, officer_id=scene.other_officer.id, reason=WHY),
            assignment["_id"],
        ),
        (lambda i: RevealOriginal(handover_id=i, reason=WHY), got.id),
    ]
    for make, existing in asks:
        assert await answer(scene, stranger, make(existing)) == ("not_found", None), make(existing)
        assert await answer(scene, stranger, make("x_nothing")) == ("not_found", None), make(existing)
    threshold = ThresholdChanges(low_accuracy_m=60)
    unknown = SetThresholds(program_id=new_id("prg"), thresholds=threshold)
    assert await answer(scene, scene.supervisor, unknown) == ("not_found", None)


async def test_what_a_command_refers_to_is_refused_by_its_field(scene: Scene, person: Callable[..., Actor]) -> None:
    made = await scene.open(2)
    elsewhere = person("Joko", SUPERVISOR="33")
    package = NewPackage(code="P-9", area="33.01", contents=())
    asks: list[Callable[[str], Request[Any]]] = [
        lambda i: AssignOfficer(round_id=i, officer_id=scene.officer.id, area="33.01", starts_on=DAY, ends_on=DAY),
        lambda i: CreatePackages(round_id=i, packages=(package,)),
        lambda i: IssuePackageCodes(round_id=i, count=1, scheme="OWN"),
        lambda i: MakePackageLabels(round_id=i, codes=("P-9",)),
    ]
    for make in asks:
        for round_id in (made.id, new_id("rnd")):
            assert await answer(scene, elsewhere, make(round_id)) == ("round_unknown", "roundId"), make(round_id)
    unknown = ProposeCorrection(client_id="c-2", handover_id=new_id("hov"), reason=WHY)
    assert await answer(scene, elsewhere, unknown) == ("handover_unknown", "handoverId")
    no_program = CreateRound(
        program_id=new_id("prg"), roster_id=new_id("ros"), name="Tahap 1", starts_on=DAY, ends_on=DAY
    )
    assert await answer(scene, elsewhere, no_program) == ("program_unknown", "programId")
    codes = ListConfirmationCodes(round_id=made.id, area="33.01")
    assert await answer(scene, elsewhere, codes) == ("not_found", None), "a question finds nothing"
