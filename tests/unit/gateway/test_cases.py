"""Cases and alerts in GraphQL: what the owners are asked, and that a page costs a bounded number of calls."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertPage, AlertView, GetAlerts, ListAlerts, UpdateAlert
from amanah.contracts.cases import (
    CaseEventView,
    CaseHistories,
    CaseHistory,
    CasesAnswer,
    CaseView,
    ContactView,
    FileComplaint,
    GetCases,
    ListCaseEvents,
    ListCases,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.errors import Refused
from amanah.contracts.rounds import EntitlementPage, EntitlementView, GetEntitlements
from amanah.contracts.sms import ConfirmationCode, ConfirmationCodes, ListConfirmationCodes
from tests.unit.gateway.conftest import Gateway

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
UUID = "123e4567-e89b-12d3-a456-426614174000"
VILLAGE = "32.01.05.2001"


def view(number: int = 0, **changes: Any) -> CaseView:
    """A case as its owner shows it."""
    fields: dict[str, Any] = {
        "id": f"cas_{number}", "reference": f"ADU-2611-00000{number}", "kind": "NOT_RECEIVED", "channel": "APP",
        "status": "OPEN", "level": "VILLAGE", "area": VILLAGE, "round_id": "rnd_1", "opened_at": AT, "due_at": AT,
        "overdue": False, "subject_id": f"ent_{number}", "assignee_id": None, "anonymous": False, "text": "x",
        "has_contact": False, "attachments": 0,
    }  # fmt: skip
    return CaseView(**fields | changes)


@pytest.fixture
def resident(person: Callable[..., Actor]) -> Actor:
    """A recipient."""
    return person("Warga", RECIPIENT=VILLAGE)


async def test_anybody_may_complain(gateway: Gateway, resident: Actor) -> None:
    gateway.owners.answers[FileComplaint] = view()
    given = {"clientId": UUID, "kind": "NOT_RECEIVED", "text": "belum", "area": VILLAGE, "anonymous": True}
    data = await gateway.data(resident, "FileComplaint", input=given)
    assert data["fileComplaint"]["case"]["reference"] == "ADU-2611-000000"
    (asked,) = gateway.owners.asked
    assert isinstance(asked, FileComplaint)
    assert (asked.client_id, asked.anonymous, asked.area, asked.attachment_ids) == (UUID, True, VILLAGE, ())


@pytest.mark.parametrize(
    ("changes", "field"), [({"text": ""}, "text"), ({"text": "x" * 4001}, "text"), ({"kind": "ALERT"}, "kind")]
)
async def test_what_the_contract_does_not_take(
    gateway: Gateway, resident: Actor, changes: dict[str, str], field: str
) -> None:
    given = {"clientId": UUID, "kind": "OTHER", "text": "x", "area": VILLAGE} | changes
    payload = (await gateway.data(resident, "FileComplaint", input=given))["fileComplaint"]
    assert payload["case"] is None
    assert [(e["code"], e["field"]) for e in payload["userErrors"]] == [("invalid", field)]
    assert gateway.owners.asked == []


async def test_an_assignee_must_be_known(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[UpdateCase] = view(status="ASSIGNED", assignee_id="usr_budi")
    given = {"caseId": "cas_0", "action": "ASSIGN", "assigneeId": "usr_budi"}
    payload = (await gateway.data(supervisor, "UpdateCase", input=given))["updateCase"]
    assert [(e["code"], e["field"]) for e in payload["userErrors"]] == [("assignee_unknown", "assigneeId")]
    assert gateway.people.refusals == [("UpdateCase", "assignee_unknown")]
    assert gateway.owners.asked == []
    gateway.people.known["usr_budi"] = "Budi"
    payload = (await gateway.data(supervisor, "UpdateCase", input=given))["updateCase"]
    assert payload == {
        "case": {"id": "cas_0", "status": "ASSIGNED", "level": "VILLAGE", "assignee": {"name": "Budi"}},
        "userErrors": [],
    }


async def test_a_refusal_is_a_user_error(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[UpdateCase] = Refused("note_missing", "note")
    payload = (await gateway.data(supervisor, "UpdateCase", input={"caseId": "cas_0", "action": "RESOLVE"}))[
        "updateCase"
    ]
    assert [(e["code"], e["field"]) for e in payload["userErrors"]] == [("note_missing", "note")]


async def test_recipients_change_no_case_and_it_is_on_the_trail(gateway: Gateway, resident: Actor) -> None:
    response = await gateway.ask(resident, "UpdateCase", input={"caseId": "cas_0", "action": "RESOLVE", "note": "x"})
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Warga", "UpdateCase")]


def page_of(gateway: Gateway, size: int) -> None:
    """A page of cases with histories and subjects."""
    gateway.owners.answers |= {
        ListCases: CasesAnswer(
            nodes=tuple(view(n) for n in range(size)), cursors=tuple(f"cas_{n}" for n in range(size)), total=size
        ),
        ListCaseEvents: lambda ask: CaseHistories(
            nodes=tuple(
                CaseHistory(
                    case_id=case_id, total=2, cursors=("1", "2"),
                    nodes=(
                        CaseEventView(at=AT, by_id=None, action="FILE", level="VILLAGE", note=None),
                        CaseEventView(at=AT, by_id="system", action="ESCALATE", level="DISTRICT", note="late"),
                    ),
                )
                for case_id in ask.case_ids
            )
        ),
        GetEntitlements: lambda ask: EntitlementPage(
            nodes=tuple(
                EntitlementView(
                    id=i, round_id="rnd_1", recipient_id="rcp_1", area=VILLAGE, status="DELIVERED", items=()
                )
                for i in ask.ids
            )
        ),
    }  # fmt: skip


async def test_a_page_of_a_hundred_costs_what_a_page_of_one_costs(gateway: Gateway, supervisor: Actor) -> None:
    page_of(gateway, 100)
    data = await gateway.data(supervisor, "Cases", first=100, filter={"area": "32.01", "overdue": True})
    assert [type(ask) for ask in gateway.owners.asked] == [
        ListCases, GetEntitlements, ListCaseEvents,
    ] or [type(ask) for ask in gateway.owners.asked] == [
        ListCases, ListCaseEvents, GetEntitlements,
    ]  # fmt: skip
    first = data["cases"]["nodes"][0]
    assert first["subject"] == {"__typename": "Entitlement"}
    assert [(e["action"], e["by"]) for e in first["events"]["nodes"]] == [
        ("FILE", None), ("ESCALATE", {"name": "Amanah"}),
    ]  # fmt: skip


async def test_authors_read_their_cases_without_being_denied_the_subject(gateway: Gateway, resident: Actor) -> None:
    page_of(gateway, 1)
    data = await gateway.data(resident, "Cases")
    assert data["cases"]["nodes"][0]["subject"] is None
    assert gateway.people.denials == []


async def test_an_alert_becomes_a_case(gateway: Gateway, supervisor: Actor) -> None:
    alert = AlertView(
        id="alr_1", rule="far_from_home", severity="HIGH", at=AT, area=VILLAGE, detail="3 km", subject_type="Handover",
        subject_id="hov_1", status="ESCALATED", case_id="cas_1", note="Ask.", handled_by="usr_ratna",
    )  # fmt: skip
    gateway.owners.answers |= {
        UpdateAlert: alert,
        GetCases: CasesAnswer(nodes=(view(1),)),
    }
    gateway.people.known["usr_ratna"] = "Ratna"
    data = await gateway.data(
        supervisor,
        "mutation ($input: UpdateAlertInput!) { updateAlert(input: $input) "
        "{ alert { id status note handledBy { name } case { reference } } userErrors { code } } }",
        input={"alertId": "alr_1", "action": "ESCALATE", "note": "Ask."},
    )
    assert data["updateAlert"]["alert"] == {
        "id": "alr_1", "status": "ESCALATED", "note": "Ask.", "handledBy": {"name": "Ratna"},
        "case": {"reference": "ADU-2611-000001"},
    }  # fmt: skip


@pytest.mark.parametrize(("prefix", "kind"), [("cas", "Case"), ("alr", "Alert")])
async def test_cases_and_alerts_are_found_by_id(gateway: Gateway, supervisor: Actor, prefix: str, kind: str) -> None:
    gateway.owners.answers |= {
        GetCases: CasesAnswer(nodes=(view(1),)),
        GetAlerts: AlertPage(
            nodes=(
                AlertView(
                    id="alr_1", rule="x", severity="LOW", at=AT, area=VILLAGE, detail="", subject_type="Package",
                    subject_id="pkg_1", status="OPEN",
                ),
            )
        ),
    }  # fmt: skip
    data = await gateway.data(supervisor, "query ($id: ID!) { node(id: $id) { __typename id } }", id=f"{prefix}_1")
    assert data["node"] == {"__typename": kind, "id": f"{prefix}_1"}


async def test_an_alert_about_the_log_is_the_nation_s_and_has_no_subject_to_show(
    gateway: Gateway, person: Callable[..., Actor]
) -> None:
    alert = AlertView(
        id="alr_1", rule="log_forked", severity="CRITICAL", at=AT, area="ID", detail="A witness.", subject_type="Log",
        subject_id="amanah.local/log", status="OPEN",
    )  # fmt: skip
    gateway.owners.answers[ListAlerts] = AlertPage(nodes=(alert,), cursors=("c",), total=1)
    query = "{ alerts { nodes { rule severity detail area { code name } subject { __typename } } } }"
    data = await gateway.data(person("Budi", AUDITOR="ID"), query)
    assert data["alerts"]["nodes"] == [
        {
            "rule": "log_forked", "severity": "CRITICAL", "detail": "A witness.",
            "area": {"code": "ID", "name": "Indonesia"}, "subject": None,
        }
    ]  # fmt: skip


async def test_codes_are_for_supervisors_within_their_area(
    gateway: Gateway, supervisor: Actor, resident: Actor
) -> None:
    gateway.owners.answers[ListConfirmationCodes] = ConfirmationCodes(
        nodes=(ConfirmationCode(entitlement_id="ent_1", code="7K3M-9QW2-X1C"),), cursors=("c",), total=1
    )
    query = 'query ($area: AreaCode!) { confirmationCodes(roundId: "rnd_1", area: $area) { nodes { code } } }'
    data = await gateway.data(supervisor, query, area=VILLAGE)
    assert data["confirmationCodes"]["nodes"] == [{"code": "7K3M-9QW2-X1C"}]
    for viewer, area in ((resident, VILLAGE), (supervisor, "32.02")):
        response = await gateway.ask(viewer, query, area=area)
        assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_contact_is_asked_for_with_a_reason(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[RevealContact] = ContactView(contact="0812")
    query = "mutation ($input: RevealCaseContactInput!) { revealCaseContact(input: $input) { contact userErrors { code field } } }"
    data = await gateway.data(supervisor, query, input={"caseId": "cas_1", "reason": "to call them"})
    assert data["revealCaseContact"] == {"contact": "0812", "userErrors": []}
    data = await gateway.data(supervisor, query, input={"caseId": "cas_1", "reason": ""})
    assert data["revealCaseContact"]["userErrors"] == [{"code": "invalid", "field": "reason"}]
