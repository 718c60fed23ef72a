import asyncio
from collections.abc import Awaitable, Callable

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.audit import AuditEntry, GetLogState, GetProof, new_entry_id
from amanah.contracts.errors import NotFound, NotYet
from amanah.tlog.verify import verify_entry
from services.audit.publisher import Publisher
from services.audit.queries import proofs
from services.audit.store import Store

MakeEntry = Callable[..., AuditEntry]
Append = Callable[..., Awaitable[None]]
Person = Callable[..., Actor]


async def publish(store: Store) -> None:
    publisher = Publisher(store)
    while await publisher.step():
        pass
    await publisher._lease.release()


@pytest.mark.parametrize("size", [1, 2, 255, 257, 600])
async def test_proofs_convince_an_outsider(
    store: Store, append: Append, make_entry: MakeEntry, person: Person, size: int
) -> None:
    await append(*(make_entry(i) for i in range(size)))
    await publish(store)
    viewer = person("regency", AUDITOR="32.01")
    for i in {0, size // 2, size - 1}:
        view = await proofs.get_proof(store, viewer, GetProof(entry_id=make_entry(i).id))
        assert (view.index, view.tree_size) == (i, size)
        assert view.leaf.encode() == make_entry(i).canonical()
        assert view.checkpoint in view.proof
        assert verify_entry(view.leaf.encode(), view.proof, store.signers[0].verifier).size == size


async def test_a_proof_waits_for_the_checkpoint(
    store: Store, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    viewer = person("nation", AUDITOR="ID")
    await append(make_entry(0))
    await publish(store)
    await append(make_entry(1))
    ask = GetProof(entry_id=make_entry(1).id)
    with pytest.raises(NotYet):
        await proofs.get_proof(store, viewer, ask)
    store.settings = store.settings.model_copy(update={"proof_wait_s": 10.0})
    waiting = asyncio.create_task(proofs.get_proof(store, viewer, ask))
    await publish(store)
    assert (await waiting).index == 1
    with pytest.raises(NotFound):
        await proofs.get_proof(store, viewer, GetProof(entry_id="aud_unknown"))


async def test_an_entry_just_made_may_be_on_its_way(
    store: Store, append: Append, make_entry: MakeEntry, person: Person
) -> None:
    viewer = person("nation", AUDITOR="ID")
    coming = make_entry(0).model_copy(update={"id": new_entry_id()})
    with pytest.raises(NotYet):
        await proofs.get_proof(store, viewer, GetProof(entry_id=coming.id))
    store.settings = store.settings.model_copy(update={"proof_wait_s": 10.0})
    waiting = asyncio.create_task(proofs.get_proof(store, viewer, GetProof(entry_id=coming.id)))
    await append(coming)
    await publish(store)
    assert (await waiting).index == 0


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
    assert state.origin == "log.example/audit"
