"""A kill at any moment: the import continues at the batch it reached, and every row takes effect once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.imports import ApproveImport, ImportRecipients
from amanah.runtime.mongo import Tx
from services.recipients.imports.commands import approve_import, import_recipients
from services.recipients.imports.importer import Importer
from services.recipients.store import Store

T = TypeVar("T")
Rows = Callable[..., dict[str, Any]]
File = Callable[[list[dict[str, Any]]], bytes]


class Killed(BaseException):
    """The process ends here."""


def make_deadly(store: Store, monkeypatch: pytest.MonkeyPatch, moment: str) -> list[str]:
    """From now on the process dies around every transaction; the list grows by a death each."""
    deaths: list[str] = []
    survives = False
    real = store.db.transaction

    async def transaction(work: Callable[[Tx], Awaitable[T]]) -> T:
        nonlocal survives

        async def dying(tx: Tx) -> T:
            await work(tx)
            raise Killed

        if moment == "before the commit":
            survives = not survives  # every second one, else it would never get on
            if survives:
                deaths.append(moment)
                return await real(dying)
            return await real(work)
        deaths.append(moment)
        await real(work)
        raise Killed

    monkeypatch.setattr(store.db, "transaction", transaction)
    return deaths


async def worked(store: Store) -> None:
    """Starts again after every death, until nothing waits any more."""
    async with asyncio.timeout(60):
        while await store.imports.count({"status": {"$in": ["RUNNING", "APPLYING"]}}):
            try:
                if not await Importer(store).work():
                    await asyncio.sleep(0.02)  # until the dead instance's lease is over
            except Killed:
                continue


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_an_import_survives_a_kill_at_every_batch(
    store: Store,
    uploaded: Callable[..., Awaitable[str]],
    registrar: Actor,
    approver: Actor,
    row: Rows,
    csv: File,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    rows = [row(i) for i in range(12)] + [row(3), row(4, NAMA=None)]
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv(rows)), source="Dinsos")
    view = await import_recipients(store, registrar, ask)
    deaths = make_deadly(store, monkeypatch, moment)
    await worked(store)
    staged = await store.imports.get({"_id": view.id})
    assert staged is not None
    assert [staged[c] for c in ("status", "rowsTotal", "rowsAccepted", "rowsRejected", "rowsDuplicate")] == [
        "STAGED", 14, 12, 1, 1,
    ]  # fmt: skip
    assert await store.staged.count({}) == 13
    assert await store.problems.count({}) == 1

    while (await store.imports.get({"_id": view.id}) or {})["status"] == "STAGED":
        try:
            await approve_import(store, approver, ApproveImport(import_id=view.id))
        except Killed:
            continue
    await worked(store)
    done = await store.imports.get({"_id": view.id})
    assert done is not None
    assert (done["status"], done["recipients"]) == ("APPLIED", 12)
    assert await store.recipients.count({"version": 1}) == 12
    assert await store.versions.count({}) == 12
    assert await store.staged.count({}) == 0
    entries = await store.db["outbox"].list({"topic": "recipients.events.v1"})
    assert len(entries) == 4  # started, staged, approved, applied: each once
    assert len(deaths) >= 8


async def test_two_instances_at_one_import_do_not_double_it(
    store: Store, uploaded: Callable[..., Awaitable[str]], registrar: Actor, row: Rows, csv: File
) -> None:
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv([row(i) for i in range(23)])), source="Dinsos")
    view = await import_recipients(store, registrar, ask)

    async def instance() -> None:
        importer = Importer(store)
        while await store.imports.count({"status": "RUNNING"}):
            if not await importer.work():
                await asyncio.sleep(0.02)

    async with asyncio.timeout(60):
        await asyncio.gather(instance(), instance())
    document = await store.imports.get({"_id": view.id})
    assert document is not None
    assert (document["status"], document["rowsAccepted"]) == ("STAGED", 23)
    assert await store.staged.count({}) == 23
