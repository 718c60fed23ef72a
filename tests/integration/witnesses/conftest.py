"""A log in memory, its fork, and witnesses that serve on 127.0.0.1."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.routing import Route

from amanah.cli.runtime import serving
from amanah.cli.witness import server
from amanah.runtime.embedded import free_port
from amanah.runtime.service import Service
from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import Node
from amanah.tlog.witness import AddCheckpoint
from services.audit.witnesses.commands import Grown, Witness, Witnesses

MOST = 600
KEY = Signer("log.example/audit", bytes(range(32)))


@dataclass(frozen=True)
class Log:
    """A log of 600 entries; from `fork` on they are others."""

    fork: int = MOST
    signer: Signer = KEY
    leaves: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves.extend(leaf_hash(b"%d" % i if i < self.fork else b"other %d" % i) for i in range(MOST))

    def head(self, size: int) -> Checkpoint:
        return Checkpoint(self.signer.name, size, tree_root(self.leaves[:size]))

    def note(self, size: int) -> str:
        return self.head(size).signed(self.signer)

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        def read(node: Node) -> bytes:
            return tree_root(self.leaves[node.number << node.height : (node.number + 1) << node.height])

        return tuple(proofs.build(proofs.consistency_path(old, size), read)) if old else ()

    def request(self, old: int, size: int) -> AddCheckpoint:
        return AddCheckpoint(old, self.proof(old, size), self.note(size))

    def ask(self, size: int) -> "tuple[Checkpoint, str, Callable[..., object]]":
        """What `Witnesses.cosign` and `check` are given."""

        async def prove(old: int) -> Grown:
            return Grown(self.head(old).root, self.proof(old, size))

        return self.head(size), self.note(size), prove


@pytest.fixture(scope="session")
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def fork() -> Log:
    """Another log of the same key, which has the first 100 entries in common."""
    return Log(fork=100)


@pytest.fixture
def signers() -> list[Signer]:
    return [Signer(f"{name}.witness.example", bytes([i] * 32)) for i, name in enumerate("abc")]


Serve = Callable[..., "object"]


@pytest.fixture
async def serve_routes() -> AsyncIterator[Serve]:
    """Serves routes on a port of their own; answers their address."""
    async with AsyncExitStack() as stack:

        async def start(*routes: Route) -> str:
            port = free_port()
            await stack.enter_async_context(
                serving(Service("witness", prepare=_nothing, routes=routes), "127.0.0.1", port)
            )
            return f"http://127.0.0.1:{port}"

        yield start


async def _nothing() -> None:
    pass


@pytest.fixture
async def serve(serve_routes: Serve, signers: list[Signer], tmp_path: Path) -> Serve:
    """Starts witness number `i`, a real one; answers how it is reached."""

    async def start(i: int = 0) -> Witness:
        signer = signers[i]
        witness = server.WitnessServer(tmp_path / signer.name, signer, [KEY.verifier], clock=lambda: 1_700_000_000)
        return Witness(signer.cosigner, await serve_routes(*witness.routes()))

    return start


@pytest.fixture
async def ask() -> AsyncIterator[Callable[..., Witnesses]]:
    """The log's side, with these witnesses."""
    made: list[Witnesses] = []

    def make(*witnesses: Witness, timeout: float = 5) -> Witnesses:
        made.append(Witnesses(witnesses, [KEY.verifier], timeout))
        return made[-1]

    yield make
    for each in made:
        await each.close()
