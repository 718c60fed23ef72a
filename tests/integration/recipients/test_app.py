"""Workers of the recipients service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.buckets import UPLOADS
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.service import Periodic, Runtime
from amanah.runtime.settings import Settings
from services.recipients.app import build
from services.recipients.store import Store
from tests.integration.recipients.lists import MakePerson, Upload


@pytest.fixture
def sweeping(
    stores: Settings, db: Database, objects: Objects, keys: Keyring, bus: LocalBus, tmp_path: Path
) -> Periodic:
    """The worker that deletes unused uploads."""
    runtime = Runtime(
        settings=stores, database=lambda _: db, objects=objects, bus=bus, keys=keys, signer=CallSigner("s" * 32),
        verifier=Verifier(LocalIssuer(tmp_path, "amanah-trial", "amanah").jwks(), "amanah-trial", "amanah"),
    )  # fmt: skip
    (found,) = [worker for worker in build(runtime).workers if worker.name == "uploads"]
    return cast(Periodic, found)


async def test_a_list_that_was_never_imported_is_deleted_after_a_day(
    store: Store, sweeping: Periodic, uploaded: Upload, person: MakePerson
) -> None:
    unused = await uploaded(person("Sari", REGISTRAR="32.75"), b"NIK;NAMA")
    await sweeping.work()
    assert unused in await store.objects.list(UPLOADS)
    await store.db["uploads"].update({"_id": unused}, {"$set": {"at": datetime.now(UTC) - timedelta(hours=25)}})
    await sweeping.work()
    assert unused not in await store.objects.list(UPLOADS)
