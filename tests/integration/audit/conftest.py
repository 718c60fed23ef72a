"""An audit service's store in a bucket of its own, and entries to put into it."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit import AuditEntry, Origin, Subject
from amanah.contracts.errors import NotFound
from amanah.contracts.ids import derived_id
from amanah.mongo import Database
from amanah.objects import Objects
from amanah.tlog.checkpoint import Signer
from amanah.tlog.verify import Report, verify_log
from services.audit.domain.entry import read
from services.audit.settings import AuditSettings
from services.audit.store import Arrived, Store

MakeEntry = Callable[..., AuditEntry]


@pytest.fixture
def make_entry() -> MakeEntry:
    """Entry number `i`; it is the same each time."""

    def make(
        i: int, *, actor: str = "usr_1", actor_area: str = "32.01", area: str = "32.01.05", **known: str
    ) -> AuditEntry:
        return AuditEntry(
            id=derived_id("aud", str(i)),
            time=datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=i),
            actor=Acting(id=actor, name="Sari", role="OFFICER", area=actor_area),
            action=known.get("action", "distribution:handover:record"),
            subject=Subject(type="Handover", id=known.get("subject", f"hov_{i}")),
            area=area,
            origin=Origin(service="distribution", trace=f"{i:032x}"),
        )

    return make


@pytest.fixture
async def make_store(db: Database, objects: Objects) -> Callable[[], Store]:
    """Stores of one and the same service, as several instances have them."""
    bucket = f"audit-{uuid.uuid4().hex}"
    signer = Signer("log.example/audit", bytes(range(32)))
    return lambda: Store(db, objects, [signer], AuditSettings(publish_every_s=0.02, proof_wait_s=0.3), bucket=bucket)


@pytest.fixture
async def store(make_store: Callable[[], Store]) -> Store:
    store = make_store()
    await store.prepare()
    return store


Append = Callable[..., Awaitable[None]]


@pytest.fixture
def append(store: Store) -> Append:
    """Appends entries in one transaction."""

    async def add(*entries: AuditEntry) -> None:
        arrived = [Arrived(read(e.canonical()), e.canonical()) for e in entries]
        await store.db.transaction(lambda tx: store.append(tx, arrived))

    return add


@pytest.fixture
def verified(store: Store) -> Callable[..., Awaitable[Report]]:
    """The outsider's check of what the bucket holds, or of its files under another checkpoint, `note`."""

    async def check(note: str | None = None, **known: object) -> Report:
        files = {key: await store.log.read(key) for key in await store.log.objects.list(store.log.bucket)}
        if note is not None:
            files["checkpoint"] = note.encode()
        return verify_log(files.__getitem__, store.signers[0].verifier, **known)

    return check


@pytest.fixture
def lost(store: Store) -> Callable[[str], Awaitable[None]]:
    """Takes a file away from the bucket."""

    async def take(path: str) -> None:
        await store.log.objects.delete(store.log.bucket, path)
        with pytest.raises(NotFound):
            await store.log.read(path)

    return take
