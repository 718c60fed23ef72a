"""The wiring: called as the gateway calls it, on the stores and the bus of one machine."""

import uuid
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.audit.proofs import GetLogState, GetProof
from amanah.contracts.audit.search import AuditView, ListEntries
from amanah.contracts.errors import Forbidden
from amanah.contracts.topics import TOPICS
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import Runtime, Service
from amanah.runtime.settings import BadSettings, Settings
from amanah.tlog import checkpoint
from amanah.tlog.verify import verify_entry
from services.audit import app
from services.audit.log import keys as log_keys
from services.audit.store import Store
from tests.integration.audit.logs import Person
from tests.waiting import eventually

SECRET = "s" * 32


@pytest.fixture
async def service(
    stores: Settings,
    database: Callable[[str], Database],
    objects: Objects,
    keys: Keyring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Service]:
    monkeypatch.setattr(app, "Store", partial(Store, bucket=f"audit-{uuid.uuid4().hex}"))
    bus = LocalBus(tmp_path / "bus.sqlite")
    await bus.ensure_topics(TOPICS.values())
    issuer = LocalIssuer(tmp_path / "keys", "issuer", "amanah")
    runtime = Runtime(
        settings=stores.model_copy(update={"data": tmp_path}),
        database=database,
        objects=objects,
        bus=bus,
        keys=keys,
        signer=CallSigner(SECRET),
        verifier=Verifier(issuer.jwks(), "issuer", "amanah"),
    )
    built = app.build(runtime)
    async with built.running():
        yield built
    await bus.close()


async def test_a_denial_becomes_an_entry_with_a_proof(service: Service, person: Person) -> None:
    client = Client({"audit": InProcessTransport(service.mounted())}, CallSigner(SECRET))
    officer, auditor = person("Sari", OFFICER="32.01"), person("Budi", AUDITOR="32")
    with pytest.raises(Forbidden):
        await client.call(ListEntries(), officer)

    async def listed() -> tuple[AuditView, ...]:
        return tuple((await client.call(ListEntries(actor_id=officer.id), auditor)).nodes)

    (entry,) = await eventually(listed)
    assert (entry.action, entry.outcome, entry.reason) == ("access:request:deny", "denied", "forbidden")
    assert (entry.actor_id, entry.actor_area, entry.subject_id) == (officer.id, "32.01", "audit.list_entries")
    proof = await client.call(GetProof(entry_id=entry.id), auditor)
    assert "Sari" not in proof.leaf
    state = await client.call(GetLogState(), officer)
    verify_entry(proof.leaf.encode(), proof.proof, checkpoint.Verifier.parse(state.key))
    assert service.troubles() == []
    (publisher,) = [worker for worker in service.workers if worker.name == "publisher"]
    assert publisher.figures()["published"] >= 1


def test_the_key_is_made_once_and_checked(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    (first,) = log_keys.signers(settings)
    assert log_keys.signers(settings)[0].verifier == first.verifier
    assert (tmp_path / "keys" / "audit.key").stat().st_mode & 0o077 == 0
    for wrong in ("short", "AAAA", "*"):
        with pytest.raises(BadSettings, match="AMANAH_AUDIT_KEY"):
            log_keys.signers(Settings(data=tmp_path, audit_key=wrong))
