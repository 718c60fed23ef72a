"""Assignments keep their history; a device gets its day's work once, and then what changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.assignments import (
    AssignmentBundle,
    AssignmentView,
    AssignOfficer,
    EndAssignment,
    GetAssignmentBundle,
    GetAssignments,
    GetTallies,
    ListAssignments,
    ListMyAssignments,
    ListWork,
    ReassignOfficer,
)
from amanah.contracts.errors import NotFound, NotYet, Refused
from amanah.contracts.handovers.handovers import RecordFailedHandover
from amanah.contracts.message import Location, Request
from amanah.contracts.rounds import EntitlementStatus, ListEntitlements
from amanah.runtime.mongo import Tx
from services.distribution.assignments.commands import assign_officer, end_assignment, reassign_officer
from services.distribution.assignments.documents import ASSIGNMENTS
from services.distribution.assignments.queries.bundles import get_assignment_bundle
from services.distribution.assignments.queries.entitlements import list_entitlements
from services.distribution.assignments.queries.schedule import (
    list_assignments,
    list_my_assignments,
    list_work,
)
from services.distribution.assignments.rules.bundles import OVERLAP
from services.distribution.handovers.commands.failures import record_failed_handover
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS
from tests.integration.distribution.scene import Scene

DISTRICT = "32.01.05"


async def of(scene: Scene, officer: Actor) -> AssignmentView:
    """The officer's newest assignment."""
    found: AssignmentView = (await list_my_assignments(scene.store, officer, ListMyAssignments())).nodes[0]
    return found


async def bundle(scene: Scene, assignment: AssignmentView, since: str | None = None) -> AssignmentBundle:
    ask = GetAssignmentBundle(assignment_id=assignment.id, since=since)
    return await get_assignment_bundle(scene.store, scene.officer, ask)


# ---------------------------------------------------------------- history


async def test_a_reassignment_keeps_both_and_is_judged_by_day(scene: Scene, person: Callable[..., Actor]) -> None:
    made = await scene.open(4)
    await scene.arrived("P-1")
    old, tuti = await of(scene, scene.officer), person("Tuti", OFFICER=DISTRICT)
    ask = ReassignOfficer(assignment_id=old.id, officer_id=tuti.id, reason="Sari sakit")
    new = await reassign_officer(scene.store, scene.supervisor, ask)
    assert await reassign_officer(scene.store, scene.supervisor, ask) == new
    today = datetime.now(UTC).date()
    listed = await list_assignments(scene.store, scene.supervisor, ListAssignments(round_id=made.id))
    was = next(a for a in listed.nodes if a.id == old.id)
    assert (was.planned_until, was.end_reason, was.ended_by) == (old.ends_on, "Sari sakit", scene.supervisor.id)
    assert (was.replaced_by, new.replaces, new.officer_id) == (new.id, old.id, tuti.id)
    assert (was.starts_on, was.ends_on, new.starts_on, new.ends_on) == (old.starts_on, new.starts_on, was.ends_on, old.ends_on)  # fmt: skip
    assert abs(was.ends_on - today) <= timedelta(days=1)
    # What the first officer did while assigned still counts when it comes in late; what comes after does not.
    await scene.answer(scene.officer, await scene.handover(0))
    assert (await scene.answer(tuti, await scene.handover(1, by=tuti))).status == "ACCEPTED"
    await scene.store[ASSIGNMENTS].update({"_id": old.id}, {"$set": {"ends": "2020-01-01"}})
    assert (await scene.refused(await scene.handover(2))).code == "not_assigned"
    # An officer is not told why; the audit log seals it, and no event tells.
    assert (await of(scene, scene.officer)).end_reason is None
    events = [e for e in await scene.published("distribution.events.v1") if e.get("replaced_by") or e.get("replaces")]
    assert [e["assignment_id"] for e in events] == [old.id, new.id]
    assert "sakit" not in str(await scene.store.outbox.pending(1000))


async def test_one_that_has_not_begun_is_handed_over_whole(scene: Scene) -> None:
    await scene.open(2)
    await scene.assign(scene.officer, shift=30)
    coming = await of(scene, scene.officer)
    ask = ReassignOfficer(assignment_id=coming.id, officer_id=scene.other_officer.id, reason="Jadwal")
    new = await reassign_officer(scene.store, scene.supervisor, ask)
    assert (new.starts_on, new.ends_on) == (coming.starts_on, coming.ends_on)
    assert (await of(scene, scene.officer)).ends_on == coming.starts_on - timedelta(days=1)
    # The same days may be assigned again, and ended again.
    await scene.assign(scene.officer, shift=30)
    again = await of(scene, scene.officer)
    assert again.id != coming.id
    ended = await end_assignment(scene.store, scene.supervisor, EndAssignment(assignment_id=again.id, reason="x"))
    assert ended.ended_at is not None
    assert (await end_assignment(scene.store, scene.supervisor, EndAssignment(assignment_id=again.id, reason="y"))) == ended  # fmt: skip


async def test_an_assignment_is_changed_by_who_manages_its_area_while_it_lasts(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    await scene.open(2)
    mine = await of(scene, scene.officer)

    async def code(actor: Actor, **changes: str) -> str:
        fields = {"assignment_id": mine.id, "officer_id": scene.other_officer.id, "reason": "x"} | changes
        with pytest.raises(Refused) as caught:
            await reassign_officer(scene.store, actor, ReassignOfficer(**fields))
        return caught.value.code

    assert await code(scene.supervisor, officer_id=scene.officer.id) == "officer_same"
    assert await code(scene.supervisor, officer_id="rcp_1") == "officer_unknown"
    await scene.store[ASSIGNMENTS].update({"_id": mine.id}, {"$set": {"starts": "2020-01-01", "ends": "2020-01-02"}})
    assert await code(scene.supervisor) == "assignment_over"


async def test_a_daily_load_is_kept_and_goes_with_the_work(scene: Scene) -> None:
    made = await scene.open(2)
    ask = AssignOfficer(
        round_id=made.id, officer_id=scene.officer.id, area="32.01.05.2001", starts_on=made.starts_on,
        ends_on=made.ends_on, daily_load=40,
    )  # fmt: skip
    assigned = await assign_officer(scene.store, scene.supervisor, ask)
    moved = ReassignOfficer(assignment_id=assigned.id, officer_id=scene.other_officer.id, reason="x")
    assert (await reassign_officer(scene.store, scene.supervisor, moved)).daily_load == 40


async def test_overseers_list_their_own_areas_only(scene: Scene, person: Callable[..., Actor]) -> None:
    made = await scene.open(2)
    for area, count in (("32.01", 2), (DISTRICT, 2), ("32.01.05.2001", 0), ("33", 0)):
        viewer = person(f"of {area}", AUDITOR=area)
        found = await list_assignments(scene.store, viewer, ListAssignments(round_id=made.id, first=1))
        assert (found.total, found.more) == (count, count > 1)


async def test_the_work_of_several_assignments_is_one_request(scene: Scene) -> None:
    await scene.open(6)
    for area in ("32.01.05.2001", "32.01.05.2002"):
        await scene.assign(scene.officer, area=area)
    mine = (await list_my_assignments(scene.store, scene.officer, ListMyAssignments())).nodes
    others = (await of(scene, scene.other_officer)).id
    ask = ListWork(assignment_ids=(*(a.id for a in mine), others), status="PENDING", first=2)
    work = {w.assignment_id: w.page for w in (await list_work(scene.store, scene.officer, ask)).nodes}
    assert set(work) == {a.id for a in mine}
    for assignment in mine:
        one = ListEntitlements(assignment_id=assignment.id, status="PENDING", first=2)
        assert work[assignment.id] == await list_entitlements(scene.store, scene.officer, one)
    assert sorted(p.total for p in work.values()) == [3, 3, 6]


# ---------------------------------------------------------------- bundles


async def test_a_bundle_has_everything_then_what_changed(scene: Scene) -> None:
    await scene.open(4)
    await scene.arrived("P-1")
    await scene.package("P-2")
    mine = await of(scene, scene.officer)
    whole = await bundle(scene, mine)
    assert whole.complete
    assert [e.status for e in whole.entitlements] == ["PENDING"] * 4
    assert sorted(e.recipient_id for e in whole.entitlements) == scene.recipients
    # The second package has not arrived: it cannot be handed out from.
    assert [(p.code, str(p.remaining[0].quantity)) for p in whole.packages] == [("P-1", "100")]
    assert (whole.round.name, whole.items[0].sku) == ("Tahap 1", "BERAS-10KG")

    same = await bundle(scene, mine, whole.version)
    assert (same.version, same.complete, same.entitlements) == (whole.version, False, ())

    handed = await scene.answer(scene.officer, await scene.handover(0))
    delta = await bundle(scene, mine, whole.version)
    assert not delta.complete
    assert delta.version != whole.version
    (changed,) = delta.entitlements
    assert (changed.id, changed.status) == (handed.entitlement.id, "DELIVERED")
    assert changed.delivered_at
    assert abs(changed.delivered_at - handed.received_at) < timedelta(milliseconds=1)
    assert str(delta.packages[0].remaining[0].quantity) == "90"
    # Whoever comes by way of deltas has the version of whoever asks for everything.
    assert (await bundle(scene, mine)).version == delta.version
    assert (await bundle(scene, mine, delta.version)).entitlements == ()


async def test_every_way_in_which_an_entitlement_changes_is_in_the_delta(scene: Scene) -> None:
    await scene.open(2)
    mine = await of(scene, scene.officer)
    before = await bundle(scene, mine)
    entitlement = before.entitlements[0].id
    attempt = RecordFailedHandover(
        client_id=str(uuid4()), entitlement_id=entitlement, reason="NOT_AT_HOME", occurred_at=datetime.now(UTC),
        location=Location(latitude_e6=-6_600_000, longitude_e6=106_800_000),
    )  # fmt: skip
    await record_failed_handover(scene.store, scene.officer, attempt)
    after = await bundle(scene, mine, before.version)
    assert [(e.id, e.status) for e in after.entitlements] == [(entitlement, "FAILED")]
    # Whatever the way: the collection itself notes the time.
    kept = await scene.one(ENTITLEMENTS, {"_id": entitlement})
    await scene.store[ENTITLEMENTS].put({**kept, "status": EntitlementStatus.PENDING})
    back = await bundle(scene, mine, after.version)
    assert [(e.id, e.status) for e in back.entitlements] == [(entitlement, "PENDING")]


async def test_a_change_that_is_committed_late_is_not_missed(scene: Scene) -> None:
    await scene.open(3)
    mine = await of(scene, scene.officer)
    whole = await bundle(scene, mine)
    slow, quick, _ = (e.id for e in whole.entitlements)
    seen: list[AssignmentBundle] = []

    async def work(tx: Tx) -> None:
        seen.clear()
        await scene.store[ENTITLEMENTS].update({"_id": slow}, {"$set": {"status": "FAILED"}}, tx=tx)
        # A later change is committed, and a device asks, before this one is.
        await scene.store[ENTITLEMENTS].update({"_id": quick}, {"$set": {"status": "DELIVERED"}})
        seen.append(await bundle(scene, mine, whole.version))

    await scene.store.db.transaction(work)
    assert [e.id for e in seen[0].entitlements] == [quick]
    last = await bundle(scene, mine, seen[0].version)
    assert last.version != seen[0].version
    assert {e.id: e.status for e in last.entitlements} == {slow: "FAILED", quick: "DELIVERED"}


@pytest.mark.parametrize("since", ["", "nonsense", "20200101.abcdef012345.1f.0123456789abcdef", "a.b.c.d", "..-1."])
async def test_an_unknown_or_old_version_is_answered_completely(scene: Scene, since: str) -> None:
    await scene.open(2)
    found = await bundle(scene, await of(scene, scene.officer), since)
    assert (found.complete, len(found.entitlements)) == (True, 2)


async def test_another_schedule_calls_for_everything(scene: Scene) -> None:
    await scene.open(2)
    mine = await of(scene, scene.officer)
    before = await bundle(scene, mine)
    await scene.store[ROUNDS].update({"_id": mine.round_id}, {"$set": {"name": "Tahap 1b"}})
    after = await bundle(scene, mine, before.version)
    assert (after.complete, after.round.name, len(after.entitlements)) == (True, "Tahap 1b", 2)


async def test_an_assignment_that_is_over_is_forgotten(scene: Scene) -> None:
    await scene.open(2)
    mine = await of(scene, scene.officer)
    before = await bundle(scene, mine)
    await scene.store[ASSIGNMENTS].update({"_id": mine.id}, {"$set": {"ends": "2020-01-01"}})
    told = await bundle(scene, mine, before.version)
    assert (told.complete, told.entitlements, told.packages) == (False, (), ())
    assert sorted(told.removed_ids) == sorted(e.id for e in before.entitlements)
    again = await bundle(scene, mine, told.version)
    assert (again.version, again.removed_ids) == (told.version, ())
    fresh = await bundle(scene, mine)
    assert (fresh.complete, fresh.entitlements, fresh.removed_ids) == (True, (), ())


async def test_a_bundle_is_of_ones_own_assignment_and_of_ones_own_areas(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    await scene.open(4)
    theirs = await of(scene, scene.other_officer)
    with pytest.raises(NotFound):
        await bundle(scene, theirs)
    mine = await of(scene, scene.officer)
    narrowed = person("Sari", OFFICER="32.01.05.2001").model_copy(update={"id": scene.officer.id})
    found = await get_assignment_bundle(scene.store, narrowed, GetAssignmentBundle(assignment_id=mine.id))
    assert {e.area for e in found.entitlements} == {"32.01.05.2001"}


async def test_a_bundle_waits_for_its_round_and_ends_somewhere(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open(4)
    mine = await of(scene, scene.officer)
    await scene.store[ROUNDS].update({"_id": mine.round_id}, {"$set": {"status": "OPENING"}})
    with pytest.raises(NotYet):
        await bundle(scene, mine)
    await scene.store[ROUNDS].update({"_id": mine.round_id}, {"$set": {"status": "OPEN"}})
    monkeypatch.setattr("services.distribution.assignments.queries.bundles.BUNDLE_LIMIT", 3)
    with pytest.raises(Refused) as caught:
        await bundle(scene, mine)
    assert caught.value.code == "bundle_too_large"


def test_the_overlap_outlasts_a_transaction_and_clocks_that_differ() -> None:
    # MongoDB ends a transaction after 60 s by default.
    assert timedelta(seconds=60) + 2 * timedelta(seconds=60) <= OVERLAP


async def test_who_oversees_an_area_sees_how_its_assignments_come_along(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    await scene.open(4)
    mine = await of(scene, scene.officer)
    asks: list[Request[Any]] = [
        GetTallies(assignment_ids=(mine.id,)),
        ListWork(assignment_ids=(mine.id,)),
        GetAssignments(ids=(mine.id,)),
    ]
    for viewer, seen in ((scene.supervisor, 1), (scene.other_officer, 0), (person("Joko", SUPERVISOR="33"), 0)):
        for ask in asks:
            assert len((await scene.answer(viewer, ask)).nodes) == seen
