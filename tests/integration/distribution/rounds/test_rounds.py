"""Rounds: opened over an approved roster only, one entitlement a recipient, however often and wherever it stops."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.assignments import GetTallies, ListMyAssignments
from amanah.contracts.errors import Forbidden, NotFound, NotYet, Refused
from amanah.contracts.ids import derived_id, new_id
from amanah.contracts.rounds import ListEntitlements
from services.distribution.assignments.queries.entitlements import list_entitlements
from services.distribution.assignments.queries.schedule import get_tallies, list_my_assignments
from services.distribution.rounds.commands.rounds import create_round, open_round, open_waiting
from services.distribution.rounds.documents import ENTITLEMENTS, ROUNDS
from tests.integration.distribution.scene import Scene

DISTRIBUTION = "distribution.events.v1"


async def test_a_round_is_open_with_one_entitlement_a_recipient(scene: Scene) -> None:
    made = await scene.open(5)
    assert (made.status, made.entitlement_count, made.area) == ("OPEN", 5, "32.01.05")
    assert await scene.store[ENTITLEMENTS].count({"status": "PENDING"}) == 5
    opened = next(e for e in await scene.published(DISTRIBUTION) if "entitlement_count" in e)
    assert [(v["area"], v["count"], v["quantities"]) for v in opened["villages"]] == [
        ("32.01.05.2001", 3, [{"sku": "BERAS-10KG", "quantity": "30"}]),
        ("32.01.05.2002", 2, [{"sku": "BERAS-10KG", "quantity": "20"}]),
    ]


async def test_the_same_round_again_is_the_first_one(scene: Scene) -> None:
    made = await scene.open(3)
    again = await create_round(scene.store, scene.supervisor, scene.round_ask(made.program_id, made.roster_id))
    assert again == made
    later = scene.round_ask(made.program_id, made.roster_id)
    later = later.model_copy(update={"ends_on": later.ends_on + timedelta(days=1)})
    with pytest.raises(Refused) as caught:
        await create_round(scene.store, scene.supervisor, later)
    assert caught.value.code == "name_taken"


async def test_an_approval_that_has_not_come_yet_may_be_waited_for(scene: Scene) -> None:
    program = await scene.program()
    with pytest.raises(NotYet):
        await create_round(scene.store, scene.supervisor, scene.round_ask(program, new_id("ros")))


async def test_an_old_roster_that_nobody_knows_is_not_waited_for_again(scene: Scene) -> None:
    program = await scene.program()
    for roster in ("ros_01m85y3ts20002kjfbcja7cea8", derived_id("ros", "nothing"), "ros_1"):
        with pytest.raises(Refused) as caught:
            await create_round(scene.store, scene.supervisor, scene.round_ask(program, roster))
        assert (type(caught.value), caught.value.code) == (Refused, "roster_not_approved")


async def test_a_roster_elsewhere_is_answered_like_none(scene: Scene) -> None:
    program = await scene.program()
    elsewhere = await scene.approve_roster(program, 2, area="32.02.01")
    with pytest.raises(NotYet):
        await create_round(scene.store, scene.supervisor, scene.round_ask(program, elsewhere.roster_id))


async def test_an_approval_that_comes_meanwhile_is_waited_for(scene: Scene) -> None:
    program = await scene.program()
    scene.store.settings = scene.store.settings.model_copy(update={"roster_wait_s": 5})
    roster = new_id("ros")
    creating = asyncio.create_task(create_round(scene.store, scene.supervisor, scene.round_ask(program, roster)))
    await scene.approve_roster(program, 2, roster_id=roster)
    assert (await creating).status == "OPEN"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"hash": "0" * 64}, "roster_mismatch"), ({"object_key": "nothing here"}, "roster_mismatch"), ({"program": "prg_x"}, "roster_not_for_program")],
)  # fmt: skip
async def test_a_roster_that_is_not_what_was_approved_opens_nothing(
    scene: Scene, changes: dict[str, str], code: str
) -> None:
    program = await scene.program()
    roster = await scene.approve_roster(changes.pop("program", program), 2, **changes)
    with pytest.raises(Refused) as caught:
        await create_round(scene.store, scene.supervisor, scene.round_ask(program, roster.roster_id))
    assert caught.value.code == code
    assert await scene.store[ROUNDS].count({}) == 0


async def test_only_who_manages_the_area_opens_a_round_there(scene: Scene, person: Callable[..., Actor]) -> None:
    program = await scene.program()
    roster = await scene.approve_roster(program, 2)
    with pytest.raises(Forbidden):
        await create_round(
            scene.store, person("Joko", AUDITOR="32", SUPERVISOR="33"), scene.round_ask(program, roster.roster_id)
        )


async def test_opening_goes_on_where_it_was_stopped_and_announces_once(scene: Scene) -> None:
    scene.store.settings = scene.store.settings.model_copy(update={"open_at_once": 0})
    made = await scene.open(6)
    assert (made.status, made.entitlement_count) == ("OPENING", 6)
    round_found = await scene.one(ROUNDS, {"_id": made.id})
    # As if an earlier run had been killed after writing some of them, and two start again at once.
    await asyncio.gather(open_round(scene.store, round_found), open_round(scene.store, round_found))
    assert await open_waiting(scene.store) is False
    assert await scene.store[ENTITLEMENTS].count({}) == 6
    assert (await scene.one(ROUNDS, {"_id": made.id}))["status"] == "OPEN"
    assert len([e for e in await scene.published(DISTRIBUTION) if "entitlement_count" in e]) == 1


async def test_a_waiting_round_is_opened_in_the_background(scene: Scene) -> None:
    scene.store.settings = scene.store.settings.model_copy(update={"open_at_once": 0})
    await scene.open(3)
    assert await open_waiting(scene.store) is True
    assert await scene.store[ENTITLEMENTS].count({}) == 3


async def test_an_officer_sees_their_assignments_progress_and_work(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open(5)
    mine = await list_my_assignments(scene.store, scene.officer, ListMyAssignments())
    assert [a.area for a in mine.nodes] == ["32.01.05"]
    tally = (await get_tallies(scene.store, scene.officer, GetTallies(assignment_ids=(mine.nodes[0].id,)))).nodes[0]
    assert (tally.entitled, tally.delivered, tally.failed, tally.remaining) == (5, 0, 0, 5)

    seen: list[str] = []
    after = None
    while True:
        ask = ListEntitlements(assignment_id=mine.nodes[0].id, status="PENDING", first=2, after=after)
        found = await list_entitlements(scene.store, scene.officer, ask)
        assert found.total == 5
        seen += [e.recipient_id for e in found.nodes]
        if not found.more:
            break
        after = found.cursors[-1]
    assert sorted(seen) == scene.recipients
    assert [str(i.quantity) for i in found.nodes[0].items] == ["10"]

    with pytest.raises(NotFound):
        await list_entitlements(scene.store, scene.other_officer, ask)
    nobody = person("Tuti", OFFICER="32.01.05")
    assert (await list_my_assignments(scene.store, nobody, ListMyAssignments())).nodes == ()


async def test_a_supervisor_sees_the_entitlements_of_their_own_area_only(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    made = await scene.open(5)
    for area, count in (("32.01", 5), ("32.01.05.2001", 3), ("32.01.06", 0), ("33", 0)):
        viewer = person(f"of {area}", SUPERVISOR=area)
        found = await list_entitlements(scene.store, viewer, ListEntitlements(round_id=made.id))
        assert (found.total, len(found.nodes)) == (count, count)


async def test_days_must_be_in_order(scene: Scene) -> None:
    program = await scene.program()
    today = datetime.now(UTC).date()
    ask = scene.round_ask(program, new_id("ros")).model_copy(
        update={"starts_on": today, "ends_on": today - timedelta(1)}
    )
    with pytest.raises(Refused, match="before the first"):
        await create_round(scene.store, scene.supervisor, ask)
