"""Inclusion proofs and evidence as the service answers them, and the state of the log."""

import asyncio

import pytest
from pydantic import ValidationError

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import new_entry_id
from amanah.contracts.audit.proofs import Evidence, GetEvidence, GetLogState, GetProof
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.handovers.public import VerifiedHandover
from amanah.contracts.reports import VerifiedReport
from amanah.contracts.rosters import VerifiedRoster
from amanah.tlog.checkpoint import Signer
from amanah.tlog.proofs import NotProven, ProofFile
from amanah.tlog.verify import verify_entry
from services.audit.log import queries as proofs
from services.audit.log.files import LogFiles
from services.audit.log.publisher import Publisher
from services.audit.search.documents import ENTRIES
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, Person, publish_all


async def publish(store: Store) -> None:
    await publish_all(Publisher(store, LogFiles(store)))


@pytest.mark.parametrize("size", [1, 2, 255, 257, 600])
async def test_proofs_convince_an_outsider(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person, size: int
) -> None:
    await append(*(make_entry(i) for i in range(size)))
    await publish(store)
    viewer = person("regency", AUDITOR="32.01")
    for i in {0, size // 2, size - 1}:
        view = await proofs.get_proof(store, viewer, GetProof(entry_id=make_entry(i).id), files=files)
        assert (view.index, view.tree_size) == (i, size)
        assert view.leaf.encode() == make_entry(i).canonical()
        held = ProofFile.parse(view.proof)
        assert (str(held), held.index, held.checkpoint) == (view.proof, i, view.checkpoint)
        assert verify_entry(view.leaf.encode(), view.proof, store.signers[0].verifier).size == size


async def test_a_proof_waits_for_the_checkpoint(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    viewer = person("nation", AUDITOR="ID")
    await append(make_entry(0))
    await publish(store)
    await append(make_entry(1))
    ask = GetProof(entry_id=make_entry(1).id)
    with pytest.raises(NotYet):
        await proofs.get_proof(store, viewer, ask, files=files)
    store.settings = store.settings.model_copy(update={"proof_wait_s": 10.0})
    waiting = asyncio.create_task(proofs.get_proof(store, viewer, ask, files=files))
    await publish(store)
    assert (await waiting).index == 1
    with pytest.raises(NotFound):
        await proofs.get_proof(store, viewer, GetProof(entry_id="aud_unknown"), files=files)


async def test_an_entry_just_made_may_be_on_its_way(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    viewer = person("nation", AUDITOR="ID")
    coming = make_entry(0).model_copy(update={"id": new_entry_id()})
    with pytest.raises(NotYet):
        await proofs.get_proof(store, viewer, GetProof(entry_id=coming.id), files=files)
    store.settings = store.settings.model_copy(update={"proof_wait_s": 10.0})
    waiting = asyncio.create_task(proofs.get_proof(store, viewer, GetProof(entry_id=coming.id), files=files))
    await append(coming)
    await publish(store)
    assert (await waiting).index == 0


ACCEPT = "distribution:handover:accept"


async def evidence(store: Store, files: LogFiles, nobody: Actor, *about: str) -> dict[str, Evidence]:
    answer = await proofs.get_evidence(store, nobody, GetEvidence(action=ACCEPT, about=about), files=files)
    return {found.subject_id: found for found in answer.nodes}


async def test_evidence_is_the_newest_entry_that_is_published(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    nobody = person("nobody")
    assert await evidence(store, files, nobody, "ros_1") == {}
    await append(
        make_entry(0, subject="ros_1", action=ACCEPT),
        make_entry(1, subject="ros_1", action=ACCEPT),
        make_entry(2, subject="ros_1", action="distribution:handover:dispute"),
        make_entry(3, subject="ros_2", action=ACCEPT),
    )
    assert await evidence(store, files, nobody, "ros_1") == {}
    await publish(store)
    await append(make_entry(4, subject="ros_1", action=ACCEPT))
    found = await evidence(store, files, nobody, "ros_1", "ros_2", "ros_3")
    assert {about: (each.index, each.tree_size) for about, each in found.items()} == {"ros_1": (1, 4), "ros_2": (3, 4)}
    one, as_made = found["ros_1"], make_entry(1)
    assert (one.entry_id, one.action, one.at) == (as_made.id, ACCEPT, as_made.time)
    await publish(store)
    assert (await evidence(store, files, nobody, "ros_1"))["ros_1"].index == 4


def test_evidence_is_asked_of_what_proves_something() -> None:
    proving = {VerifiedReport.action, VerifiedRoster.action, VerifiedHandover.action}
    assert {GetEvidence(action=action, about=()).action for action in proving} == proving
    with pytest.raises(ValidationError, match="This action proves nothing"):
        GetEvidence(action="reporting:report:open", about=("rep_1",))


async def test_what_is_stored_otherwise_than_it_was_published_is_not_proven(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    await append(*(make_entry(i, action=ACCEPT) for i in range(3)))
    await publish(store)
    altered = make_entry(1, action=ACCEPT, actor="usr_2").canonical()
    await store[ENTRIES].update({"index": 1}, {"$set": {"leaf": altered}})
    with pytest.raises(NotProven):
        await evidence(store, files, person("nobody"), "hov_1")
    with pytest.raises(NotProven):
        await proofs.get_proof(store, person("nation", AUDITOR="ID"), GetProof(entry_id=make_entry(1).id), files=files)
    assert set(await evidence(store, files, person("nobody"), "hov_2")) == {"hov_2"}


async def test_a_hundred_proofs_read_each_file_of_the_log_once(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await append(*(make_entry(i, action=ACCEPT) for i in range(600)))
    await publish(store)
    read: list[str] = []
    reading = files.read

    async def counted(path: str) -> bytes:
        read.append(path)
        return await reading(path)

    monkeypatch.setattr(files, "read", counted)
    asked = [f"hov_{i}" for i in range(0, 600, 6)]
    found = await evidence(store, files, person("nobody"), *asked)
    assert set(found) == set(asked)
    assert len(read) == len(set(read)) <= 5
    for each in found.values():
        assert verify_entry(each.leaf.encode(), each.proof, store.signers[0].verifier).size == 600


async def test_the_state_of_the_log(store: Store, append: Append, make_entry: MakeEntry, person: Person) -> None:
    anyone = person("nobody")
    state = await proofs.get_log_state(store, anyone, GetLogState())
    assert (state.entries, state.tree_size) == (0, 0)
    await append(make_entry(0), make_entry(1))
    await publish(store)
    await append(make_entry(2))
    state = await proofs.get_log_state(store, anyone, GetLogState())
    assert (state.entries, state.tree_size) == (3, 2)
    assert state.key == str(store.signers[0].verifier)
    assert (state.origin, state.witnesses) == ("log.example/audit", ())
    key = str(Signer("w.example", bytes(32)).cosigner)
    store.settings = store.settings.model_copy(update={"witnesses": f"{key} http://127.0.0.1:1"})
    assert (await proofs.get_log_state(store, anyone, GetLogState())).witnesses == (key,)
