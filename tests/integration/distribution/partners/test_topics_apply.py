"""`amanah topics apply` creates the outcome topics of partners; their users and rules are tested on a real Kafka (tests/bus)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from amanah.cli.main import app
from amanah.contracts.actor import Actor
from amanah.contracts.partners import AddPartner, SuspendPartner
from amanah.contracts.topics import TOPICS, partner_outcomes
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from amanah.runtime.settings import Settings
from services.distribution.partners.kafka_accounts import partner_accounts
from tests.integration.distribution.scene import Scene

MASTERS = Keyring.generate()


@pytest.fixture
def keys() -> Keyring:
    """A keyring whose text the command line is given."""
    return Keyring.parse(MASTERS)


@pytest.fixture
def db(database: Callable[[str], Database]) -> Database:
    """The database in which the command line looks for partners."""
    return database("distribution")


async def apply(**environment: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, app, ["topics", "apply"], env={"KAFKA_BOOTSTRAP_SERVERS": ""} | environment
    )


async def test_each_partner_has_its_outcome_topic(
    scene: Scene, person: Callable[..., Actor], stores: Settings, db: Database, keys: Keyring, tmp_path: Path
) -> None:
    admin = person("Adi", ADMIN="32")
    added = [await scene.call(AddPartner(name=name, area="32.01"), admin) for name in ("One", "Two")]
    one, two = (account.partner.id for account in added)
    await scene.call(SuspendPartner(partner_id=two, reason="The contract ended"), admin)
    environment: dict[str, Any] = {
        "AMANAH_DATA": str(tmp_path), "MONGO_URL": stores.mongo_url, "AMANAH_MASTER_KEYS": MASTERS,
        "AMANAH_DATABASE_PREFIX": db.name.removesuffix("_distribution"),
    }  # fmt: skip
    done = await apply(**environment)
    assert (done.exit_code, done.stdout.splitlines()) == (
        0, [f"{len(TOPICS)} topics created, 0 existed.", "2 partners: 2 outcome topics created, 0 existed."],
    )  # fmt: skip
    again = await apply(**environment)
    assert again.stdout.splitlines()[-1] == "2 partners: 0 outcome topics created, 2 existed."
    bus = LocalBus(tmp_path / "bus.sqlite")
    assert await bus.ensure_topics([partner_outcomes(one), partner_outcomes(two)]) == []
    await bus.close()
    # A suspended partner keeps its topic, and has no user.
    _, accounts = await partner_accounts(db, keys)
    assert [(a.groups, a.writes, a.reads) for a in accounts] == [
        (one, ("logistics.intake.v1",), (f"logistics.outcomes.{one}.v1",))
    ]
    wrong = await apply(**environment | {"AMANAH_MASTER_KEYS": Keyring.generate()})
    assert (wrong.exit_code, "AMANAH_MASTER_KEYS" in wrong.stderr) == (2, True)


async def test_without_a_store_partners_are_left_out(tmp_path: Path) -> None:
    done = await apply(AMANAH_DATA=str(tmp_path))
    assert (done.exit_code, "set MONGO_URL" in done.stdout) == (0, True)
