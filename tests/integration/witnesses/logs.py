"""A log in memory, its fork, and the types of the fixtures that run witnesses."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.routing import Route

from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import Node
from amanah.tlog.witness import AddCheckpoint
from services.audit.settings import Witness
from services.audit.witnesses.client import ConsistencyProof, Prove, Witnesses

SIZE = 600
KEY = Signer("log.example/audit", bytes(range(32)))


@dataclass(frozen=True)
class Log:
    """A log of 600 entries, which differ from those of other logs from `fork` on."""

    fork: int = SIZE
    signer: Signer = KEY
    leaves: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves.extend(leaf_hash(b"%d" % i if i < self.fork else b"other %d" % i) for i in range(SIZE))

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

    def ask(self, size: int) -> tuple[Checkpoint, str, Prove]:
        """Returns the arguments of `Witnesses.cosign` and `check`."""

        async def prove(old: int) -> ConsistencyProof:
            return ConsistencyProof(self.head(old).root, self.proof(old, size))

        return self.head(size), self.note(size), prove


class ServeRoutes(Protocol):
    """Serves routes on a port of their own; returns their address."""

    def __call__(self, *routes: Route) -> Awaitable[str]: ...


class StartWitness(Protocol):
    """Starts a witness server with signer number `i`; returns its key and address."""

    def __call__(self, i: int = 0) -> Awaitable[Witness]: ...


class Ask(Protocol):
    """Returns the log's client of these witnesses."""

    def __call__(self, *witnesses: Witness, timeout: float = 5) -> Witnesses: ...
