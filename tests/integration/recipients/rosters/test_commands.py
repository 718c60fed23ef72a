import gzip
import hashlib
import json
from collections.abc import Awaitable

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import ROSTERS
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.rosters import ApproveRoster, GetRosters, ProposeRoster, RosterApproved, RosterView, VerifyRoster
from services.recipients.register.documents import RECIPIENTS
from services.recipients.rosters.commands import approve_roster, propose_roster
from services.recipients.rosters.queries import get_rosters, verify_roster
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, MakePerson, MakeRow, WriteFile
from tests.pending import pending_messages

PROGRAM = new_id("prg")


@pytest.fixture
async def register(
    store: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> Store:
    """Ten people in two villages of Kota Bekasi."""
    rows = [row(i) for i in range(7)] + [row(i, "32.75.04.1002") for i in range(7, 10)]
    await applied(registrar, approver, csv(rows))
    return store


async def proposed(store: Store, actor: Actor, *, area: str = "32.75", period: str = "2026-11") -> RosterView:
    return await propose_roster(store, actor, ProposeRoster(program_id=PROGRAM, period=period, area=area))


async def approved(store: Store, actor: Actor, roster: RosterView) -> RosterView:
    return await approve_roster(store, actor, ApproveRoster(roster_id=roster.id, decree="SK 12/2026"))


async def refusal(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


async def test_a_roster_is_frozen_with_a_hash_that_anyone_can_check(
    register: Store, registrar: Actor, approver: Actor
) -> None:
    roster = await proposed(register, registrar)
    assert (roster.status, roster.size, roster.hash) == ("PROPOSED", 10, None)
    done = await approved(register, approver, roster)
    assert (done.status, done.decree) == ("APPROVED", "SK 12/2026")
    assert done.approved_by is not None
    assert (done.proposed_by.name, done.approved_by.name) == ("Sari", "Budi")

    told = await pending_messages(register.db, "recipients.events.v1")
    event = RosterApproved.model_validate_json(bytes(told[-1]["value"]))
    content = gzip.decompress(await register.objects.get(event.bucket, event.object_key))
    assert hashlib.sha256(content).hexdigest() == event.hash == done.hash
    lines = content.decode().splitlines()
    assert len(lines) == event.size == 10
    ids = [json.loads(line)["recipientId"] for line in lines]
    assert ids == sorted(ids)
    for line in lines:
        assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))
        assert set(json.loads(line)) == {
            "area", "household", "latitude_e6", "longitude_e6", "nik", "recipientId", "version",
        }  # fmt: skip


async def test_the_same_register_freezes_to_the_same_bytes(register: Store, registrar: Actor) -> None:
    one, two = await proposed(register, registrar), await proposed(register, registrar, period="2026-12")
    packed = [await register.objects.get(ROSTERS, f"{roster.id}.jsonl.gz") for roster in (one, two)]
    assert packed[0] == packed[1]


async def test_later_changes_do_not_reach_a_proposed_roster(
    register: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> None:
    roster = await proposed(register, registrar)
    await applied(registrar, approver, csv([row(20)]))
    assert (await approved(register, approver, roster)).size == 10


async def test_a_roster_takes_active_recipients_of_its_area_only(register: Store, registrar: Actor) -> None:
    await register[RECIPIENTS].update({"area": "32.75.03.1006"}, {"$set": {"status": "SUSPENDED"}})
    assert (await proposed(register, registrar, area="32.75.03")).size == 6


async def test_nobody_approves_their_own_roster(register: Store, person: MakePerson) -> None:
    both = person("Sari", REGISTRAR="32.75", APPROVER="32.75")
    roster = await proposed(register, both)
    assert await refusal(approved(register, both, roster)) == "same_person"


async def test_the_public_can_verify_an_approved_roster_only(
    register: Store, registrar: Actor, approver: Actor, person: MakePerson
) -> None:
    nobody, roster = person("nobody"), await proposed(register, registrar)
    with pytest.raises(NotFound):
        await verify_roster(register, nobody, VerifyRoster(id=roster.id))
    done = await approved(register, approver, roster)
    found = await verify_roster(register, nobody, VerifyRoster(id=roster.id))
    assert (found.hash, found.size, found.decree, found.area) == (done.hash, 10, "SK 12/2026", "32.75")
    said = found.model_dump_json()
    assert not any(each in said for each in ("Sari", "Budi", registrar.id, approver.id))


async def test_a_roster_is_approved_once(register: Store, registrar: Actor, approver: Actor) -> None:
    roster = await proposed(register, registrar)
    first = await approved(register, approver, roster)
    assert await approved(register, approver, roster) == first
    other = approve_roster(register, approver, ApproveRoster(roster_id=roster.id, decree="SK 13/2026"))
    assert await refusal(other) == "roster_not_proposed"


async def test_approved_rosters_of_a_period_do_not_overlap(register: Store, registrar: Actor, approver: Actor) -> None:
    whole, part = await proposed(register, registrar), await proposed(register, registrar, area="32.75.03")
    other = await proposed(register, registrar, period="2026-12")
    await approved(register, approver, whole)
    assert await refusal(approved(register, approver, part)) == "roster_exists"
    assert (await approved(register, approver, other)).status == "APPROVED"


async def test_exact_duplicates_block_approval(
    register: Store, applied: Apply, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile
) -> None:
    await applied(registrar, approver, csv([row(1) | {"NIK": "3275031203010777"}]))
    roster = await proposed(register, registrar)
    assert await refusal(approved(register, approver, roster)) == "roster_has_duplicates"
    # The office corrects its list, and the next roster has no duplicates.
    await applied(registrar, approver, csv([row(1) | {"NIK": "3275031203010777", "NAMA": "JOKO"}]))
    assert (await approved(register, approver, await proposed(register, registrar))).size == 11


async def test_changed_or_missing_content_blocks_approval(register: Store, registrar: Actor, approver: Actor) -> None:
    roster = await proposed(register, registrar)
    await register.objects.put(ROSTERS, f"{roster.id}.jsonl.gz", gzip.compress(b"{}\n"))
    assert await refusal(approved(register, approver, roster)) == "roster_mismatch"
    await register.objects.delete(ROSTERS, f"{roster.id}.jsonl.gz")
    assert await refusal(approved(register, approver, roster)) == "roster_mismatch"


async def test_refusals_of_a_proposal(register: Store, registrar: Actor) -> None:
    def ask(**changes: str) -> ProposeRoster:
        return ProposeRoster(**({"program_id": PROGRAM, "period": "2026-11", "area": "32.75"} | changes))

    assert await refusal(propose_roster(register, registrar, ask(area="32.75.05"))) == "roster_empty"
    assert await refusal(propose_roster(register, registrar, ask(area="32.75.99"))) == "area_unknown"
    assert await refusal(propose_roster(register, registrar, ask(program_id="x"))) == "program_unknown"
    with pytest.raises(Forbidden):
        await propose_roster(register, registrar, ask(area="32.01"))


async def test_rosters_outside_the_scope_are_not_found(register: Store, registrar: Actor, person: MakePerson) -> None:
    roster = await proposed(register, registrar)
    for area in ("32.01", "32.75.03"):
        stranger = person("Tono", APPROVER=area)
        assert (await get_rosters(register, stranger, GetRosters(ids=(roster.id,)))).nodes == ()
        with pytest.raises(NotFound):
            await approved(register, stranger, roster)
    above = person("Rina", AUDITOR="32")
    assert len((await get_rosters(register, above, GetRosters(ids=(roster.id,)))).nodes) == 1
