"""The document store as the house sees it: transactions, unique keys, bulk, and time in UTC."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from amanah.contracts.errors import Unavailable
from amanah.runtime import mongo
from amanah.runtime.mongo import Database, DuplicateKey, Put, Tx, Update
from amanah.runtime.tables import index


async def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    await db["a"].ensure_indexes([])
    committed: list[str] = []

    async def fail(tx: Tx) -> None:
        tx.on_commit(lambda: committed.append("failed"))
        await db["a"].insert({"_id": "one"}, tx=tx)
        raise ValueError("no")

    async def succeed(tx: Tx) -> str:
        tx.on_commit(lambda: committed.append("succeeded"))
        await db["a"].insert({"_id": "two"}, tx=tx)
        return "answer"

    with pytest.raises(ValueError, match="no"):
        await db.transaction(fail)
    assert await db.transaction(succeed) == "answer"
    assert [d["_id"] for d in await db["a"].list({})] == ["two"]
    assert committed == ["succeeded"]


async def test_writers_after_the_same_document_take_turns(db: Database) -> None:
    await db["a"].insert({"_id": "counter", "n": 0})

    async def increment(tx: Tx) -> None:
        found = await db["a"].get({"_id": "counter"}, tx=tx)
        assert found is not None
        await db["a"].update({"_id": "counter"}, {"$set": {"n": found["n"] + 1}}, tx=tx)

    await asyncio.gather(*(db.transaction(increment) for _ in range(20)))
    assert (await db["a"].get({"_id": "counter"}) or {})["n"] == 20


async def test_a_second_document_with_the_same_unique_value_is_refused(db: Database) -> None:
    await db["a"].ensure_indexes([index("round", "recipient", unique=True)])
    await db["a"].insert({"round": "r", "recipient": "x"})
    with pytest.raises(DuplicateKey) as refused:
        await db["a"].insert({"round": "r", "recipient": "x"})
    assert refused.value.fields == ("round", "recipient")
    with pytest.raises(DuplicateKey):
        await db["a"].insert_many([{"round": "s", "recipient": "x"}, {"round": "r", "recipient": "x"}])

    async def within(tx: Tx) -> None:
        await db["a"].insert({"round": "r", "recipient": "x"}, tx=tx)

    with pytest.raises(DuplicateKey):
        await db.transaction(within)


async def test_bulk_operations_each_do_their_part(db: Database) -> None:
    await db["a"].insert({"_id": 1, "n": 1})
    await db["a"].bulk([Put({"_id": 3, "n": 3}), Update({"_id": 1}, {"$inc": {"n": 4}})])
    assert {d["_id"]: d["n"] for d in await db["a"].list({})} == {1: 5, 3: 3}


async def test_times_come_back_in_utc(db: Database) -> None:
    jakarta = datetime(2026, 11, 24, 10, 30, tzinfo=timezone(timedelta(hours=7)))
    await db["a"].insert({"_id": 1, "at": jakarta})
    found = await db["a"].get({"_id": 1})
    assert found is not None
    assert (found["at"], found["at"].tzinfo) == (jakarta, UTC)


async def test_change_answers_what_stands_or_none(db: Database) -> None:
    await db["a"].insert({"_id": 1, "status": "PENDING"})
    condition, change = {"_id": 1, "status": "PENDING"}, {"$set": {"status": "DELIVERED"}}
    assert (await db["a"].change(condition, change) or {})["status"] == "DELIVERED"
    assert await db["a"].change(condition, change) is None


async def test_a_store_that_is_not_there_is_unavailable() -> None:
    async with mongo.connect("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100&directConnection=true") as databases:
        with pytest.raises(Unavailable):
            await databases("none").ping()
