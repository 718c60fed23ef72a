"""An audit service's store in a bucket of its own, and entries to put into it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from amanah.cli.process import serving
from amanah.cli.witness import server
from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.contracts.errors import NotFound
from amanah.contracts.ids import derived_id
from amanah.runtime.embedded import free_port
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.service import Service
from amanah.tlog.checkpoint import Signer
from amanah.tlog.verify import VerificationReport, verify_log
from services.audit.log.publisher import Publisher
from services.audit.search.rules.entry import read
from services.audit.settings import AuditSettings
from services.audit.store import Arrived, Store
from services.audit.witnesses.client import Witnesses
from services.audit.witnesses.rules import Witness

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
def verified(store: Store) -> Callable[..., Awaitable[VerificationReport]]:
    """The outsider's check of what the bucket holds, or of its files under another checkpoint, `note`."""

    async def check(note: str | None = None, **known: Any) -> VerificationReport:
        paths = await store.log.objects.list(store.log.bucket)
        files = dict(zip(paths, await asyncio.gather(*map(store.log.read, paths)), strict=True))
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


class Court:
    """Three real witnesses, each of which can leave and come back; a publisher that asks them."""

    def __init__(self, make_store: Callable[[], Store], folder: Path) -> None:
        self.make_store = make_store
        self.keys = [signer.verifier for signer in make_store().signers]
        self.signers = [Signer(f"{name}.witness.example", bytes([n] * 32)) for n, name in enumerate("abc")]
        self.ports = [free_port() for _ in self.signers]
        self.folder = folder
        self.present: dict[int, AsyncExitStack] = {}
        self.asked: list[Witnesses] = []

    @property
    def witnesses(self) -> list[Witness]:
        return [
            Witness(signer.cosigner, f"http://127.0.0.1:{port}")
            for signer, port in zip(self.signers, self.ports, strict=True)
        ]

    async def come(self, *numbers: int) -> None:
        for n in numbers:
            witness = server.WitnessServer(self.folder / str(n), self.signers[n], self.keys)
            service = Service(f"witness {n}", prepare=_nothing, routes=witness.routes())
            self.present[n] = AsyncExitStack()
            await self.present[n].enter_async_context(serving(service, "127.0.0.1", self.ports[n]))

    async def leave(self, *numbers: int) -> None:
        for n in numbers:
            await self.present.pop(n).aclose()

    def publisher(
        self, *, of: int = 3, quorum: int = 2, patience: float = 60.0, holds: Callable[[], bool] = lambda: True
    ) -> Publisher:
        """The publisher of a new process, with the first `of` witnesses."""
        named = ",".join(f"{w.key} {w.url}" for w in self.witnesses[:of])
        store = self.make_store()
        store.settings = AuditSettings(witnesses=named, witness_quorum=quorum, unwitnessed_after_s=patience)
        self.asked.append(Witnesses(self.witnesses[:of], self.keys))
        return Publisher(store, self.asked[-1], holds)

    async def publish(self, **known: Any) -> Publisher:
        """A new process publishes all that waits."""
        publisher = self.publisher(**known)
        while await publisher.step():
            pass
        return publisher

    async def close(self) -> None:
        await self.leave(*self.present)
        for each in self.asked:
            await each.close()


async def _nothing() -> None:
    pass


@pytest.fixture
async def court(make_store: Callable[[], Store], tmp_path: Path) -> AsyncIterator[Court]:
    """Witnesses; none of them has come yet."""
    made = Court(make_store, tmp_path)
    yield made
    await made.close()
