"""A log in memory, its fork, and witnesses that serve on 127.0.0.1."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from starlette.routing import Route

from amanah.cli.embedded import free_port
from amanah.cli.process import serving
from amanah.cli.witness import server
from amanah.runtime.service import Service
from amanah.tlog.checkpoint import Signer
from services.audit.settings import Witness
from services.audit.witnesses.client import Witnesses
from tests.integration.witnesses.logs import KEY, Ask, Log, ServeRoutes, StartWitness


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


@pytest.fixture
async def serve_routes() -> AsyncIterator[ServeRoutes]:
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
async def serve(serve_routes: ServeRoutes, signers: list[Signer], tmp_path: Path) -> StartWitness:
    async def start(i: int = 0) -> Witness:
        signer = signers[i]
        witness = server.WitnessServer(tmp_path / signer.name, signer, [KEY.verifier], clock=lambda: 1_700_000_000)
        return Witness(signer.cosigner, await serve_routes(*witness.routes()))

    return start


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    clients: list[Witnesses] = []

    def make(*witnesses: Witness, timeout: float = 5) -> Witnesses:
        clients.append(Witnesses(witnesses, [KEY.verifier], timeout))
        return clients[-1]

    yield make
    for each in clients:
        await each.close()
