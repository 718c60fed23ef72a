"""An audit service's store in a bucket of its own, and entries to put into it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.contracts.errors import NotFound
from amanah.contracts.ids import derived_id
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.tlog.checkpoint import Checkpoint, Signer, Verifier
from amanah.tlog.verify import VerificationReport, verify_log
from services.audit.api import prepare
from services.audit.log.files import LogFiles
from services.audit.log.sequencing import append_entries
from services.audit.search.rules.entry import NewEntry, read
from services.audit.settings import AuditSettings
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, MakeStore, Verify, WitnessGroup


@pytest.fixture
def make_entry() -> MakeEntry:
    def make(
        i: int,
        *,
        actor: str = "usr_1",
        actor_area: str = "32.01",
        area: str = "32.01.05",
        action: str = "distribution:handover:record",
        subject: str | None = None,
    ) -> AuditEntry:
        return AuditEntry(
            id=derived_id("aud", str(i)),
            time=datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=i),
            actor=Acting(id=actor, name="Sari", role="OFFICER", area=actor_area),
            action=action,
            subject=Subject(type="Handover", id=subject or f"hov_{i}"),
            area=area,
            origin=Origin(service="distribution", trace=f"{i:032x}"),
        )

    return make


@pytest.fixture
async def make_store(db: Database, objects: Objects) -> MakeStore:
    """Makes stores of one and the same service, as several instances have them."""
    bucket = f"audit-{uuid.uuid4().hex}"
    signer = Signer("log.example/audit", bytes(range(32)))

    def make() -> Store:
        settings = AuditSettings(publish_every_s=0.02, proof_wait_s=0.3)
        return Store(db, objects, (signer,), settings, Outbox(db, "audit"), bucket)

    return make


@pytest.fixture
async def store(make_store: MakeStore) -> Store:
    store = make_store()
    await prepare(store)
    return store


@pytest.fixture
def files(store: Store) -> LogFiles:
    return LogFiles(store)


@pytest.fixture
def append(store: Store) -> Append:
    async def add(*entries: AuditEntry) -> None:
        new = [NewEntry(read(e.canonical()), e.canonical()) for e in entries]
        await store.db.transaction(lambda tx: append_entries(store, tx, new))

    return add


@pytest.fixture
def verify(store: Store, files: LogFiles) -> Verify:
    async def check(
        note: str | None = None,
        *,
        earlier: Checkpoint | None = None,
        witnesses: Sequence[Verifier] = (),
        quorum: int | None = None,
    ) -> VerificationReport:
        paths = await files.paths()
        contents = dict(zip(paths, await asyncio.gather(*map(files.read, paths)), strict=True))
        if note is not None:
            contents["checkpoint"] = note.encode()
        return verify_log(
            contents.__getitem__, store.signers[0].verifier, earlier=earlier, witnesses=witnesses, quorum=quorum
        )

    return check


@pytest.fixture
def delete_file(store: Store, files: LogFiles) -> Callable[[str], Awaitable[None]]:
    """Deletes a file from the bucket."""

    async def delete(path: str) -> None:
        await store.objects.delete(store.bucket, path)
        with pytest.raises(NotFound):
            await files.read(path)

    return delete


@pytest.fixture
async def witness_group(make_store: MakeStore, tmp_path: Path) -> AsyncIterator[WitnessGroup]:
    """Witnesses, none of which runs yet."""
    group = WitnessGroup(make_store, tmp_path)
    yield group
    await group.close()
