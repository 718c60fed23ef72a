"""`amanah topics`: creates the topics of contracts/topics.py, and what partners need on the bus."""

import importlib
import sys
from typing import Annotated

import typer
import uvloop

from amanah.cli.embedded import CannotStart
from amanah.cli.process import create_topics_and_buckets, kafka_options, keyring, open_runtime, or_exit, the_bus
from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import TOPICS
from amanah.runtime import mongo
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.kafka_accounts import apply_accounts
from amanah.runtime.crypto import CannotDecrypt
from amanah.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Topics of the bus.")


@app.command()
def apply(
    buckets: Annotated[bool, typer.Option("--buckets", help="Also create the buckets of the object store")] = False,
) -> None:
    """Create missing topics and, with --buckets, missing buckets. Existing ones stay as they are.

    With MONGO_URL, also the outcome topics of partners, and on Kafka their users (SCRAM) and access rules (ACLs); those of
    suspended partners and of ended credentials are removed.

    Example: KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 MONGO_URL=mongodb://mongo/?replicaSet=rs0 amanah topics apply
    """

    async def on_bus(settings: Settings, bus: Bus) -> None:
        created = await bus.ensure_topics(TOPICS.values())
        print(f"{len(created)} topics created, {len(TOPICS) - len(created)} existed.")
        if settings.mongo_url is None:
            print("Partners are left out: set MONGO_URL to create their outcome topics, users and access rules.")
        else:
            await _apply_partners(settings, settings.mongo_url, bus)

    async def run() -> None:
        settings = settings_module.load()
        if buckets:
            async with open_runtime(settings) as found:
                await create_topics_and_buckets(found)
                await on_bus(settings, found.bus)
        else:
            async with the_bus(settings) as bus:
                await on_bus(settings, bus)

    try:
        or_exit(lambda: uvloop.run(run()))
    except Unavailable as error:
        print(error.message, file=sys.stderr)
        raise typer.Exit(2) from None


async def _apply_partners(settings: Settings, mongo_url: str, bus: Bus) -> None:
    """Creates what partners need on the bus."""
    # By its name: an image may hold one service only.
    partners = importlib.import_module("services.distribution.partners.kafka_accounts")
    async with mongo.connect(mongo_url) as connected:
        db = connected(f"{settings.database_prefix}_distribution")
        try:
            topics, accounts = await partners.partner_accounts(db, keyring(settings))
        except CannotDecrypt:
            raise CannotStart(
                "The credentials of partners cannot be read: set AMANAH_MASTER_KEYS as for the services."
            ) from None
    created = await bus.ensure_topics(topics)
    print(f"{len(topics)} partners: {len(created)} outcome topics created, {len(topics) - len(created)} existed.")
    if not settings.kafka:
        return
    applied = await apply_accounts(settings.kafka, accounts, partners.PREFIX, kafka_options(settings))
    print(f"{applied.users} users of partners at Kafka, {len(applied.removed)} removed.")
    if not applied.enforced:
        print(
            "The brokers have no authorizer (`authorizer.class.name`): access rules are not set, and everybody may read "
            "every topic.",
            file=sys.stderr,
        )
