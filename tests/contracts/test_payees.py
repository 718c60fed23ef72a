"""Payees as recipients seals them are what distribution opens: two services that never call each other."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from amanah.contracts.errors import Refused
from amanah.contracts.ids import new_id
from amanah.contracts.payees import Payee
from amanah.runtime.crypto import Keyring
from services.distribution.payments import payees as opening
from services.distribution.store import Store as DistributionStore
from services.recipients.register.documents import RECIPIENTS
from services.recipients.register.personal_data import number_context
from services.recipients.rosters import payees as sealing
from services.recipients.rosters.documents import RosterDocument
from services.recipients.rosters.rules import RosterBuilder
from services.recipients.store import Store as RecipientsStore


class Bucket:
    """Object store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        self.kept[key] = data

    async def get(self, bucket: str, key: str) -> bytes:
        return self.kept[key]

    async def open(self, bucket: str, key: str) -> Any:
        yield self.kept[key]


class Recipients:
    """The collection of recipients, in memory."""

    def __init__(self, people: list[dict[str, Any]]) -> None:
        self.people = people

    async def list(self, condition: Any, **_: Any) -> Any:
        between = condition["_id"]
        return [person for person in self.people if between["$gte"] <= person["_id"] <= between["$lte"]]


@dataclass
class House:
    """The keys and objects that both services use, and a register of three: as much of each service's store as payees need."""

    keys: Keyring
    objects: Bucket
    ids: list[str]
    recipients: Recipients

    def __getitem__(self, table: object) -> Recipients:
        assert table is RECIPIENTS
        return self.recipients


@pytest.fixture
def house(keys: Keyring) -> House:
    ids = sorted(new_id("rcp") for _ in range(3))
    people: list[dict[str, Any]] = [
        {
            "_id": ids[0],
            "name": "SITI",
            "bankAccount": keys.encrypt("002:0123456789", number_context(ids[0], "bankAccount")),
        },
        {"_id": ids[1], "name": "BUDI", "bankAccount": None},
        {
            "_id": ids[2],
            "name": "RINA",
            "bankAccount": keys.encrypt("BRI:98765", number_context(ids[2], "bankAccount")),
        },
    ]

    builder = RosterBuilder()
    for recipient in ids:
        blind = "0" * 64
        builder.add(
            {
                "_id": recipient, "area": "32.01.05.2001", "version": 1, "latitude_e6": None, "longitude_e6": None,
                "nikBlind": blind, "householdBlind": blind, "personBlind": blind,
            }
        )  # fmt: skip
    objects = Bucket()
    objects.kept["roster"] = builder.build().packed
    return House(keys, objects, ids, Recipients(people))


async def read(house: House, roster: Any, after: str = "") -> list[tuple[opening.SealedPayee, Payee]]:
    store = cast(DistributionStore, house)
    found: list[tuple[opening.SealedPayee, Payee]] = []
    async for sealed in opening.batches(store, roster, after=after):
        found += zip(sealed, await opening.open_payees(store, roster["_id"], sealed), strict=True)
    return found


async def test_what_one_seals_the_other_opens(house: House) -> None:
    roster_id = new_id("ros")
    kept = await sealing.store_payees(
        cast(RecipientsStore, house), cast(RosterDocument, {"_id": roster_id, "key": "roster"})
    )
    roster = {"_id": roster_id, "bucket": "rosters", "payees": dict(kept)}
    found = await read(house, roster)
    assert [(s.recipient_id, s.account, p.name, p.bank, p.account) for s, p in found] == [
        (house.ids[0], True, "SITI", "002", "0123456789"),
        (house.ids[1], False, "BUDI", None, None),
        (house.ids[2], True, "RINA", "BRI", "98765"),
    ]
    assert [s.recipient_id for s, _ in await read(house, roster, after=house.ids[0])] == house.ids[1:]
    with pytest.raises(Refused, match="not sealed for this roster"):
        await read(house, roster | {"_id": new_id("ros")})
    with pytest.raises(Refused) as refused:
        await read(house, roster | {"payees": {"key": kept["key"], "hash": "0" * 64}})
    assert refused.value.code == "roster_mismatch"
