"""The accounts that partners have at Kafka, for `amanah topics apply`, which loads this module by its name."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from amanah.contracts.kafka_accounts import KafkaAccount
from amanah.contracts.partners import PartnerStatus
from amanah.contracts.topics import LOGISTICS_INTAKE, Topic, partner_outcomes
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from services.distribution.partners.credentials import ScramUser, scram_users
from services.distribution.partners.documents import PARTNERS, PartnerDocument

PREFIX = "ptn_"
"""Prefix of the names of partners' users; other users of the brokers are left alone."""


async def partner_accounts(db: Database, keys: Keyring) -> tuple[Sequence[Topic], Sequence[KafkaAccount]]:
    """The outcome topics of all partners, and the accounts of those that are active.

    A partner may write to the intake, and read its own outcomes, in consumer groups that begin with its id.
    """
    topics: list[Topic] = []
    accounts: list[KafkaAccount] = []
    now = datetime.now(UTC)
    for partner in await db[PARTNERS].list({}, sort=[("_id", 1)]):
        topics.append(partner_outcomes(partner["_id"]))
        if partner["status"] == PartnerStatus.ACTIVE:
            accounts += accounts_of(partner, scram_users(keys, partner, now))
    return topics, accounts


def accounts_of(partner: PartnerDocument, users: Iterable[ScramUser]) -> list[KafkaAccount]:
    """The accounts of a partner's users."""
    return [
        KafkaAccount(
            name=user.name,
            salt=user.salt,
            salted_password=user.salted_password,
            iterations=user.iterations,
            writes=(LOGISTICS_INTAKE.name,),
            reads=(partner_outcomes(partner["_id"]).name,),
            groups=partner["_id"],
        )
        for user in users
    ]
