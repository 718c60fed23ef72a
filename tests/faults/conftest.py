"""Fixtures of the tests that disturb the distribution role: the process, its store, the bus and the partners' readers."""

import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.topics import TOPICS
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.settings import Settings
from amanah.runtime.uploads import Uploads
from services.distribution.api import prepare
from services.distribution.evidence.photos import Photos
from services.distribution.settings import DistributionSettings
from services.distribution.store import Store
from tests.faults.partners import DistributionProcess, Partner
from tests.integration.distribution.scene import Scene

# Pytest's own name: files that need a real Kafka.
collect_ignore = [] if "KAFKA_BOOTSTRAP_SERVERS" in os.environ else ["test_partner_chaos.py", "test_partner_lanes.py"]


@pytest.fixture
async def bus() -> AsyncIterator[KafkaBus]:
    """Apache Kafka, with all topics."""
    made = KafkaBus(os.environ["KAFKA_BOOTSTRAP_SERVERS"])
    await made.ensure_topics(TOPICS.values())
    yield made
    await made.close()


@pytest.fixture
def distribution(
    stores: Settings, database: Callable[[str], Database], tmp_path: Path
) -> Iterator[DistributionProcess]:
    """The distribution role, not started yet."""
    name = database("distribution").name
    made = DistributionProcess(stores, tmp_path, name.removesuffix("_distribution"))
    yield made
    made.kill()


@pytest.fixture
def partners(distribution: DistributionProcess) -> tuple[Partner, Partner]:
    """Two partners whose topics are theirs alone in this test."""
    test = uuid.uuid4().hex[:8]
    return distribution.partner(f"pt {test}"), distribution.partner(f"cv {test}")


@pytest.fixture
async def scene_in(
    database: Callable[[str], Database], objects: Objects, keys: Keyring, person: Callable[..., Actor]
) -> AsyncIterator[Callable[[str], Scene]]:
    """Makes the scene in a database: `scene_in("distribution")` is the one that the process serves."""
    photos = Photos()

    async def make(name: str) -> Scene:
        db = database(name)
        outbox, settings = Outbox(db, "distribution"), DistributionSettings(capture_wait_s=0)
        store = Store(
            db=db, objects=objects, keys=keys, outbox=outbox, uploads=Uploads(db, objects), settings=settings,
            trial_issuer=True,
        )  # fmt: skip
        await prepare(store)
        return Scene(store, photos, person)

    yield make  # type: ignore[misc]
    photos.close()
