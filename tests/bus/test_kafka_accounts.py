"""Users and access rules of partners at a real broker: each writes to the intake and reads its own outcomes, and nothing else."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import AuthenticationFailedError, KafkaError

from amanah.cli.kafka_accounts import Applied, apply_accounts
from amanah.contracts.ids import new_id
from amanah.contracts.kafka_accounts import KafkaAccount
from amanah.contracts.partners import CredentialKind
from amanah.contracts.topics import LOGISTICS_INTAKE, LOGISTICS_REJECTED, partner_outcomes
from amanah.runtime.bus.bus import Outgoing
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.crypto import Keyring
from services.distribution.partners.credentials import new_credential, scram_users
from services.distribution.partners.documents import PartnerDocument
from services.distribution.partners.kafka_accounts import accounts_of

pytestmark = pytest.mark.kafka

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
SASL_SERVERS = os.environ.get("KAFKA_SASL_BOOTSTRAP_SERVERS", "")


class Brokers:
    """The brokers, and the accounts that a test applies."""

    def __init__(self, keys: Keyring, bus: KafkaBus) -> None:
        self.keys = keys
        self.bus = bus

    def account(self) -> tuple[str, str, KafkaAccount]:
        """A partner's id, password and account."""
        partner_id = new_id("ptn")
        credential, password = new_credential(self.keys, partner_id, CredentialKind.KAFKA, datetime.now(UTC))
        partner: Any = {"_id": partner_id, "credentials": [credential]}
        found: PartnerDocument = partner
        (account,) = accounts_of(found, scram_users(self.keys, found, datetime.now(UTC)))
        return partner_id, password, account

    async def apply(self, *accounts: KafkaAccount) -> Applied:
        await self.bus.ensure_topics(
            [LOGISTICS_INTAKE, LOGISTICS_REJECTED, *map(partner_outcomes, [a.groups for a in accounts])]
        )
        return await apply_accounts(SERVERS, accounts, "ptn_", {})


def login(account: KafkaAccount, password: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": SASL_SERVERS, "security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": account.name, "sasl_plain_password": password, "request_timeout_ms": 10_000,
    }  # fmt: skip


@pytest.fixture
async def brokers(keys: Keyring) -> AsyncIterator[Brokers]:
    bus = KafkaBus(SERVERS)
    yield Brokers(keys, bus)
    await apply_accounts(SERVERS, [], "ptn_", {})
    await bus.close()


@asynccontextmanager
async def producer(account: KafkaAccount, password: str) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(**login(account, password))
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def first(account: KafkaAccount, password: str, topic: str, group: str) -> bytes:
    """The first message of a topic, as a partner reads it."""
    consumer = AIOKafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", **login(account, password))
    try:
        await consumer.start()
        value: bytes = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()


async def test_a_partner_writes_to_the_intake_and_reads_its_own_outcomes(brokers: Brokers) -> None:
    one, password, account = brokers.account()
    other, _, beside = brokers.account()
    assert await brokers.apply(account, beside) == Applied(2, (), True)
    async with producer(account, password) as sending:
        await sending.send_and_wait(LOGISTICS_INTAKE.name, b"{}")
        for topic in (LOGISTICS_REJECTED.name, partner_outcomes(one).name):
            with pytest.raises(KafkaError):
                await sending.send_and_wait(topic, b"{}")
    await brokers.bus.publish([Outgoing(partner_outcomes(one).name, b"e", b"accepted")])
    group = f"{one}-{uuid.uuid4().hex[:6]}"
    assert await first(account, password, partner_outcomes(one).name, group) == b"accepted"
    for topic, as_group in (
        (LOGISTICS_INTAKE.name, group),
        (LOGISTICS_REJECTED.name, group),
        (partner_outcomes(other).name, group),
        (partner_outcomes(one).name, "distribution"),
        (partner_outcomes(one).name, other),
    ):
        with pytest.raises(KafkaError):
            await first(account, password, topic, as_group)


async def test_a_user_is_removed_with_its_credential(brokers: Brokers) -> None:
    _, password, account = brokers.account()
    _, _, beside = brokers.account()
    await brokers.apply(account, beside)
    # Applying again changes nothing.
    assert await brokers.apply(account, beside) == Applied(2, (), True)
    async with producer(account, password):
        pass
    assert await brokers.apply(beside) == Applied(1, (account.name,), True)
    with pytest.raises((AuthenticationFailedError, KafkaError)):
        async with producer(account, password):
            pass


async def test_a_user_needs_its_password(brokers: Brokers) -> None:
    _, _, account = brokers.account()
    await brokers.apply(account)
    with pytest.raises((AuthenticationFailedError, KafkaError)):
        async with producer(account, "guess"):
            pass
