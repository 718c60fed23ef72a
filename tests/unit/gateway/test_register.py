"""GraphQL operations of the register: the requests to the service, and the GraphQL types over its views."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound, NotYet, Refused, Unavailable, error_text
from amanah.contracts.imports import (
    ApproveImport,
    CreateListUpload,
    GetImports,
    ImportRecipients,
    ImportsAnswer,
    ImportView,
    ListProblems,
    ProblemPage,
    RowProblem,
)
from amanah.contracts.message import Location
from amanah.contracts.recipients import By
from amanah.contracts.register import (
    FieldChange,
    GetRecipients,
    ListRecipients,
    ListVersions,
    RecipientPage,
    RecipientView,
    RevealedNik,
    RevealNik,
    VersionPage,
    VersionView,
)
from amanah.contracts.rosters import ApproveRoster, ProposeRoster, RosterView
from amanah.contracts.rounds import GetPrograms, ProgramsAnswer, ProgramView
from amanah.contracts.uploads import Header, Upload
from tests.unit.gateway.conftest import Gateway

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
def registrar(person: Person) -> Actor:
    return person("Rina", REGISTRAR="32.01")


def recipient(identifier: str = "rcp_1", **more: Any) -> RecipientView:
    shown = {
        "id": identifier,
        "nik": "3275********0001",
        "name": "Siti",
        "birth_date": date(1980, 1, 31),
        "sex": "FEMALE",
        "address": "Jl. Melati 1",
        "status": "ACTIVE",
        "version": 2,
        "area": "32.01.05.2001",
        "household_number": "3275********0009",
        "household_size": 4,
        "location": Location(latitude_e6=-6_550_000, longitude_e6=106_640_123),
    }
    return RecipientView.model_validate(shown | more)


async def test_recipients_are_shown_with_area_household_and_degrees(gateway: Gateway, registrar: Actor) -> None:
    page = RecipientPage(nodes=(recipient(),), cursors=("c1",), total=41, more=True)
    gateway.owners.answers[ListRecipients] = page
    data = await gateway.data(registrar, "Recipients", filter={"area": "32.01.05", "nik": "3275010101800001"}, first=1)
    assert data["recipients"] == {
        "totalCount": 41,
        "pageInfo": {"hasNextPage": True, "endCursor": "c1"},
        "edges": [
            {
                "cursor": "c1",
                "node": {
                    "id": "rcp_1",
                    "nik": "3275********0001",
                    "name": "Siti",
                    "birthDate": "1980-01-31",
                    "sex": "FEMALE",
                    "address": "Jl. Melati 1",
                    "status": "ACTIVE",
                    "version": 2,
                    "area": {"code": "32.01.05.2001", "name": "Sukamaju"},
                    "household": {"number": "3275********0009", "size": 4},
                    "location": {"latitude": -6.55, "longitude": 106.640123},
                },
            }
        ],
    }
    (asked,) = gateway.owners.asked
    assert asked == ListRecipients(area="32.01.05", nik="3275010101800001", first=1)


async def test_history_and_import_are_found_by_id(gateway: Gateway, registrar: Actor) -> None:
    gateway.owners.answers |= {
        GetRecipients: RecipientPage(nodes=(recipient(),)),
        ListVersions: VersionPage(
            nodes=(
                VersionView(
                    version=2,
                    at=AT,
                    by=By(id="usr_1", name="Rina", role="REGISTRAR"),
                    authority="import",
                    reason="list",
                    changes=(FieldChange(field="address", before="a", after="b"),),
                ),
            ),
            total=2,
            more=True,
        ),
        GetImports: ImportsAnswer(
            nodes=(
                ImportView(
                    id="imp_1",
                    status="STAGED",
                    source="Dinsos",
                    rows_total=3,
                    rows_accepted=2,
                    rows_rejected=1,
                    rows_duplicate=0,
                    started_at=AT,
                    started_by=By(id="usr_1", name="Rina", role="REGISTRAR"),
                ),
            )
        ),
        ListProblems: ProblemPage(
            nodes=(RowProblem(row=4, column="NIK", code="nik_damaged", message="Digits were lost."),),
            cursors=("p1",),
            total=1,
        ),
    }
    history = await gateway.data(registrar, "RecipientHistory", id="rcp_1")
    assert history["node"]["versions"]["nodes"] == [
        {
            "version": 2,
            "at": "2026-03-02T02:30:00.000Z",
            "by": {"name": "Rina", "role": "REGISTRAR"},
            "authority": "import",
            "reason": "list",
            "changes": [{"field": "address", "before": "a", "after": "b"}],
        }
    ]
    found = await gateway.data(registrar, "RecipientImport", id="imp_1")
    assert found["node"]["status"] == "STAGED"
    assert found["node"]["problems"]["nodes"] == [
        {"row": 4, "column": "NIK", "code": "nik_damaged", "message": "Digits were lost."}
    ]


@pytest.mark.parametrize("identifier", ["rcp_gone", "xyz_1", "", "cap_1", "not an id"])
async def test_a_thing_that_is_not_there_is_null(gateway: Gateway, registrar: Actor, identifier: str) -> None:
    gateway.owners.answers[GetRecipients] = RecipientPage()
    assert await gateway.data(registrar, "RecipientHistory", id=identifier) == {"node": None}


async def test_a_kind_the_viewer_may_not_read_is_null_and_on_the_trail(gateway: Gateway, person: Person) -> None:
    partner = person("Truk", LOGISTICS="32")
    assert await gateway.data(partner, "RecipientHistory", id="rcp_1") == {"node": None}
    assert gateway.people.denials == [("Truk", "GetRecipients")]
    assert gateway.owners.asked == []


@pytest.mark.parametrize(
    ("purpose", "owner"),
    [("RECIPIENT_LIST", "recipients"), ("EVIDENCE_PHOTO", "distribution"), ("SIGNATURE", "distribution")],
)
async def test_an_upload_goes_to_the_owner_of_its_purpose(
    gateway: Gateway, person: Person, purpose: str, owner: str
) -> None:
    from amanah.contracts.evidence import CreateEvidenceUpload

    made = Upload(id="upl_1", url="https://s3/x", headers=(Header(name="content-type", value="a/b"),), expires_at=AT)
    gateway.owners.answers |= {CreateListUpload: made, CreateEvidenceUpload: made}
    both = person("Sari", REGISTRAR="32", OFFICER="32")
    given = {"purpose": purpose, "filename": "x", "contentType": "a/b", "size": 3, "sha256": "AB" * 32}
    data = await gateway.data(both, "CreateUpload", input=given)
    assert data["createUpload"]["upload"] == {
        "id": "upl_1",
        "url": "https://s3/x",
        "method": "PUT",
        "headers": [{"name": "content-type", "value": "a/b"}],
        "expiresAt": "2026-03-02T02:30:00.000Z",
    }
    (asked,) = gateway.owners.asked
    assert isinstance(asked, CreateListUpload | CreateEvidenceUpload)
    assert (asked.service, asked.sha256) == (owner, "ab" * 32)


async def test_an_officer_may_not_hand_in_a_list(gateway: Gateway, person: Person) -> None:
    given = {"purpose": "RECIPIENT_LIST", "filename": "x", "contentType": "a/b", "size": 3, "sha256": "ab" * 32}
    response = await gateway.ask(person("Budi", OFFICER="32.01.05"), "CreateUpload", input=given)
    assert response["errors"][0]["extensions"] == {"code": "FORBIDDEN", "reason": "forbidden", "requestId": "request-1"}
    assert gateway.people.denials == [("Budi", "CreateListUpload")]
    assert gateway.owners.asked == []


async def test_what_the_caller_can_mend_is_a_user_error(gateway: Gateway, registrar: Actor) -> None:
    gateway.owners.answers[ImportRecipients] = Refused("upload_unknown", "upload_id")
    data = await gateway.data(registrar, "ImportRecipients", input={"uploadId": "upl_1", "source": "Dinsos"})
    assert data["importRecipients"] == {
        "import": None,
        "userErrors": [{"code": "upload_unknown", "field": "uploadId", "message": error_text("upload_unknown").en}],
    }


async def test_what_the_contract_does_not_take_is_a_user_error_without_the_value(
    gateway: Gateway, registrar: Actor
) -> None:
    given = {"purpose": "RECIPIENT_LIST", "filename": "x", "contentType": "a/b", "size": -1, "sha256": "secret"}
    data = await gateway.data(registrar, "CreateUpload", input=given)
    errors = data["createUpload"]["userErrors"]
    assert {(e["code"], e["field"]) for e in errors} == {("invalid", "size"), ("invalid", "sha256")}
    assert "secret" not in str(errors)


async def test_a_fact_still_on_its_way_is_a_user_error_that_may_be_retried(gateway: Gateway, registrar: Actor) -> None:
    gateway.owners.answers |= {
        ProposeRoster: NotYet("not_yet"),
        GetPrograms: ProgramsAnswer(nodes=(ProgramView(id="prg_1", code="BPNT", name="BPNT", items=()),)),
    }
    given = {"programId": "prg_1", "period": "2026-03", "area": "32.01.05"}
    data = await gateway.data(registrar, "ProposeRoster", input=given)
    assert data["proposeRoster"]["userErrors"][0]["code"] == "not_yet"


async def test_a_roster_is_proposed_for_a_program_that_exists(gateway: Gateway, registrar: Actor) -> None:
    gateway.owners.answers[GetPrograms] = ProgramsAnswer()
    given = {"programId": "prg_1", "period": "2026-03", "area": "32.01.05"}
    data = await gateway.data(registrar, "ProposeRoster", input=given)
    (error,) = data["proposeRoster"]["userErrors"]
    assert (error["code"], error["field"]) == ("program_unknown", "programId")
    assert gateway.people.refusals == [("ProposeRoster", "program_unknown")]
    assert ProposeRoster not in {type(ask) for ask in gateway.owners.asked}


async def test_an_area_outside_the_viewers_is_forbidden_before_anybody_is_asked(
    gateway: Gateway, registrar: Actor
) -> None:
    given = {"programId": "prg_1", "period": "2026-03", "area": "33"}
    response = await gateway.ask(registrar, "ProposeRoster", input=given)
    assert response["data"] is None
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Rina", "ProposeRoster")]
    assert gateway.owners.asked == []


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (NotFound("not_found.import"), "NOT_FOUND", "not_found"),
        (Unavailable("unavailable"), "UNAVAILABLE", "unavailable"),
    ],
)
async def test_other_errors_go_to_the_top(
    gateway: Gateway, person: Person, error: Exception, code: str, reason: str
) -> None:
    gateway.owners.answers[ApproveImport] = error
    response = await gateway.ask(person("Ani", APPROVER="32"), "ApproveImport", input={"importId": "imp_1"})
    assert response["data"] is None
    (told,) = response["errors"]
    assert told["message"] == str(error)
    assert told["path"] == ["approveImport"]
    assert told["extensions"] == {"code": code, "reason": reason, "requestId": "request-1"}


async def test_nothing_internal_leaves(gateway: Gateway, person: Person) -> None:
    gateway.owners.answers[ApproveImport] = RuntimeError("mongodb://root:secret@10.0.0.1 fell over")
    response = await gateway.ask(person("Ani", APPROVER="32"), "ApproveImport", input={"importId": "imp_1"})
    (told,) = response["errors"]
    assert told["extensions"]["code"] == "INTERNAL"
    assert "mongodb" not in str(response)


async def test_a_roster_names_who_approved_it(gateway: Gateway, person: Person) -> None:
    signed = By(id="usr_2", name="Ani", role="APPROVER")
    gateway.owners.answers[ApproveRoster] = RosterView(
        id="ros_1",
        program_id="prg_1",
        period="2026-03",
        area="32.01.05",
        status="APPROVED",
        size=497,
        hash="a" * 64,
        decree="SK 1/2026",
        proposed_at=AT,
        proposed_by=By(id="usr_1", name="Rina", role="REGISTRAR"),
        approved_at=AT,
        approved_by=signed,
    )
    given = {"rosterId": "ros_1", "decree": "SK 1/2026"}
    data = await gateway.data(person("Ani", APPROVER="32"), "ApproveRoster", input=given)
    assert data["approveRoster"]["roster"] == {
        "id": "ros_1",
        "status": "APPROVED",
        "size": 497,
        "hash": "a" * 64,
        "decree": "SK 1/2026",
        "approvedBy": {"name": "Ani"},
    }


async def test_a_nik_is_revealed_for_a_reason(gateway: Gateway, registrar: Actor) -> None:
    gateway.owners.answers[RevealNik] = RevealedNik(nik="3275010101800001")
    wanted = {"recipientId": "rcp_1", "reason": "Compared with the card she brought."}
    data = await gateway.data(registrar, "RevealNik", input=wanted)
    assert data["revealNik"] == {"nik": "3275010101800001", "userErrors": []}
    (asked,) = gateway.owners.asked
    assert isinstance(asked, RevealNik)
    assert (asked.recipient_id, asked.reason) == ("rcp_1", wanted["reason"])
    assert "3275010101800001" not in repr(gateway.owners.answers)
    for short in ("", "why", "x" * 301):
        data = await gateway.data(registrar, "RevealNik", input=wanted | {"reason": short})
        assert [(e["code"], e["field"]) for e in data["revealNik"]["userErrors"]] == [("invalid", "reason")]
        assert data["revealNik"]["nik"] is None


@pytest.mark.parametrize("role", ["OFFICER", "LOGISTICS", "AUDITOR", "SUPERVISOR", "RECIPIENT"])
async def test_who_need_not_know_a_nik_is_denied_it(gateway: Gateway, person: Person, role: str) -> None:
    wanted = {"recipientId": "rcp_1", "reason": "Compared with the card she brought."}
    response = await gateway.ask(person("Tono", **{role: "32.01"}), "RevealNik", input=wanted)
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Tono", "RevealNik")]
