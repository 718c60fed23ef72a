"""GraphQL operations of distribution: the requests to the service, and the GraphQL types over its views."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.assignments import (
    AssignmentPage,
    AssignmentView,
    AssignOfficer,
    GetTallies,
    ListMyAssignments,
    ListWork,
    TalliesAnswer,
    Tally,
    WorkAnswer,
    WorkPage,
)
from amanah.contracts.evidence import GetPhotoLinks, PhotoLink, PhotoLinksAnswer
from amanah.contracts.handovers.handovers import (
    HandoverView,
    ListHandovers,
    RecordFailedHandover,
    RecordHandover,
    SyncAnswer,
    SyncHandovers,
    SyncResult,
)
from amanah.contracts.message import Location, Many
from amanah.contracts.register import GetRecipients, RecipientPage, RecipientView
from amanah.contracts.rounds import (
    CreateProgram,
    CreateRound,
    EntitlementPage,
    GetPrograms,
    GetRounds,
    ProgramItem,
    ProgramsAnswer,
    ProgramView,
    RoundsAnswer,
    RoundView,
)
from tests.unit.gateway.conftest import Gateway
from tests.unit.gateway.views import entitlement, handover

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def assignment(identifier: str, area: str = "32.01.05.2001") -> AssignmentView:
    return AssignmentView(
        id=identifier,
        officer_id="usr_budi",
        round_id="rnd_1",
        area=area,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 9),
    )


ROUND = RoundView(
    id="rnd_1",
    program_id="prg_1",
    roster_id="ros_1",
    name="Tahap 1",
    status="OPEN",
    area="32.01.05",
    starts_on=date(2026, 3, 1),
    ends_on=date(2026, 3, 9),
    entitlement_count=497,
)
PROGRAM = ProgramView(
    id="prg_1",
    code="BPNT",
    name="Sembako",
    items=(ProgramItem(sku="BERAS", name="Beras", unit="kg", quantity_per_recipient=Decimal("10")),),
)
HANDOVERS = """{
  handovers(roundId: "rnd_1", first: 50) { nodes { id receivedBy { name } entitlement { recipient { id name } } } }
}"""
HANDOVER: dict[str, Any] = {
    "clientId": "123e4567-e89b-12d3-a456-426614174000",
    "entitlementId": "ent_1",
    "packageCode": "PKT-1",
    "items": [{"sku": "BERAS", "quantity": "10"}],
    "receivedBy": {"kind": "RECIPIENT"},
    "occurredAt": "2026-03-02T09:30:00+07:00",
    "location": {"latitude": -6.55, "longitude": 106.64, "accuracy": 4.2},
    "photoId": "upl_1",
    "signatureId": "upl_2",
}


def on_duty(gateway: Gateway, assignments: int, each: int) -> None:
    """Owners who know an officer with so many assignments of so many entitlements."""

    def page(assignment_id: str) -> EntitlementPage:
        ids = [f"{assignment_id}-{i}" for i in range(each)]
        nodes = tuple(entitlement(f"ent_{i}", f"rcp_{i}") for i in ids)
        return EntitlementPage(nodes=nodes, cursors=tuple(ids), total=each)

    def work(ask: ListWork) -> WorkAnswer:
        return WorkAnswer(nodes=tuple(WorkPage(assignment_id=i, page=page(i)) for i in ask.assignment_ids))

    def people(ask: GetRecipients) -> RecipientPage:
        shown = {
            "nik": "*", "name": "Siti", "birth_date": None, "sex": None, "address": "", "status": "ACTIVE",
            "version": 1, "area": "32.01.05.2001", "household_number": "*", "household_size": None, "location": None,
        }  # fmt: skip
        found = reversed([RecipientView.model_validate({"id": i, **shown}) for i in ask.ids])
        return RecipientPage(nodes=tuple(found))

    ids = [f"asg_{i}" for i in range(assignments)]
    gateway.owners.answers |= {
        ListMyAssignments: AssignmentPage(nodes=tuple(map(assignment, ids)), cursors=tuple(ids), total=assignments),
        GetRounds: RoundsAnswer(nodes=(ROUND,)),
        GetPrograms: ProgramsAnswer(nodes=(PROGRAM,)),
        GetTallies: lambda ask: TalliesAnswer(
            nodes=tuple(
                Tally(assignment_id=i, entitled=9, delivered=1, failed=0, remaining=8) for i in ask.assignment_ids
            )
        ),
        ListWork: work,
        GetRecipients: people,
    }


async def test_an_officer_sees_assignments_with_progress_and_entitlements(gateway: Gateway, officer: Actor) -> None:
    on_duty(gateway, 1, 1)
    data = await gateway.data(officer, "MyAssignments", first=5)
    (mine,) = data["viewer"]["assignments"]["nodes"]
    assert mine["round"] == {"id": "rnd_1", "name": "Tahap 1"}
    assert mine["area"] == {"code": "32.01.05.2001", "name": "Sukamaju"}
    assert mine["progress"] == {"entitled": 9, "delivered": 1, "failed": 0, "remaining": 8}
    (due,) = mine["entitlements"]["nodes"]
    assert due["items"] == [{"sku": "BERAS", "quantity": "10", "unit": "kg"}]
    assert due["recipient"]["id"] == "rcp_asg_0-0"


async def test_a_page_costs_a_bounded_number_of_calls(gateway: Gateway, officer: Actor) -> None:
    on_duty(gateway, 3, 100)
    data = await gateway.data(officer, "MyAssignments", first=100)
    nodes = [n for a in data["viewer"]["assignments"]["nodes"] for n in a["entitlements"]["nodes"]]
    assert len({n["recipient"]["id"] for n in nodes}) == 300
    # One call for everything, whatever the number of assignments and rows.
    calls = [type(ask).__name__ for ask in gateway.owners.asked]
    assert sorted(calls) == [
        "GetPrograms", "GetRecipients", "GetRounds", "GetTallies", "ListMyAssignments", "ListWork",
    ]  # fmt: skip


def reads(gateway: Gateway) -> list[tuple[str, bool]]:
    """The requests for personal data, each of which is an entry unless it is for a list of the viewer's own."""
    shown = [ask for ask in gateway.owners.asked if ask.shows_people]
    return [(type(ask).__name__, getattr(ask, "own_list", False)) for ask in shown]


async def test_officers_read_their_own_work_and_nobody_elses_as_a_list_of_their_own(
    gateway: Gateway, officer: Actor, person: Person
) -> None:
    on_duty(gateway, 2, 3)
    page = gateway.owners.answers[ListMyAssignments]
    mine, other = (page.nodes[0].model_copy(update={"officer_id": officer.id}), page.nodes[1])
    gateway.owners.answers[ListMyAssignments] = page.model_copy(update={"nodes": (mine, other)})
    await gateway.data(officer, "MyAssignments", first=3)
    assert sorted(reads(gateway)) == [("GetRecipients", False), ("GetRecipients", True)]


async def test_a_page_of_handovers_is_one_reading_a_kind_and_not_one_a_row(gateway: Gateway, supervisor: Actor) -> None:
    on_duty(gateway, 0, 0)
    rows = tuple(
        handover().model_copy(update={"id": f"hov_{n}", "entitlement": entitlement(f"ent_{n}", f"rcp_{n}")})
        for n in range(50)
    )
    gateway.owners.answers[ListHandovers] = Many[HandoverView](
        nodes=rows, cursors=tuple(row.id for row in rows), total=50
    )
    data = await gateway.data(supervisor, HANDOVERS)
    assert len({row["entitlement"]["recipient"]["id"] for row in data["handovers"]["nodes"]}) == 50
    assert reads(gateway) == [("ListHandovers", False), ("GetRecipients", False)]


LINKS = PhotoLinksAnswer(
    nodes=(
        PhotoLink(
            id="hov_1", url="https://s3/p", thumbnail_url="https://s3/t", signature_url="https://s3/s", expires_at=AT
        ),
    )
)


async def test_a_handover_is_passed_on_as_the_device_declared_it(gateway: Gateway, officer: Actor) -> None:
    gateway.owners.answers[RecordHandover] = handover()
    gateway.owners.answers[GetPhotoLinks] = LINKS
    data = await gateway.data(officer, "RecordHandover", input=HANDOVER)
    assert data["recordHandover"] == {
        "handover": {
            "id": "hov_1",
            "status": "ACCEPTED",
            "occurredAt": "2026-03-02T02:30:00.000Z",
            "receivedAt": "2026-03-02T02:30:00.000Z",
            "entitlement": {"id": "ent_1", "status": "DELIVERED"},
            "photo": {
                "id": "evd_1",
                "sha256": "c" * 64,
                "url": "https://s3/p",
                "capturedAt": "2026-03-02T02:30:00.000Z",
                "location": None,
            },
            "flags": [{"code": "far_from_home", "detail": "3 km"}],
        },
        "userErrors": [],
    }
    asked, looked = gateway.owners.asked
    assert looked == GetPhotoLinks(ids=("hov_1",))
    assert isinstance(asked, RecordHandover)
    assert asked.client_id == "123e4567-e89b-12d3-a456-426614174000"
    assert asked.occurred_at == AT
    assert asked.location == Location(latitude_e6=-6_550_000, longitude_e6=106_640_000, accuracy_m=5)


async def test_each_offline_record_has_its_own_result(gateway: Gateway, officer: Actor) -> None:
    first, second = HANDOVER["clientId"], "123e4567-e89b-12d3-a456-426614174001"
    gateway.owners.answers[SyncHandovers] = SyncAnswer(
        results=(
            SyncResult(client_id=str(first), handover=handover()),
            SyncResult(client_id=second, code="already_delivered", field="entitlement_id", message="No."),
        )
    )
    both = [HANDOVER, {**HANDOVER, "clientId": second}]
    data = await gateway.data(officer, "SyncHandovers", input={"handovers": both})
    assert data["syncHandovers"]["results"] == [
        {"clientId": first, "handover": {"id": "hov_1", "status": "ACCEPTED"}, "userErrors": []},
        {
            "clientId": second,
            "handover": None,
            "userErrors": [{"code": "already_delivered", "field": "entitlementId", "message": "No."}],
        },
    ]


async def test_an_offline_record_that_cannot_be_asked_does_not_hold_up_the_others(
    gateway: Gateway, officer: Actor
) -> None:
    gateway.owners.answers[SyncHandovers] = lambda ask: SyncAnswer(
        results=tuple(SyncResult(client_id=h.client_id, handover=handover()) for h in ask.handovers)
    )
    lost = {**HANDOVER, "clientId": HANDOVER["clientId"][:-1] + "9", "location": {"latitude": 91, "longitude": 0}}
    data = await gateway.data(officer, "SyncHandovers", input={"handovers": [lost, HANDOVER, lost]})
    results = data["syncHandovers"]["results"]
    assert [r["clientId"] for r in results] == [lost["clientId"], HANDOVER["clientId"], lost["clientId"]]
    assert [r["handover"] is None for r in results] == [True, False, True]
    assert results[0]["userErrors"][0]["field"] == "location.latitude"


async def test_a_failed_attempt_shows_the_entitlement(gateway: Gateway, officer: Actor) -> None:
    gateway.owners.answers[RecordFailedHandover] = entitlement("ent_1", status="FAILED")
    given = {k: HANDOVER[k] for k in ("clientId", "entitlementId", "occurredAt", "location")}
    data = await gateway.data(officer, "RecordFailedHandover", input={**given, "reason": "NOT_AT_HOME"})
    assert data["recordFailedHandover"]["entitlement"] == {"id": "ent_1", "status": "FAILED"}


@pytest.mark.parametrize("quantity", ["-1", "0.0001"])
async def test_a_quantity_that_nobody_can_hand_over_is_a_user_error(
    gateway: Gateway, officer: Actor, quantity: str
) -> None:
    given = {**HANDOVER, "items": [{"sku": "BERAS", "quantity": quantity}]}
    data = await gateway.data(officer, "RecordHandover", input=given)
    assert [e["code"] for e in data["recordHandover"]["userErrors"]] == ["invalid"]


async def test_programs_and_rounds_are_made(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers |= {CreateProgram: PROGRAM, CreateRound: ROUND}
    item = {"sku": "BERAS", "name": "Beras", "unit": "kg", "quantityPerRecipient": "10"}
    program = await gateway.data(
        supervisor, "CreateProgram", input={"code": "BPNT", "name": "Sembako", "items": [item]}
    )
    assert program["createProgram"]["program"] == {"id": "prg_1", "code": "BPNT", "name": "Sembako", "items": [item]}
    given = {
        "programId": "prg_1", "rosterId": "ros_1", "name": "Tahap 1", "startsOn": "2026-03-01", "endsOn": "2026-03-09",
    }  # fmt: skip
    made = await gateway.data(supervisor, "CreateRound", input=given)
    assert made["createRound"]["round"]["entitlementCount"] == 497
    asked = gateway.owners.asked[1]
    assert isinstance(asked, CreateRound)
    assert asked.starts_on == date(2026, 3, 1)


async def test_an_officer_is_assigned_who_is_known_here(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[AssignOfficer] = assignment("asg_1")
    given = {
        "roundId": "rnd_1", "officerId": "usr_budi", "area": "32.01.05.2001",
        "startsOn": "2026-03-01", "endsOn": "2026-03-09",
    }  # fmt: skip
    refused = await gateway.data(supervisor, "AssignOfficer", input=given)
    (error,) = refused["assignOfficer"]["userErrors"]
    assert (error["code"], error["field"]) == ("officer_unknown", "officerId")
    assert gateway.people.refusals == [("AssignOfficer", "officer_unknown")]
    assert gateway.owners.asked == []

    gateway.people.known["usr_budi"] = "Budi"
    gateway.people.officers["usr_budi"] = "32.01.05.2001"
    data = await gateway.data(supervisor, "AssignOfficer", input=given)
    assert data["assignOfficer"]["assignment"] == {
        "id": "asg_1",
        "officer": {"id": "usr_budi", "name": "Budi"},
        "area": {"code": "32.01.05.2001"},
    }


async def test_who_may_not_assign_learns_nothing_about_officers(gateway: Gateway, officer: Actor) -> None:
    given = {
        "roundId": "rnd_1", "officerId": "usr_nobody", "area": "32.01.05.2001",
        "startsOn": "2026-03-01", "endsOn": "2026-03-09",
    }  # fmt: skip
    response = await gateway.ask(officer, "AssignOfficer", input=given)
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
