"""Messages are English, and Indonesian for a request whose Accept-Language prefers it."""

import pytest

from amanah.contracts.actor import Role
from amanah.contracts.corrections import ApproveCorrection
from amanah.contracts.custody.packages import GetPackage
from amanah.contracts.errors import Language, Refused, Unavailable, error_text, from_wire, to_wire
from amanah.contracts.handovers.handovers import SyncResult
from amanah.contracts.imports import GetImports, ImportsAnswer, ImportView, ListProblems, ProblemPage, RowProblem
from amanah.contracts.recipients import By
from gateway.language import preferred_language, use_language
from gateway.schema.handovers import sync_result
from tests.unit.gateway.conftest import House

INDONESIAN = "id-ID,id;q=0.9,en;q=0.8"
LINE = 'mutation { approveCorrection(input: {correctionId: "cor_1"}) { userErrors { code field message } } }'
PACKAGE = '{ package(code: "P-1") { id } }'


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("en", "en"),
        ("id", "id"),
        ("ID-id", "id"),
        (INDONESIAN, "id"),
        ("en-GB,en;q=0.9,id;q=0.8", "en"),
        ("en;q=0.5, id;q=0.7", "id"),
        ("id;q=0.5, en;q=0.5", "id"),
        ("en;q=0.5, id;q=0.5", "en"),
        ("id;q=0", "en"),
        ("id;q=0.5, *", "en"),
        ("id, *;q=0.1", "id"),
        ("jv, id;q=0.8", "id"),
        ("id;q=much", "en"),
        ("id;q=nan", "en"),
        (",;=,", "en"),
    ],
)
def test_the_language_that_a_header_prefers(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(("headers", "language"), [({}, "en"), ({"accept_language": INDONESIAN}, "id")])
class TestBothLanguages:
    async def test_a_user_error(self, house: House, headers: dict[str, str], language: Language) -> None:
        refusal = Refused("same_person.correction", "correction_id")
        house.owners.answers[ApproveCorrection] = refusal
        answer = await house.graphql(LINE, **headers)
        assert answer.json["data"]["approveCorrection"]["userErrors"] == [
            {"code": "same_person", "field": "correctionId", "message": refusal.text.in_language(language)}
        ]
        assert "Accept-Language" in answer.headers["vary"]

    async def test_a_field_that_the_contract_does_not_accept(
        self, house: House, headers: dict[str, str], language: Language
    ) -> None:
        given = '{purpose: RECIPIENT_LIST, filename: "x", contentType: "a/b", size: 3, sha256: "x"}'
        document = f"mutation {{ createUpload(input: {given}) {{ userErrors {{ message }} }} }}"
        answer = await house.graphql(document, token=house.token(role=Role.REGISTRAR), **headers)
        (error,) = answer.json["data"]["createUpload"]["userErrors"]
        assert error["message"] == error_text("invalid.sha256").in_language(language)

    async def test_a_top_level_error(self, house: House, headers: dict[str, str], language: Language) -> None:
        error = Unavailable("unavailable.service")
        house.owners.answers[GetPackage] = error
        answer = await house.graphql(PACKAGE, **headers)
        assert answer.json["errors"][0]["message"] == error.text.in_language(language)

    async def test_a_fault(self, house: House, headers: dict[str, str], language: Language) -> None:
        house.owners.answers[GetPackage] = RuntimeError("secret")
        answer = await house.graphql(PACKAGE, **headers)
        assert answer.json["errors"][0]["message"] == error_text("internal").in_language(language)

    async def test_a_request_that_is_not_executed(
        self, house: House, headers: dict[str, str], language: Language
    ) -> None:
        answer = await house.graphql(PACKAGE, token=None, **headers)
        assert answer.json["errors"][0]["message"] == error_text("token_missing").in_language(language)

    async def test_a_problem(self, house: House, headers: dict[str, str], language: Language) -> None:
        answer = await house.send("GET", "/partners/v1/capture/cap_1", token=None, **headers)
        assert answer.json["detail"] == error_text("token_missing").in_language(language)

    async def test_a_row_of_a_list(self, house: House, headers: dict[str, str], language: Language) -> None:
        by = By(id="usr_1", name="Rina", role=Role.REGISTRAR)
        found = ImportView(
            id="imp_1", status="FAILED", source="Dinsos", rows_total=1, rows_accepted=0, rows_rejected=1,
            rows_duplicate=0, failure_code="file_empty", failure_message=error_text("file_empty").en,
            started_at="2026-03-02T02:30:00Z", started_by=by,
        )  # fmt: skip
        row = RowProblem(row=4, column="NIK", code="nik_length", message=error_text("nik_length").en)
        house.owners.answers |= {
            GetImports: ImportsAnswer(nodes=(found,)),
            ListProblems: ProblemPage(nodes=(row,), cursors=("1",), total=1),
        }
        document = """{ node(id: "imp_1") { ... on RecipientImport {
            failureMessage problems(first: 1) { nodes { message } } } } }"""
        answer = await house.graphql(document, token=house.token(role=Role.REGISTRAR), **headers)
        node = answer.json["data"]["node"]
        assert node["failureMessage"] == error_text("file_empty").in_language(language)
        assert node["problems"]["nodes"] == [{"message": error_text("nik_length").in_language(language)}]

    async def test_an_offline_record(self, headers: dict[str, str], language: Language) -> None:
        text = error_text("already_delivered.by", when="2026-11-24 03:00 UTC", officer="Budi")
        result = SyncResult(
            client_id="123e4567-e89b-12d3-a456-426614174001", code="already_delivered", field="entitlement_id",
            message=text.en, translations=text.translations(),
        )  # fmt: skip
        with use_language(headers.get("accept_language", "")):
            (error,) = sync_result(result).user_errors
        assert error.message == text.in_language(language)


def test_an_error_keeps_both_languages_on_the_wire() -> None:
    error = Refused("bundle_too_large", "assignmentId", most=500)
    told = from_wire(to_wire(error))
    assert isinstance(told, Refused)
    assert (told.code, told.field, told.text) == (error.code, error.field, error.text)
    assert "500 penerima" in told.text.id


def test_an_error_of_an_older_service_stays_english() -> None:
    told = from_wire({"kind": "REFUSED", "code": "of_tomorrow", "message": "Not today.", "field": None})
    assert told.text == ("Not today.", "Not today.")
