"""Fixtures that many rooms share. The stores are real: the same ones that `amanah up` starts."""

import asyncio
import os
import subprocess
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from amanah.cli import embedded
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.buckets import BUCKETS
from amanah.runtime import mongo
from amanah.runtime import settings as settings_module
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import person_id
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.settings import Settings

# How long an example takes says how busy the machine is, not whether the rule holds.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The stores of this test session, in a thread of their own; settings that name them."""
    folder: Path = tmp_path_factory.mktemp("stores")
    started: list[Settings] = []
    failed: list[BaseException] = []
    up, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def keep() -> None:
        try:
            async with embedded.stores(settings_module.load(data=folder)) as found:
                objects = _objects(found)
                await objects.ensure_buckets(*BUCKETS)
                objects.close()
                started.append(found)
                up.set()
                await stop.wait()
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            up.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(keep()), name="stores", daemon=True)
    thread.start()
    assert up.wait(90), "the stores did not start"
    if failed:
        raise failed[0]
    yield started[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


def _objects(settings: Settings) -> Objects:
    assert settings.s3_endpoint is not None
    assert settings.s3_secret_key is not None
    return Objects(settings.s3_endpoint, settings.s3_access_key, settings.s3_secret_key)


@pytest.fixture
async def database(stores: Settings) -> AsyncIterator[Callable[[str], Database]]:
    """Databases of this test alone, by name; gone afterwards."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    assert stores.mongo_url is not None
    made: dict[str, Database] = {}
    async with mongo.connect(stores.mongo_url) as connected:

        def named(name: str) -> Database:
            return made.setdefault(name, connected(f"{prefix}_{name}"))

        yield named
        # A given store outlives the tests. The embedded one goes with its folder, and deletes document by document: slowly.
        if "MONGO_URL" in os.environ:
            for each in made.values():
                await each.drop()


@pytest.fixture
async def db(database: Callable[[str], Database]) -> Database:
    """A database of this test alone."""
    return database("test")


@pytest.fixture
async def objects(stores: Settings) -> AsyncIterator[Objects]:
    """The object store; its buckets are shared by all tests, so use fresh keys."""
    found = _objects(stores)
    yield found
    found.close()


@pytest.fixture
def keys() -> Keyring:
    """A keyring of its own."""
    return Keyring.parse(Keyring.generate())


@pytest.fixture
def person() -> Callable[..., Actor]:
    """Makes people: `person("Sari", OFFICER="32.01.05")`."""

    def make(name: str, **roles: str) -> Actor:
        grants = tuple(Grant(role=Role(role), area=area) for role, area in roles.items())
        return Actor(id=person_id(name), name=name, grants=grants, session=f"session of {name}")

    return make


_TSA = """
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
[leaf]
extendedKeyUsage = critical, timeStamping
[req]
distinguished_name = dn
[dn]
"""


@dataclass(frozen=True)
class StampingOffice:
    """Answers time-stamp queries (RFC 3161) from its folder."""

    folder: Path

    @property
    def certificates(self) -> Path:
        return self.folder / "root.pem"

    def openssl(self, *arguments: str) -> bytes:
        return subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True).stdout

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()


@pytest.fixture(scope="session")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> StampingOffice:
    """A time-stamping authority: `openssl ts` with certificates made for this session."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(_TSA)
    made = StampingOffice(folder)
    made.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
                 "-subj", "/CN=Trial Root", "-keyout", "root.key", "-out", "root.pem")  # fmt: skip
    made.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                 "-subj", "/CN=Trial TSA", "-keyout", "tsa.key", "-out", "tsa.csr")  # fmt: skip
    made.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "2",
                 "-extfile", "tsa.cnf", "-extensions", "leaf", "-out", "tsa.pem")  # fmt: skip
    (folder / "serial").write_text("01\n")
    return made
