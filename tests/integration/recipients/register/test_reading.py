"""Who read whose data: a NIK in full, and what is beyond one's own lists. Asked at the service's door, as the gateway does."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from amanah.contracts.actor import Actor, Role
from amanah.contracts.errors import Forbidden, NotFound, Refused, Unavailable
from amanah.contracts.imports import ListProblems
from amanah.contracts.message import Answer, Request
from amanah.contracts.recipients import REVEALERS
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RevealNik
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.identity import CallSigner
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import rpc_route
from services.recipients.api import HANDLERS
from services.recipients.imports.documents import IMPORTS
from services.recipients.register.documents import RECIPIENTS
from services.recipients.store import Store
from tests.integration.recipients.lists import Apply, MakePerson, MakeRow, WriteFile

NIK = "3275031203850123"
WHY = "Compared with the card that she brought."

Call = Callable[[Request[Any], Actor], Awaitable[Any]]


@pytest.fixture
def ask(store: Store) -> Call:
    """Asks the service at its door."""
    signer = CallSigner("s" * 32)
    door = Starlette(routes=[rpc_route("recipients", HANDLERS, store, signer, store.outbox.trail)])
    return Client({"recipients": InProcessTransport(door)}, signer).call


@pytest.fixture
async def siti(
    store: Store,
    applied: Apply,
    registrar: Actor,
    approver: Actor,
    row: MakeRow,
    csv: WriteFile,
) -> str:
    """The recipient of NIK; four others are on the register."""
    await applied(registrar, approver, csv([row(0) | {"NIK": NIK}, *(row(n) for n in range(1, 5))]))
    (found,) = [r for r in await store[RECIPIENTS].list({}) if r["name"].endswith(" A")]
    identifier: str = found["_id"]
    return identifier


async def entries(store: Store, action: str) -> list[Any]:
    told = [json.loads(bytes(d["value"])) for d in await store.outbox.pending(1000) if d["topic"] == AUDIT_ENTRIES.name]
    return [entry for entry in told if entry["action"] == action]


def people(entry: Any) -> list[str]:
    return [each["id"] for each in entry["concerns"] if each["type"] == "Recipient"]


# ---------------------------------------------------------------- a NIK in full


async def test_who_decides_by_a_nik_is_told_it(store: Store, ask: Call, siti: str, person: MakePerson) -> None:
    allowed = (Role.REGISTRAR, Role.VERIFIER, Role.APPROVER, Role.ADMIN)
    viewers = {role: person(f"Tono {role}", **{role: "32.75"}) for role in allowed}
    for viewer in viewers.values():
        assert (await ask(RevealNik(recipient_id=siti, reason=WHY), viewer)).nik == NIK
    told = await entries(store, "recipients:nik:reveal")
    assert [(e["actor"]["id"], e["actor"]["role"]) for e in told] == [(v.id, role) for role, v in viewers.items()]
    assert {json.dumps(e["subject"]) for e in told} == {json.dumps({"id": siti, "type": "Recipient"})}
    assert {(e["reason"], e["area"], e["outcome"]) for e in told} == {(WHY, "32.75.03.1006", "done")}


async def test_nobody_else_is_told_a_nik_and_who_tried_is_known(
    store: Store, ask: Call, siti: str, person: MakePerson
) -> None:
    others = [person(f"Tono {role}", **{role: "32.75"}) for role in sorted(set(Role) - REVEALERS)]
    assert len(others) == 5
    for viewer in others:
        with pytest.raises(Forbidden):
            await ask(RevealNik(recipient_id=siti, reason=WHY), viewer)
    denied = [(e["actor"]["id"], people(e)) for e in await entries(store, "access:request:deny")]
    assert denied == [(viewer.id, [siti]) for viewer in others]
    assert await entries(store, "recipients:nik:reveal") == []


async def test_a_nik_elsewhere_is_not_there_and_who_tried_is_known(
    store: Store, ask: Call, siti: str, person: MakePerson
) -> None:
    for area in ("32.75.04", "31"):
        with pytest.raises(NotFound):
            await ask(RevealNik(recipient_id=siti, reason=WHY), person("Hana", VERIFIER=area))
    assert [people(entry) for entry in await entries(store, "access:request:refuse")] == [[siti]] * 2


async def test_a_reason_with_somebodys_number_is_refused_and_kept_nowhere(
    store: Store, ask: Call, siti: str, approver: Actor
) -> None:
    for number in ("3275031203850123", "0812 3456 7890", "+62-812-3456-7890", "NIK3275031203850123"):
        with pytest.raises(Refused) as caught:
            await ask(RevealNik(recipient_id=siti, reason=f"She says it is {number}."), approver)
        assert (caught.value.code, caught.value.field) == ("reason_unfit", "reason")
    refusals = await entries(store, "access:request:refuse")
    assert [(entry["reason"], people(entry)) for entry in refusals] == [("reason_unfit", [siti])] * 4
    assert await entries(store, "recipients:nik:reveal") == []


async def test_one_person_reveals_so_many_an_hour(store: Store, ask: Call, siti: str, person: MakePerson) -> None:
    store.settings = store.settings.model_copy(update={"reveals_an_hour": 2})
    wanted, viewer = RevealNik(recipient_id=siti, reason=WHY), person("Tono", VERIFIER="32.75")
    for _ in range(2):
        assert (await ask(wanted, viewer)).nik == NIK
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            await ask(wanted, viewer)
        assert caught.value.code == "reveals_spent"
    assert (await ask(wanted, person("Wati", VERIFIER="32.75"))).nik == NIK
    assert len(await entries(store, "recipients:nik:reveal")) == 3


async def test_what_cannot_be_noted_is_not_revealed(
    store: Store, ask: Call, siti: str, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> str:
        raise Unavailable("unavailable.store")

    monkeypatch.setattr(store.outbox, "record", away)
    with pytest.raises(Unavailable):
        await ask(RevealNik(recipient_id=siti, reason=WHY), approver)


async def test_a_revealed_nik_is_in_the_answer_alone(store: Store, ask: Call, siti: str, approver: Actor) -> None:
    with capture_logs() as logs:
        answer = await ask(RevealNik(recipient_id=siti, reason=WHY), approver)
    assert answer.nik == NIK
    left = [repr(logs), repr(answer)]
    for name in ("reveals", "outbox", "recipients", "recipient_versions"):
        left.append(repr(await store.db[name].list({})))
    assert all(NIK not in text for text in left)
    assert siti in left[3]  # the net has no hole


# ---------------------------------------------------------------- reading


async def test_a_page_that_was_read_is_one_entry_with_everybody_on_it(
    store: Store, ask: Call, siti: str, person: MakePerson
) -> None:
    viewer = person("Rina", SUPERVISOR="32.75")
    everybody = sorted(r["_id"] for r in await store[RECIPIENTS].list({}))
    asked: list[tuple[Request[Any], list[str]]] = [
        (ListRecipients(area="32.75"), everybody),
        (ListRecipients(nik=NIK), [siti]),
        (GetRecipients(ids=(siti, "rcp_nobody")), [siti]),
        (ListVersions(recipient_id=siti), [siti]),
    ]
    for wanted, shown in asked:
        before = len(await entries(store, "access:personal-data:read"))
        await ask(wanted, viewer)
        *_, entry = read = await entries(store, "access:personal-data:read")
        assert len(read) == before + 1
        assert (entry["subject"]["id"], people(entry)) == (f"recipients.{wanted.method()}", shown)
        assert entry["actor"]["id"] == viewer.id
        assert NIK not in json.dumps(entry)


async def test_what_shows_nobody_is_no_entry(store: Store, ask: Call, siti: str, person: MakePerson) -> None:
    (handed_in,) = await store[IMPORTS].list({})
    nothing: list[tuple[Request[Any], Actor]] = [
        (ListRecipients(area="32.75.04"), person("Rina", SUPERVISOR="32.75")),
        (ListRecipients(), person("Hana", SUPERVISOR="31")),
        (ListProblems(import_id=handed_in["_id"]), person("Rina", SUPERVISOR="32.75")),
    ]
    for wanted, viewer in nothing:
        answer: Answer = await ask(wanted, viewer)
        assert answer.data_subjects() == ()
    assert await entries(store, "access:personal-data:read") == []


async def test_an_officers_own_list_is_no_entry_and_counts_for_nobody_else(
    store: Store, ask: Call, siti: str, person: MakePerson
) -> None:
    wanted = GetRecipients(ids=(siti,), own_list=True)
    assert len((await ask(wanted, person("Tono", OFFICER="32.75"))).nodes) == 1
    assert await entries(store, "access:personal-data:read") == []
    await ask(wanted, person("Rina", SUPERVISOR="32.75"))
    assert [people(entry) for entry in await entries(store, "access:personal-data:read")] == [[siti]]
