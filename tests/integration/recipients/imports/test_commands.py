from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportAdvanced, ImportRecipients, ListProblems
from amanah.contracts.register import ListRecipients, ListVersions, RecipientView
from amanah.contracts.uploads import UploadPurpose
from services.recipients.imports.commands import approve_import, create_list_upload, import_recipients
from services.recipients.imports.documents import IMPORT_PROBLEMS, STAGED_ROWS, ImportDocument
from services.recipients.imports.importer import Importer
from services.recipients.imports.queries import list_problems
from services.recipients.register import queries
from services.recipients.register.documents import RECIPIENTS, VERSIONS
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, Import, MakePerson, MakeRow, Upload, WriteFile
from tests.pending import pending_messages

# Changed cells of a row, and the column and code of its problem.
DEFECTS: list[tuple[dict[str, Any], str, str]] = [
    ({"NIK": None}, "NIK", "nik_missing"),
    ({"NIK": "3.27503E+15"}, "NIK", "nik_digits_lost"),
    ({"NIK": 3275010000000000}, "NIK", "nik_digits_lost"),
    ({"NIK": "32750312039"}, "NIK", "nik_length"),
    ({"NIK": "327503120395O001"}, "NIK", "nik_not_digits"),
    ({"NIK": "3275033113950001"}, "NIK", "nik_date_impossible"),
    ({"NIK": "3275031203950000"}, "NIK", "nik_serial_zero"),
    ({"NO KK": "3,27503E+15"}, "NO KK", "kk_digits_lost"),
    ({"NAMA": None}, "NAMA", "name_missing"),
    ({"TGL LAHIR": "31/02/1995"}, "TGL LAHIR", "date_invalid"),
    ({"JK": "X"}, "JK", "sex_unknown"),
    ({"DESA/KELURAHAN": "NEGERI DONGENG"}, "DESA/KELURAHAN", "area_unknown"),
    ({"KECAMATAN": None, "KAB/KOTA": None, "DESA/KELURAHAN": "SUKAMAJU"}, "DESA/KELURAHAN", "area_ambiguous"),
    (
        {"DESA/KELURAHAN": "SUKAMAJU", "KECAMATAN": "CIBUNGBULANG", "KAB/KOTA": "KAB. BOGOR"},
        "DESA/KELURAHAN",
        "area_outside",
    ),
    ({"NO HP": "12"}, "NO HP", "phone_invalid"),
    ({"LINTANG": None}, "LINTANG", "location_incomplete"),
    ({"BUJUR": "10.7"}, "BUJUR", "location_invalid"),
]


def counts(document: ImportDocument) -> tuple[int, int, int, int]:
    """Rows in total, accepted, rejected and duplicate."""
    return document["rowsTotal"], document["rowsAccepted"], document["rowsRejected"], document["rowsDuplicate"]


async def events(store: Store) -> list[str]:
    """The types of events in the outbox, without audit entries and without those of single batches."""
    found = await pending_messages(store.db, "recipients.events.v1")
    types = [bytes(dict(d["headers"])["ce_type"]).decode() for d in found]
    return [kind for kind in types if kind != ImportAdvanced.type]


async def actions(store: Store) -> list[str]:
    found = await pending_messages(store.db, "audit.entries.v1")
    return [bytes(d["value"]).decode().split('"action":"')[1].split('"')[0] for d in found]


async def listed(store: Store, actor: Actor, **ask: Any) -> tuple[RecipientView, ...]:
    return (await queries.list_recipients(store, actor, ListRecipients(first=100, **ask))).nodes


@pytest.mark.usefixtures("real_reader")
@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_every_defect_is_a_problem_and_the_rest_is_staged(
    store: Store,
    imported: Import,
    registrar: Actor,
    approver: Actor,
    row: MakeRow,
    request: pytest.FixtureRequest,
    form: str,
) -> None:
    file: WriteFile = request.getfixturevalue(form)
    first = 4 if form == "xlsx" else 2  # the XLSX has a title and an empty row above its header
    wrong = [row(50 + i, **change) for i, (change, _, _) in enumerate(DEFECTS)]
    document = await imported(registrar, file([row(1), *wrong, row(2)]))
    assert document["status"] == "STAGED"
    assert counts(document) == (len(DEFECTS) + 2, 2, len(DEFECTS), 0)
    page = await list_problems(store, approver, ListProblems(import_id=document["_id"], first=50))
    assert [(p.row, p.column, p.code) for p in page.nodes] == [
        (first + 1 + i, column, code) for i, (_, column, code) in enumerate(DEFECTS)
    ]
    assert page.total == len(DEFECTS)
    assert await listed(store, approver) == ()


async def test_problems_come_in_pages(
    store: Store, imported: Import, registrar: Actor, row: MakeRow, csv: WriteFile
) -> None:
    document = await imported(registrar, csv([row(i, NAMA=None, JK="X") for i in range(1, 8)]))
    seen: list[tuple[int, str]] = []
    after = None
    while True:
        ask = ListProblems(import_id=document["_id"], first=4, after=after)
        page = await list_problems(store, registrar, ask)
        seen += [(p.row, p.code) for p in page.nodes]
        after = page.cursors[-1]
        if not page.more:
            break
    assert seen == [(n, code) for n in range(2, 9) for code in ("name_missing", "sex_unknown")]


async def test_approved_rows_become_versions(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, xlsx: WriteFile
) -> None:
    document = await applied(registrar, approver, xlsx([row(i) for i in range(12)]))
    assert document["status"] == "APPLIED"
    assert document["recipients"] == 12
    found = await listed(store, approver)
    assert len(found) == 12
    one = next(r for r in found if r.name == "SITI AMINAH C")
    assert one.nik == "3275********0003"
    assert one.household_number == "3275********0003"
    assert (one.version, one.status, one.area, one.sex) == (1, "ACTIVE", "32.75.03.1006", "MALE")
    assert one.address == "JL. MELATI RT 003/RW 012"
    assert one.location is not None
    assert one.location.latitude == -6.2012
    history = await queries.list_versions(store, approver, ListVersions(recipient_id=one.id))
    assert [(v.version, v.by.name, v.authority, v.reason) for v in history.nodes] == [
        (1, "Budi", document["_id"], "Dinsos")
    ]
    changes = {c.field: (c.before, c.after) for c in history.nodes[0].changes}
    assert changes["nik"] == (None, "3275********0003")
    assert changes["name"] == (None, "SITI AMINAH C")
    assert await store[STAGED_ROWS].count({}) == 0
    prefix = "id.amanah.recipients.import."
    assert await events(store) == [f"{prefix}{what}.v1" for what in ("started", "staged", "approved", "applied")]
    told = ("start", "stage", "approve", "apply-rows", "apply-rows", "apply-rows", "apply")
    assert await actions(store) == [f"recipients:import:{what}" for what in told]


async def test_the_same_list_again_changes_nothing(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile, xlsx: WriteFile
) -> None:
    rows = [row(i) for i in range(12)]
    await applied(registrar, approver, csv(rows))
    before = await store[RECIPIENTS].list({}, sort=[("_id", 1)])
    again = await applied(registrar, approver, xlsx(rows))
    assert counts(again) == (12, 0, 0, 12)
    assert again["recipients"] == 0
    assert await store[RECIPIENTS].list({}, sort=[("_id", 1)]) == before
    assert await store[VERSIONS].count({}) == 12


async def test_a_changed_row_becomes_the_next_version(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> None:
    await applied(registrar, approver, csv([row(i) for i in range(4)]))
    second = await applied(registrar, approver, csv([row(0), row(1, **{"NO KK": "3275030101109999", "RT": "009"})]))
    assert counts(second) == (2, 1, 0, 1)
    changed = next(r for r in await listed(store, approver) if r.version == 2)
    history = await queries.list_versions(store, approver, ListVersions(recipient_id=changed.id))
    assert [v.version for v in history.nodes] == [2, 1]
    assert [(c.field, c.before, c.after) for c in history.nodes[0].changes] == [
        ("householdNumber", "3275********0002", "3275********9999"),
        ("address", "JL. MELATI RT 003/RW 012", "JL. MELATI RT 009/RW 012"),
    ]


async def test_rows_that_duplicate_each_other(
    store: Store, imported: Import, registrar: Actor, row: MakeRow, csv: WriteFile
) -> None:
    far = [row(i) for i in range(10, 17)]  # beyond the first batch
    nik_again = row(1) | {"NAMA": "SOMEBODY ELSE"}
    person_again = row(2) | {"NIK": "3275031203020999"}
    document = await imported(registrar, csv([row(1), row(2), row(1), *far, nik_again, person_again, row(2)]))
    assert counts(document) == (13, 9, 2, 2)
    page = await list_problems(store, registrar, ListProblems(import_id=document["_id"]))
    assert [(p.row, p.code) for p in page.nodes] == [(12, "nik_repeated"), (13, "person_repeated")]


async def test_a_list_cannot_move_a_person_from_another_area(
    store: Store, applied: Apply, imported: Import, person: MakePerson, row: MakeRow, csv: WriteFile
) -> None:
    bogor = person("Rina", REGISTRAR="32.01"), person("Tono", APPROVER="32.01")
    await applied(*bogor, csv([row(1, "32.01.16.2013")]))
    document = await imported(person("Sari", REGISTRAR="32.75"), csv([row(1), row(2)]))
    assert counts(document) == (2, 1, 1, 0)
    problems = await store[IMPORT_PROBLEMS].list({"import": document["_id"]})
    assert [(p["row"], p["code"]) for p in problems] == [(2, "registered_elsewhere")]


async def test_nobody_approves_their_own_import(
    store: Store, imported: Import, person: MakePerson, row: MakeRow, csv: WriteFile
) -> None:
    both = person("Sari", REGISTRAR="32.75", APPROVER="32.75")
    document = await imported(both, csv([row(1)]))
    with pytest.raises(Refused) as refused:
        await approve_import(store, both, ApproveImport(import_id=document["_id"]))
    assert refused.value.code == "same_person"
    assert not await Importer(store).work()
    assert await store[RECIPIENTS].count({}) == 0


async def test_only_a_staged_import_is_approved_and_only_once(
    store: Store,
    uploaded: Upload,
    registrar: Actor,
    approver: Actor,
    person: MakePerson,
    row: MakeRow,
    csv: WriteFile,
) -> None:
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv([row(1)])), source="Dinsos")
    view = await import_recipients(store, registrar, ask)
    with pytest.raises(Refused) as refused:
        await approve_import(store, approver, ApproveImport(import_id=view.id))
    assert refused.value.code == "import_not_staged"
    await Importer(store).work()
    await approve_import(store, approver, ApproveImport(import_id=view.id))
    again = await approve_import(store, approver, ApproveImport(import_id=view.id))
    assert again.status == "APPLYING"
    with pytest.raises(Refused) as refused:
        await approve_import(store, person("Tono", APPROVER="32"), ApproveImport(import_id=view.id))
    assert refused.value.code == "import_not_staged"
    assert (await actions(store)).count("recipients:import:approve") == 1


async def test_an_empty_file_is_refused_before_it_is_sent(store: Store, registrar: Actor) -> None:
    ask = CreateListUpload(
        purpose=UploadPurpose.RECIPIENT_LIST, filename="list.csv", content_type="text/csv", size=0, sha256="0" * 64
    )
    with pytest.raises(Refused) as refused:
        await create_list_upload(store, registrar, ask)
    assert refused.value.code == "file_empty"


async def test_an_approver_sees_imports_of_their_area_only(
    store: Store, imported: Import, registrar: Actor, person: MakePerson, row: MakeRow, csv: WriteFile
) -> None:
    document = await imported(registrar, csv([row(1), row(2)]))
    ask = ApproveImport(import_id=document["_id"])
    for area in ("32.75.04", "32.75.03.1001", "32.01"):
        with pytest.raises(NotFound):
            await approve_import(store, person("Tono", APPROVER=area), ask)
    # All rows are in one village, so an approver of that village may decide.
    view = await approve_import(store, person("Tono", APPROVER="32.75.03.1006"), ask)
    assert view.status == "APPLYING"


async def test_a_registrar_does_not_approve(
    store: Store, imported: Import, registrar: Actor, row: MakeRow, csv: WriteFile
) -> None:
    document = await imported(registrar, csv([row(1)]))
    with pytest.raises(Forbidden):
        await approve_import(store, registrar, ApproveImport(import_id=document["_id"]))


@pytest.mark.usefixtures("real_reader")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b" ", "file_empty"),
        (b"\0" * 1_000_000, "file_not_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "file_not_spreadsheet"),
        (b"PK\x03\x04 and nothing more", "file_not_spreadsheet"),
        (b"NAMA;ALAMAT\nA;B", "header_unknown"),
    ],
)
async def test_a_bad_file_fails_with_its_code(
    store: Store, imported: Import, registrar: Actor, content: bytes, code: str
) -> None:
    document = await imported(registrar, content)
    assert (document["status"], document["failureCode"]) == ("FAILED", code)
    assert document["failureMessage"]
    assert (await events(store))[-1] == "id.amanah.recipients.import.failed.v1"


async def test_an_upload_is_imported_once_and_only_by_its_owner(
    store: Store,
    uploaded: Upload,
    registrar: Actor,
    person: MakePerson,
    row: MakeRow,
    csv: WriteFile,
) -> None:
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv([row(1)])), source="Dinsos")
    with pytest.raises(Refused) as refused:
        await import_recipients(store, person("Rina", REGISTRAR="32.75"), ask)
    assert refused.value.code == "upload_unknown"
    await import_recipients(store, registrar, ask)
    with pytest.raises(Refused) as refused:
        await import_recipients(store, registrar, ask)
    assert refused.value.code == "upload_used"
