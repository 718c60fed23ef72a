"""Files of an approved batch: bounded, resumable, as approved, and gone when their time is over."""

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import PAYMENTS
from amanah.contracts.buckets import ROSTERS as ROSTER_BUCKET
from amanah.contracts.errors import Forbidden, NotFound
from amanah.contracts.payments.payments import (
    GetPaymentBatches,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    PaymentFormat,
)
from services.distribution.payments import payees
from services.distribution.payments import queries as payment_queries
from services.distribution.payments.commands import export as exporting
from services.distribution.payments.commands import propose as proposing
from services.distribution.payments.commands.export import forget_files, open_payment_files
from services.distribution.payments.commands.workers import work_on_batches
from services.distribution.payments.documents import PAYMENT_BATCHES
from services.distribution.rounds.documents import ENTITLEMENTS, ROSTERS
from services.distribution.store import Store
from tests.integration.distribution.payments.cash import Cash

VILLAGE = "32.01.05.2001"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_large_batch_is_several_files(cash: Cash) -> None:
    await cash.open(7)
    cash.store.settings.payments_per_file = 3
    done = await cash.exported(format=PaymentFormat.G2P_CONNECT)
    assert [(f.count, f.total) for f in done.files] == [(3, 1_800_000), (3, 1_800_000), (1, 600_000)]
    messages = [json.loads(c) for c in await cash.contents(done)]
    assert [m["header"]["message_id"] for m in messages] == [f"{done.id}-000{n}" for n in (1, 2, 3)]
    assert [m["header"]["total_count"] for m in messages] == [3, 3, 1]
    assert [d["reference_id"] for m in messages for d in m["message"]["disbursements"]] == cash.ids


async def test_it_goes_on_where_it_was_stopped(cash: Cash, monkeypatch: pytest.MonkeyPatch) -> None:
    await cash.open(7)
    settings = cash.store.settings
    settings.payments_per_file, settings.payments_at_once = 3, 0
    batch = await cash.propose()
    assert batch.status == "COLLECTING"
    with monkeypatch.context() as patched:
        patched.setattr(payees, "_BATCH", 2)
        patched.setattr(proposing, "_freeze", _killed)
        with pytest.raises(Killed):
            await work_on_batches(cash.store)
        assert await cash.statuses() == ["INCLUDED"] * 7
    await _abandoned(cash.store)
    assert await work_on_batches(cash.store)
    found = (await cash.batch(batch)).status, (await cash.batch(batch)).count
    assert found == ("PROPOSED", 7)

    await cash.approve(batch)
    writes = 0
    whole = exporting._write

    async def two(store: Store, document: Any, part: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == 3:
            raise Killed
        return await whole(store, document, part)

    await _abandoned(cash.store)
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_write", two)
        with pytest.raises(Killed):
            await work_on_batches(cash.store)
    assert not await work_on_batches(cash.store)
    await _abandoned(cash.store)
    assert await work_on_batches(cash.store)
    done = await cash.batch(batch)
    assert (done.status, [f.count for f in done.files]) == ("EXPORTED", [3, 3, 1])
    assert len(await cash.audited("distribution:payment-file:write")) == 3
    found_ids = [e.decode() for c in await cash.contents(done) for e in re.findall(rb"<EndToEndId>(.*?)<", c)]
    assert found_ids == cash.ids


class Killed(Exception):
    """The instance was stopped."""


async def _killed(*_: Any) -> Any:
    raise Killed


async def _abandoned(store: Store) -> None:
    await store[PAYMENT_BATCHES].update_many({}, {"$set": {"workedAt": LONG_AGO}})


async def test_what_was_changed_after_the_proposal_is_not_exported(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    await cash.store[ENTITLEMENTS].update({"_id": cash.ids[0]}, {"$set": {"payment.amount": 900_000_000}})
    done = await cash.approve(batch)
    assert (done.status, done.failure) == ("FAILED", "batch_mismatch")
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    assert await cash.statuses() == ["RELEASED"] * 4
    ask = OpenPaymentFiles(batch_id=batch.id)
    assert await cash.refusal(open_payment_files(cash.store, cash.supervisor, ask)) == "batch_not_exported"


async def test_payees_that_were_exchanged_are_not_paid(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    roster = await cash.scene.one(ROSTERS, {"_id": cash.round.roster_id})
    assert roster["payees"]
    key = roster["payees"]["key"]
    lines = gzip.decompress(await cash.store.objects.get(ROSTER_BUCKET, key)).splitlines(keepends=True)
    await cash.store.objects.put(ROSTER_BUCKET, key, gzip.compress(b"".join([lines[0], *lines[2:], lines[1]])))
    done = await cash.approve(batch)
    assert (done.status, done.failure) == ("FAILED", "roster_mismatch")
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []


async def test_files_are_deleted_when_their_time_is_over(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    assert not await forget_files(cash.store)
    await cash.store[PAYMENT_BATCHES].update({"_id": batch.id}, {"$set": {"decidedAt": LONG_AGO}})
    assert await forget_files(cash.store)
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    ask = OpenPaymentFiles(batch_id=batch.id)
    assert await cash.refusal(open_payment_files(cash.store, cash.supervisor, ask)) == "files_gone"
    assert not await forget_files(cash.store)


async def test_batches_outside_the_scope_do_not_exist(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.exported()
    auditor, stranger = person("A", AUDITOR="32"), person("B", AUDITOR="33", SUPERVISOR=VILLAGE)
    ask = ListPaymentBatches(round_id=cash.round.id)
    assert (await payment_queries.list_payment_batches(cash.store, auditor, ask)).total == 1
    assert (await payment_queries.list_payment_batches(cash.store, stranger, ask)).total == 0
    assert (
        await payment_queries.get_payment_batches(cash.store, stranger, GetPaymentBatches(ids=(batch.id,)))
    ).total == 0
    for work in (
        payment_queries.list_payments(cash.store, stranger, ListPayments(batch_id=batch.id)),
        open_payment_files(cash.store, stranger, OpenPaymentFiles(batch_id=batch.id)),
        cash.approve(batch, stranger),
        cash.report(batch, b"id;status\n", stranger),
    ):
        with pytest.raises(NotFound):
            await work
    with pytest.raises(Forbidden):
        await open_payment_files(cash.store, auditor, OpenPaymentFiles(batch_id=batch.id))


async def test_names_and_accounts_are_in_the_files_alone(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACCC")))
    left = repr([
        await cash.store.db[name].list({})
        for name in ("entitlements", "payment_batches", "payment_reports", "rosters", "rounds", "outbox", "alerts")
    ])  # fmt: skip
    for canary in ("SITI NUR", "0000000001"):
        assert canary not in left
    assert b"0000000001" in (await cash.contents(batch))[0]
