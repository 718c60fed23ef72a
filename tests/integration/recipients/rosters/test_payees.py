"""Payees: encrypted for one roster, beside it, and only for a roster for payment."""

import gzip
import hashlib
import json

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import ROSTERS
from amanah.contracts.errors import Refused
from amanah.contracts.ids import new_id
from amanah.contracts.payees import Payee, payee_context
from amanah.contracts.rosters import ApproveRoster, ProposeRoster, RosterApproved, RosterView
from amanah.runtime.crypto import CannotDecrypt
from amanah.runtime.tables import Document
from services.recipients.rosters.commands import approve_roster, propose_roster
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, MakePerson, MakeRow
from tests.pending import pending_messages

ACCOUNT = "001701002345503"


@pytest.fixture
async def register(store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow) -> Store:
    """Three people, the first with an account."""
    columns = ["NIK", "NAMA", "TGL LAHIR", "DESA/KELURAHAN", "KECAMATAN", "KAB/KOTA", "NO REKENING", "BANK"]
    rows = [row(i, **({"NO REKENING": ACCOUNT, "BANK": "BRI"} if i == 0 else {})) for i in range(3)]
    lines = [columns, *([str(r.get(c) or "") for c in columns] for r in rows)]
    await applied(registrar, approver, "\r\n".join(";".join(line) for line in lines).encode())
    return store


async def proposed(store: Store, actor: Actor, *, for_payment: bool) -> RosterView:
    ask = ProposeRoster(program_id=new_id("prg"), period="2026-11", area="32.75", for_payment=for_payment)
    return await propose_roster(store, actor, ask)


async def approval(store: Store) -> RosterApproved:
    told = await pending_messages(store.db, "recipients.events.v1")
    return RosterApproved.model_validate_json(bytes(told[-1]["value"]))


async def test_payees_are_encrypted_for_the_roster(register: Store, registrar: Actor, approver: Actor) -> None:
    roster = await proposed(register, registrar, for_payment=True)
    await approve_roster(register, approver, ApproveRoster(roster_id=roster.id, decree="SK 1"))
    event = await approval(register)
    assert event.payees_key
    content = gzip.decompress(await register.objects.get(ROSTERS, event.payees_key))
    assert hashlib.sha256(content).hexdigest() == event.payees_hash
    lines = [json.loads(line) for line in content.splitlines()]
    ids = [line["recipientId"] for line in lines]
    assert len(lines) == 3
    assert ids == sorted(ids)
    payees = [
        Payee.model_validate_json(register.keys.decrypt(line["sealed"], payee_context(roster.id, line["recipientId"])))
        for line in lines
    ]
    assert {(p.name, p.bank, p.account) for p in payees} == {
        ("SITI AMINAH A", "BRI", ACCOUNT), ("SITI AMINAH B", None, None), ("SITI AMINAH C", None, None)
    }  # fmt: skip
    assert ACCOUNT not in repr(payees)
    assert b"SITI" not in content
    with pytest.raises(CannotDecrypt):
        register.keys.decrypt(lines[0]["sealed"], payee_context(new_id("ros"), ids[0]))
    # A repeat returns the first approval and leaves no second object.
    await approve_roster(register, approver, ApproveRoster(roster_id=roster.id, decree="SK 1"))
    kept = [key for key in await register.objects.list(ROSTERS, roster.id) if "payees" in key]
    assert kept == [event.payees_key]


async def test_a_roster_of_goods_has_no_payees(register: Store, registrar: Actor, approver: Actor) -> None:
    roster = await proposed(register, registrar, for_payment=False)
    await approve_roster(register, approver, ApproveRoster(roster_id=roster.id, decree="SK 1"))
    assert (await approval(register)).payees_key is None
    assert await register.objects.list(ROSTERS, roster.id) == [f"{roster.id}.jsonl.gz"]


async def test_a_refused_approval_leaves_no_payees(register: Store, person: MakePerson) -> None:
    both = person("Sari", REGISTRAR="32.75", APPROVER="32.75")
    roster = await proposed(register, both, for_payment=True)
    with pytest.raises(Refused, match="Another person"):
        await approve_roster(register, both, ApproveRoster(roster_id=roster.id, decree="SK 1"))
    assert await register.objects.list(ROSTERS, roster.id) == [f"{roster.id}.jsonl.gz"]


async def test_no_account_is_stored_unencrypted(register: Store) -> None:
    found: list[Document] = []
    for name in ("recipients", "recipient_versions", "staged_rows", "import_problems", "outbox"):
        found += await register.db[name].list({})
    assert ACCOUNT not in repr(found)
    assert "SITI AMINAH" in repr(found)
