"""Records are reversed by two people and never deleted; a failed or reversed handover may be made again."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import EVIDENCE, ORIGINALS
from amanah.contracts.corrections import (
    ApproveCorrection,
    CorrectionView,
    ListCorrections,
    ProposeCorrection,
    RejectCorrection,
    ReopenEntitlement,
)
from amanah.contracts.custody.packages import ListPackageHistory
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.handovers.handovers import GetHandovers, HandoverView, RecordFailedHandover, SyncHandovers
from services.distribution.corrections.commands.corrections import (
    approve_correction,
    reject_correction,
)
from services.distribution.corrections.commands.reopening import reopen_entitlement
from services.distribution.corrections.documents import CORRECTIONS
from services.distribution.corrections.queries import list_corrections
from services.distribution.custody.documents import PACKAGES
from services.distribution.custody.queries.packages import list_package_history
from services.distribution.handovers.commands.failures import record_failed_handover
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.handovers.queries.handovers import get_handovers
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.distribution.scene import Scene

DISTRIBUTION, AUDIT = "distribution.events.v1", "audit.entries.v1"
REASON = "Canary: given to the neighbour by mistake."


@pytest.fixture
def approver(person: Callable[..., Actor]) -> Actor:
    """An approver, who may decide."""
    return person("Dewi", APPROVER="32.01")


async def delivered(scene: Scene, number: int = 0) -> HandoverView:
    """A handover that stands."""
    return await scene.answer(scene.officer, await scene.handover(number))


async def proposed(scene: Scene, handover: HandoverView, by: Actor | None = None, **more: Any) -> CorrectionView:
    """A correction that waits."""
    ask = ProposeCorrection(client_id=str(uuid.uuid4()), handover_id=handover.id, reason=REASON, **more)
    return await scene.answer(by or scene.officer, ask)


async def approved(scene: Scene, correction: CorrectionView, by: Actor) -> CorrectionView:
    """The correction, approved."""
    return await approve_correction(
        scene.store, by, ApproveCorrection(correction_id=correction.id, note="Seen in the field.", authority="BA 7")
    )


async def reopened(scene: Scene, entitlement_id: str) -> str:
    """The status of the entitlement once it is reopened."""
    ask = ReopenEntitlement(entitlement_id=entitlement_id, reason="The recipient was found.")
    return (await reopen_entitlement(scene.store, scene.supervisor, ask)).status


async def refusal(doing: Awaitable[object]) -> str:
    """The code with which it is refused."""
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value.code


async def left(scene: Scene) -> tuple[int, int]:
    """The quantity handed out of P-1, and the quantity left in it."""
    package = await scene.one(PACKAGES, {"code": "P-1"})
    return package["contents"][0]["handed"], package["contents"][0]["left"]


async def test_an_approved_correction_reverses_the_handover_and_deletes_nothing(scene: Scene, approver: Actor) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    photo = await scene.upload(await scene.store.objects.get(EVIDENCE, f"{got.photo.id}.served.jpg"))
    waiting = await proposed(scene, got, evidence_ids=(photo,))
    assert (waiting.status, waiting.evidence_count, waiting.reason) == ("PROPOSED", 1, REASON)
    (still,) = (await get_handovers(scene.store, scene.supervisor, GetHandovers(ids=(got.id,)))).nodes
    assert still.status == "ACCEPTED", "a proposal changes nothing"
    done = await approved(scene, waiting, approver)
    assert (done.status, done.decided_by, done.decision_authority) == ("APPROVED", "Dewi", "BA 7")
    (now,) = (await get_handovers(scene.store, scene.supervisor, GetHandovers(ids=(got.id,)))).nodes
    assert (now.status, now.entitlement.status) == ("REVERSED", "REVERSED")
    assert await scene.store.objects.list(ORIGINALS, f"{got.photo.id}.original") == [f"{got.photo.id}.original"]
    assert await left(scene) == (0, 100_000)
    history = await list_package_history(scene.store, scene.supervisor, ListPackageHistory(code="P-1"))
    assert [(n.step, [str(q.quantity) for q in n.quantities]) for n in history.nodes][1:] == [
        ("dispensing", ["10"]),
        ("reversing", ["10"]),
    ]
    event = next(e for e in await scene.published(DISTRIBUTION) if "reversed_at" in e)
    assert (event["handover_id"], event["was_disputed"]) == (got.id, False)
    assert event["items"] == [{"sku": "BERAS-10KG", "quantity": "10"}]
    actions = [e["action"] for e in await scene.published(AUDIT)]
    assert actions[-2:] == ["distribution:correction:propose", "distribution:correction:approve"]
    assert "Canary" not in repr(await scene.store.outbox.pending(1000)) + repr(await scene.store[CORRECTIONS].list({}))


async def test_four_eyes_decide(scene: Scene, approver: Actor, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    both = person("Sari", OFFICER="32.01.05", SUPERVISOR="32.01", APPROVER="32.01")
    got = await delivered(scene)
    own = await proposed(scene, got, by=both)
    assert await refusal(approved(scene, own, both)) == "same_person"
    await reject_correction(scene.store, approver, RejectCorrection(correction_id=own.id, note="It is right."))
    theirs = await proposed(scene, got, by=scene.supervisor)
    assert await refusal(approved(scene, theirs, scene.supervisor)) == "same_person"
    assert await refusal(approved(scene, theirs, both)) == "same_person", "who recorded it does not decide either"
    with pytest.raises(NotFound):
        await approved(scene, theirs, person("Tono", APPROVER="32.02"))
    with pytest.raises(Forbidden):
        await approved(scene, theirs, scene.other_officer)
    assert (await scene.one(HANDOVERS, {"_id": got.id}))["status"] == "ACCEPTED"
    assert (await approved(scene, theirs, approver)).status == "APPROVED"
    assert (await approved(scene, theirs, approver)).status == "APPROVED", "a repeat answers the first"
    again = approved(scene, theirs, person("Rini", APPROVER="32"))
    assert await refusal(again) == "correction_decided"
    assert await left(scene) == (0, 100_000), "and gives nothing back twice"


async def test_one_correction_waits_at_a_time_and_the_same_client_id_is_the_same_one(
    scene: Scene, approver: Actor
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    ask = ProposeCorrection(client_id=str(uuid.uuid4()), handover_id=got.id, reason=REASON)
    outcomes = await asyncio.gather(*(scene.answer(scene.officer, ask) for _ in range(4)))
    assert len({o.id for o in outcomes}) == 1
    assert await refusal(proposed(scene, got)) == "correction_open"
    rejected = RejectCorrection(correction_id=outcomes[0].id)
    assert (await reject_correction(scene.store, approver, rejected)).status == "REJECTED"
    second = await proposed(scene, got)
    await approved(scene, second, approver)
    assert await refusal(proposed(scene, got)) == "handover_reversed"
    assert await refusal(proposed(scene, got.model_copy(update={"id": "hov_nothing"}))) == "handover_unknown"
    assert await scene.store[CORRECTIONS].count({}) == 2


async def test_a_proposal_that_is_refused_keeps_no_picture(scene: Scene, photo: Callable[[int], bytes]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    await proposed(scene, got)
    before = await scene.kept()
    picture = await scene.upload(photo(5))
    assert await refusal(proposed(scene, got, evidence_ids=(picture,))) == "correction_open"
    assert await refusal(proposed(scene, got, evidence_ids=("upl_none",))) == "upload_unknown"
    assert await scene.kept() == before


async def test_corrections_are_seen_by_those_of_the_area(
    scene: Scene, approver: Actor, person: Callable[..., Actor]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    await proposed(scene, got)
    for area, count in (("32.01.05.2001", 1), ("32.01.05.2002", 0), ("ID", 1)):
        found = await list_corrections(scene.store, person(f"of {area}", AUDITOR=area), ListCorrections())
        assert (len(found.nodes), found.total) == (count, count)
    waiting = await list_corrections(scene.store, approver, ListCorrections(status="PROPOSED", handover_id=got.id))
    assert [c.proposed_by for c in waiting.nodes] == ["Sari"]
    assert (await list_corrections(scene.store, approver, ListCorrections(status="APPROVED"))).nodes == ()


async def test_reversed_and_reopened_it_is_handed_over_again_exactly_once(scene: Scene, approver: Actor) -> None:
    await scene.open()
    await scene.arrived("P-1")
    first = await delivered(scene)
    assert await refusal(reopened(scene, first.entitlement.id)) == "entitlement_not_reopenable"
    await approved(scene, await proposed(scene, first), approver)
    assert await refusal(delivered(scene)) == "entitlement_not_pending"
    again = await asyncio.gather(*(reopened(scene, first.entitlement.id) for _ in range(4)))
    assert again == ["PENDING"] * 4
    reopenings = [e for e in await scene.published(DISTRIBUTION) if "was" in e]
    assert [(e["was"], e["entitlement_id"]) for e in reopenings] == [("REVERSED", first.entitlement.id)]

    devices = [scene.officer, scene.other_officer]
    evidence = [await scene.handover(by=officer) for officer in devices]

    async def attempt(number: int) -> str:
        """One of two devices tries, at the door or by what it stored offline."""
        ask = evidence[number % 2].model_copy(update={"client_id": str(uuid.uuid4())})
        if number % 4 < 2:
            batch = await scene.answer(devices[number % 2], SyncHandovers(handovers=(ask,)))
            return batch.results[0].code or "ACCEPTED"
        try:
            return (await scene.answer(devices[number % 2], ask)).status
        except Refused as refused:
            return refused.code

    outcomes = await asyncio.gather(*(attempt(n) for n in range(64)))
    assert sorted(outcomes) == ["ACCEPTED"] + ["already_delivered"] * 63
    standing = await scene.store[HANDOVERS].list({"entitlement": first.entitlement.id, "status": "ACCEPTED"})
    assert len(standing) == 1
    assert await scene.store[HANDOVERS].count({"entitlement": first.entitlement.id}) == 2
    assert await left(scene) == (10_000, 90_000)


async def test_reversals_and_handovers_at_once_leave_one_that_stands_at_most(scene: Scene, approver: Actor) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    waiting = await proposed(scene, got)

    async def quietly(doing: Awaitable[object]) -> None:
        try:
            await doing
        except Refused:
            return

    async def deliver() -> None:
        await scene.answer(scene.other_officer, await scene.handover(by=scene.other_officer))

    await asyncio.gather(
        *(quietly(approved(scene, waiting, approver)) for _ in range(3)),
        *(quietly(reopened(scene, got.entitlement.id)) for _ in range(3)),
        *(quietly(deliver()) for _ in range(6)),
    )
    handovers = await scene.store[HANDOVERS].list({"entitlement": got.entitlement.id})
    standing = [h for h in handovers if h["status"] == "ACCEPTED"]
    entitlement = await scene.one(ENTITLEMENTS, {"_id": got.entitlement.id})
    assert len(standing) == (1 if entitlement["status"] == "DELIVERED" else 0)
    assert await left(scene) == (10_000 * len(standing), 100_000 - 10_000 * len(standing))


async def test_a_disputed_handover_is_reversed_like_any_other(scene: Scene, approver: Actor) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await delivered(scene)
    await scene.store[HANDOVERS].update({"_id": got.id}, {"$set": {"status": "DISPUTED"}})
    await approved(scene, await proposed(scene, got), approver)
    event = next(e for e in await scene.published(DISTRIBUTION) if "reversed_at" in e)
    assert event["was_disputed"] is True, "so that figures of disputes can be set right"


async def test_a_failed_attempt_may_be_made_again_once_a_supervisor_says_so(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    failed = RecordFailedHandover(
        client_id=str(uuid.uuid4()), entitlement_id=ask.entitlement_id, reason="NOT_AT_HOME",
        occurred_at=ask.occurred_at, location=ask.location,
    )  # fmt: skip
    await record_failed_handover(scene.store, scene.officer, failed)
    event = next(e for e in await scene.published(DISTRIBUTION) if "reason" in e)
    assert (event["reason"], event["recipient_id"]) == ("NOT_AT_HOME", scene.recipients[0])
    assert (await scene.refused(ask)).code == "entitlement_not_pending"
    with pytest.raises(Forbidden):
        await reopen_entitlement(
            scene.store, scene.officer, ReopenEntitlement(entitlement_id=ask.entitlement_id, reason="I say so.")
        )
    assert await reopened(scene, ask.entitlement_id) == "PENDING"
    reopenings = [e for e in await scene.published(DISTRIBUTION) if "was" in e]
    assert [e["was"] for e in reopenings] == ["FAILED"]
    assert (await scene.answer(scene.officer, ask)).status == "ACCEPTED"
    with pytest.raises(NotFound):
        await reopened(scene, "ent_nothing")
