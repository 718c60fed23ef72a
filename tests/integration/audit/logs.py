"""Types of the fixtures that fill a log and run its witnesses, and steps that many tests take."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import orjson

from amanah.cli.embedded import free_port
from amanah.cli.process import serving
from amanah.cli.witness import server
from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import AuditEntry
from amanah.runtime.service import Service
from amanah.tlog.checkpoint import Checkpoint, Signer, Verifier
from amanah.tlog.verify import VerificationReport
from services.audit.log.files import LogFiles
from services.audit.log.heads import read_published
from services.audit.log.publisher import Publisher
from services.audit.settings import AuditSettings, Witness
from services.audit.store import Store
from services.audit.witnesses.client import Witnesses

Person = Callable[..., Actor]
MakeStore = Callable[[], Store]


class MakeEntry(Protocol):
    """Makes entry number `i`, the same each time."""

    def __call__(
        self,
        i: int,
        *,
        actor: str = "usr_1",
        actor_area: str = "32.01",
        area: str = "32.01.05",
        action: str = "distribution:handover:record",
        subject: str | None = None,
    ) -> AuditEntry: ...


class Append(Protocol):
    """Appends entries to the log in one transaction."""

    def __call__(self, *entries: AuditEntry) -> Awaitable[None]: ...


class Verify(Protocol):
    """Verifies the log's files as an outsider does, by the bucket's checkpoint or by another, `note`."""

    def __call__(
        self,
        note: str | None = None,
        *,
        earlier: Checkpoint | None = None,
        witnesses: tuple[Verifier, ...] = (),
        quorum: int | None = None,
    ) -> Awaitable[VerificationReport]: ...


async def publish_all(publisher: Publisher) -> None:
    """Publishes until nothing waits."""
    while await publisher.step():
        pass


async def published_size(store: Store) -> int:
    """Returns the number of published entries; -1 before the first checkpoint."""
    published = await read_published(store)
    return published.checkpoint.size if published else -1


async def raised_alarms(store: Store) -> list[tuple[str, bool]]:
    """Returns the alarms that went out: the rule, and true when it is settled."""
    events = [d for d in await store.outbox.pending(100) if d["topic"] == "audit.events.v1"]
    alarms: list[dict[str, Any]] = [orjson.loads(bytes(event["value"])) for event in events]
    return [(alarm["rule"], alarm["settled"]) for alarm in alarms]


Restore = Callable[[], Awaitable[None]]


async def back_up(store: Store) -> Restore:
    """Takes a backup of entries and log in the database. Returns a function that restores it."""
    collections = [store.db[name] for name in ("entries", "log")]
    saved = [await each.list({}) for each in collections]

    async def restore() -> None:
        for each, documents in zip(collections, saved, strict=True):
            await each.delete({})
            await each.insert_many(documents)

    return restore


async def _nothing() -> None:
    pass


class WitnessGroup:
    """Three real witnesses, each of which can start and stop, and publishers that ask them."""

    def __init__(self, make_store: MakeStore, folder: Path) -> None:
        self.make_store = make_store
        self.keys = [signer.verifier for signer in make_store().signers]
        self.signers = [Signer(f"{name}.witness.example", bytes([n] * 32)) for n, name in enumerate("abc")]
        self.ports = [free_port() for _ in self.signers]
        self.folder = folder
        self.running: dict[int, AsyncExitStack] = {}
        self.clients: list[Witnesses] = []

    @property
    def witnesses(self) -> list[Witness]:
        return [
            Witness(signer.cosigner, f"http://127.0.0.1:{port}")
            for signer, port in zip(self.signers, self.ports, strict=True)
        ]

    async def start(self, *numbers: int) -> None:
        for n in numbers:
            witness = server.WitnessServer(self.folder / str(n), self.signers[n], self.keys)
            service = Service(f"witness {n}", prepare=_nothing, routes=witness.routes())
            self.running[n] = AsyncExitStack()
            await self.running[n].enter_async_context(serving(service, "127.0.0.1", self.ports[n]))

    async def stop(self, *numbers: int) -> None:
        for n in numbers:
            await self.running.pop(n).aclose()

    def publisher(
        self, *, of: int = 3, quorum: int = 2, patience: float = 60.0, holds: Callable[[], bool] = lambda: True
    ) -> Publisher:
        """Returns the publisher of a new process, with the first `of` witnesses."""
        named = ",".join(f"{w.key} {w.url}" for w in self.witnesses[:of])
        store = self.make_store()
        store.settings = AuditSettings(witnesses=named, witness_quorum=quorum, unwitnessed_after_s=patience)
        self.clients.append(Witnesses(self.witnesses[:of], self.keys))
        return Publisher(store, LogFiles(store), self.clients[-1], holds)

    async def publish(self, *, of: int = 3, quorum: int = 2, patience: float = 60.0) -> Publisher:
        """Publishes all that waits, as a new process."""
        publisher = self.publisher(of=of, quorum=quorum, patience=patience)
        await publish_all(publisher)
        return publisher

    async def close(self) -> None:
        await self.stop(*self.running)
        for each in self.clients:
            await each.close()
