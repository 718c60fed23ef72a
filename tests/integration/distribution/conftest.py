"""Fixtures of distribution: the store, and a scene."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.uploads import Uploads
from services.distribution.api import find_related, prepare
from services.distribution.evidence.photos import Photos
from services.distribution.settings import DistributionSettings
from services.distribution.store import Store
from tests.integration.distribution.readings import Readings
from tests.integration.distribution.scene import Scene, moved, picture


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    """The trial issuer that this test's store trusts."""
    return LocalIssuer(tmp_path, "amanah-trial", "amanah")


@pytest.fixture
async def store(db: Database, objects: Objects, keys: Keyring) -> Store:
    """The service's store, prepared, without its workers."""
    made = Store(
        db=db,
        objects=objects,
        keys=keys,
        outbox=Outbox(db, "distribution"),
        uploads=Uploads(db, objects),
        settings=DistributionSettings(roster_wait_s=0.3),
        trial_issuer=True,
    )
    await prepare(made)
    made.outbox.trail.find_related = partial(find_related, made)
    return made


@pytest.fixture
def photos() -> Iterator[Photos]:
    """Decodes pictures."""
    made = Photos()
    yield made
    made.close()


@pytest.fixture
def verifier(issuer: LocalIssuer) -> Verifier:
    """Checks tokens of the trial issuer."""
    return Verifier(issuer.jwks(), "amanah-trial", "amanah")


@pytest.fixture
def scene(store: Store, photos: Photos, person: Callable[..., Actor]) -> Scene:
    """A scene without anything in it yet."""
    return Scene(store, photos, person)


@pytest.fixture
def event() -> Callable[..., Any]:
    """Makes a partner's event: `event("P-1", "shipping", "GUDANG", minutes_ago=9, count=100)`."""
    return moved


@pytest.fixture
def photo() -> Callable[[int], bytes]:
    """Makes a photo: `photo(7)`."""
    return picture


@pytest.fixture
def readings(scene: Scene, person: Callable[..., Actor]) -> Readings:
    """Reads through the service's door; nobody has asked anything yet."""
    return Readings(scene, person)
