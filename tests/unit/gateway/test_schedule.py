"""Schedules and bundles as frontends see them: history, bounded calls, and a day's work that fits a slow network."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from amanah.contracts.actor import Actor
from amanah.contracts.assignments import (
    AssignmentBundle,
    AssignmentPage,
    AssignmentView,
    BundledEntitlement,
    BundledPackage,
    EndAssignment,
    GetAssignmentBundle,
    GetAssignments,
    ListAssignments,
    ReassignOfficer,
)
from amanah.contracts.message import Item, Location
from amanah.contracts.register import GetRecipients, RecipientPage, RecipientView
from amanah.contracts.rounds import ProgramItem, RoundView
from tests.unit.gateway.conftest import Gateway

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
VILLAGE = "32.01.05.2001"
MINE = AssignmentView(
    id="asg_5nrhcgnq4tr480b2fjmzqb1jyq", officer_id="usr_budi", round_id="rnd_1", area=VILLAGE,
    starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 9), daily_load=40,
)  # fmt: skip
ENDED = MINE.model_copy(
    update={"ended_at": AT, "ended_by": "usr_ratna", "end_reason": "Sakit", "replaced_by": "asg_2", "planned_until": date(2026, 3, 20)}
)  # fmt: skip
ROUND = RoundView(
    id="rnd_1", program_id="prg_1", roster_id="ros_1", name="Tahap 1", status="OPEN", area="32.01.05",
    starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 9), entitlement_count=300,
)  # fmt: skip
GOODS = tuple(
    ProgramItem(sku=sku, name=name, unit=unit, quantity_per_recipient=Decimal(10))
    for sku, name, unit in (("BERAS-10KG", "Beras", "kg"), ("MINYAK-1L", "Minyak goreng", "liter"))
)

BUNDLE = """query ($id: ID!, $since: String) {
  assignmentBundle(assignmentId: $id, since: $since) {
    version complete removedIds
    assignment { id startsOn endsOn dailyLoad area { code name } }
    round { id name startsOn endsOn }
    items { sku name unit quantityPerRecipient }
    packages { code remaining { sku quantity } }
    entitlements {
      id status deliveredAt items { sku quantity }
      recipient { id name address location { latitude longitude } household { number size } }
    }
  }
}"""
HISTORY = """query ($round: ID!, $area: AreaCode) {
  assignments(roundId: $round, area: $area, first: 5) {
    totalCount
    nodes { id officer { name } startsOn endsOn plannedUntil endedAt endReason endedBy { name } replacedById dailyLoad }
  }
}"""
REASSIGN = """mutation ($input: ReassignOfficerInput!) {
  reassignOfficer(input: $input) { assignment { id officer { id } replacesId } userErrors { code field } }
}"""


def person_of(number: int) -> RecipientView:
    """As long a name and address as most have."""
    return RecipientView(
        id=f"rcp_{number:026}", nik="3201********0001", name=f"Siti Nurhasanah binti Abdurrahman {number}",
        birth_date=None, sex=None, address=f"Kp. Cibungbulang Hilir No. {number} RT 003 RW 012, dekat Masjid Al-Ikhlas",
        status="ACTIVE", version=3, area=VILLAGE, household_number="3201********0009", household_size=5,
        location=Location(latitude_e6=-6_587_123 - number, longitude_e6=106_656_789 + number),
    )  # fmt: skip


def a_day(gateway: Gateway, size: int) -> None:
    """Owners of an assignment with so many recipients, each with a parcel of their own."""
    view = AssignmentBundle(
        version="20260302.0123456789ab.19cdcb4b2a0.0123456789abcdef", complete=True, assignment=MINE, round=ROUND,
        items=GOODS,
        packages=tuple(
            BundledPackage(
                code=f"PKT-BGR-2026-{n:05}", remaining=tuple(Item(sku=g.sku, quantity=Decimal(10)) for g in GOODS)
            )
            for n in range(size)
        ),
        entitlements=tuple(
            BundledEntitlement(
                id=f"ent_{n:026}", status="DELIVERED", recipient_id=f"rcp_{n:026}", area=VILLAGE, delivered_at=AT
            )
            for n in range(size)
        ),
    )  # fmt: skip

    def people(ask: GetRecipients) -> RecipientPage:
        return RecipientPage(nodes=tuple(person_of(int(i.removeprefix("rcp_"))) for i in ask.ids))

    gateway.owners.answers[GetAssignmentBundle] = view
    gateway.owners.answers[GetRecipients] = people


async def test_a_day_with_300_recipients_is_under_200_kilobytes(gateway: Gateway, officer: Actor) -> None:
    a_day(gateway, 300)
    response = await gateway.ask(officer, BUNDLE, id=MINE.id)
    assert response["errors"] == []
    found = response["data"]["assignmentBundle"]
    assert (len(found["entitlements"]), len(found["packages"])) == (300, 300)
    assert found["entitlements"][7]["recipient"]["name"].endswith(" 7")
    size = len(json.dumps({"data": response["data"]}, ensure_ascii=False, separators=(",", ":")).encode())
    assert size < 200_000, size


async def test_a_bundle_costs_a_bounded_number_of_calls(gateway: Gateway, officer: Actor) -> None:
    a_day(gateway, 1200)
    await gateway.data(officer, BUNDLE, id=MINE.id, since="x")
    bundle, *people = gateway.owners.asked
    assert bundle == GetAssignmentBundle(assignment_id=MINE.id, since="x")
    recipients = [ask for ask in people if isinstance(ask, GetRecipients)]
    assert [len(ask.ids) for ask in recipients] == [500, 500, 200]
    assert all(ask.own_list for ask in recipients)
    assert recipients == people


async def test_overseers_see_who_was_assigned_and_why_no_longer(gateway: Gateway, supervisor: Actor) -> None:
    gateway.people.known |= {"usr_budi": "Budi", "usr_ratna": "Ratna"}
    gateway.owners.answers[ListAssignments] = AssignmentPage(nodes=(MINE, ENDED), cursors=("b", "a"), total=2)
    data = await gateway.data(supervisor, HISTORY, round="rnd_1", area="32.01.05")
    running, ended = data["assignments"]["nodes"]
    assert (running["endedAt"], running["dailyLoad"]) == (None, 40)
    assert ended == {
        "id": MINE.id, "officer": {"name": "Budi"}, "startsOn": "2026-03-01", "endsOn": "2026-03-09",
        "plannedUntil": "2026-03-20", "endedAt": "2026-03-02T02:30:00.000Z", "endReason": "Sakit",
        "endedBy": {"name": "Ratna"}, "replacedById": "asg_2", "dailyLoad": 40,
    }  # fmt: skip
    assert gateway.people.looked_up == 1
    refused = await gateway.ask(supervisor, HISTORY, round="rnd_1", area="33")
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_work_goes_to_a_known_officer_of_the_area_only(
    gateway: Gateway, supervisor: Actor, officer: Actor
) -> None:
    gateway.owners.answers |= {
        GetAssignments: AssignmentPage(nodes=(MINE,), cursors=(MINE.id,), total=1),
        ReassignOfficer: MINE.model_copy(update={"id": "asg_2", "officer_id": "usr_tuti", "replaces": MINE.id}),
    }
    wanted = {"assignmentId": MINE.id, "officerId": "usr_tuti", "reason": "Sakit"}
    refused = await gateway.data(supervisor, REASSIGN, input=wanted)
    assert refused["reassignOfficer"]["userErrors"] == [{"code": "officer_unknown", "field": "officerId"}]
    assert gateway.people.refusals == [("ReassignOfficer", "officer_unknown")]
    gateway.people.officers["usr_tuti"] = VILLAGE
    data = await gateway.data(supervisor, REASSIGN, input=wanted)
    assert data["reassignOfficer"]["assignment"] == {
        "id": "asg_2",
        "officer": {"id": "usr_tuti"},
        "replacesId": MINE.id,
    }
    denied = await gateway.ask(officer, REASSIGN, input=wanted)
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    empty = await gateway.data(supervisor, REASSIGN, input=wanted | {"reason": ""})
    assert empty["reassignOfficer"]["userErrors"] == [{"code": "invalid", "field": "reason"}]


async def test_an_assignment_ends(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[EndAssignment] = ENDED
    data = await gateway.data(
        supervisor,
        'mutation { endAssignment(input: {assignmentId: "asg_1", reason: "x"}) { assignment { endedAt } userErrors { code } } }',
    )
    assert data["endAssignment"] == {"assignment": {"endedAt": "2026-03-02T02:30:00.000Z"}, "userErrors": []}
