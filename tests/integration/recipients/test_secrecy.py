"""Canary numbers that must not be readable in anything that the service stores."""

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import ROSTERS, UPLOADS
from amanah.contracts.ids import new_id
from amanah.contracts.rosters import ApproveRoster, ProposeRoster
from amanah.runtime.tables import Document
from services.recipients.rosters.commands import approve_roster, propose_roster
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, Import, MakeRow, WriteFile

NIKS = ("3275031203850123", "3275031203850456")
HOUSEHOLDS = ("3275030101857777", "3275030101858888")
COLLECTIONS = (
    "recipients", "recipient_versions", "imports", "staged_rows", "import_problems", "rosters", "roster_periods",
    "uploads", "outbox", "reveals",
)  # fmt: skip


async def everything(store: Store) -> str:
    found: list[Document] = []
    for name in COLLECTIONS:
        found += await store.db[name].list({})
    return repr(found)


async def test_no_number_is_stored_unencrypted(
    store: Store,
    imported: Import,
    applied: Apply,
    registrar: Actor,
    approver: Actor,
    row: MakeRow,
    csv: WriteFile,
) -> None:
    right = [row(i) | {"NIK": nik, "NO KK": kk} for i, (nik, kk) in enumerate(zip(NIKS, HOUSEHOLDS, strict=True))]
    wrong = [right[0] | {"NAMA": None}, right[0] | {"NAMA": "OTHER", "NIK": NIKS[1]}, right[1] | {"JK": NIKS[0]}]
    staged = await imported(registrar, csv([*right, *wrong]))
    assert (staged["rowsAccepted"], staged["rowsRejected"]) == (2, 3)
    left = [await everything(store)]
    assert await store.objects.list(UPLOADS, staged["upload"]) == []  # the list itself is deleted

    await applied(registrar, approver, csv(right))
    await applied(registrar, approver, csv([right[0] | {"NO KK": HOUSEHOLDS[1]}]))
    ask = ProposeRoster(program_id=new_id("prg"), period="2026-11", area="32.75")
    roster = await propose_roster(store, registrar, ask)
    await approve_roster(store, approver, ApproveRoster(roster_id=roster.id, decree="SK 1"))
    left.append(await everything(store))
    left.append((await store.objects.get(ROSTERS, f"{roster.id}.jsonl.gz")).hex())

    for text in left:
        for number in (*NIKS, *HOUSEHOLDS):
            assert number not in text
            assert number[:6] + number[6:12] not in text
    assert "SITI AMINAH" in left[0]  # proves that the search covers the records: names are readable, numbers are not
