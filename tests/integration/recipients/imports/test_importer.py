"""Kills at any moment: an import continues at the batch that it reached, and each row takes effect once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.imports import ApproveImport, ImportAdvanced, ImportRecipients
from amanah.contracts.topics import RECIPIENTS as RECIPIENTS_TOPIC
from amanah.runtime.mongo import Tx
from services.recipients.imports.commands import approve_import, import_recipients
from services.recipients.imports.documents import IMPORT_PROBLEMS, IMPORTS, STAGED_ROWS
from services.recipients.imports.importer import Importer
from services.recipients.register.documents import RECIPIENTS, VERSIONS
from services.recipients.store import Store
from tests.integration.recipients.lists import MakeRow, Upload, WriteFile
from tests.pending import pending_messages
from tests.waiting import eventually

T = TypeVar("T")
WAITING = ["RUNNING", "APPLYING"]


class Killed(BaseException):
    """Kill of the process."""


def kill_around_transactions(store: Store, monkeypatch: pytest.MonkeyPatch, moment: str) -> list[str]:
    """Kills the process around every transaction from now on; the returned list has an item for each kill."""
    deaths: list[str] = []
    survives = False
    real = store.db.transaction

    async def transaction(work: Callable[[Tx], Awaitable[T]]) -> T:
        nonlocal survives

        async def dying(tx: Tx) -> T:
            await work(tx)
            raise Killed

        if moment == "before the commit":
            survives = not survives  # every second one, so that the work advances
            if survives:
                deaths.append(moment)
                return await real(dying)
            return await real(work)
        deaths.append(moment)
        await real(work)
        raise Killed

    monkeypatch.setattr(store.db, "transaction", transaction)
    return deaths


async def work_until_done(store: Store) -> None:
    """Works as instances that start again after every death, until no import waits for work."""
    while await store[IMPORTS].count({"status": {"$in": WAITING}}):
        # The dead instance's lease must end before another can claim the import.
        await eventually(lambda: work_once(store), 60)


async def work_once(store: Store) -> bool:
    """True when an import was claimed, or none waits."""
    try:
        return await Importer(store).work() or not await store[IMPORTS].count({"status": {"$in": WAITING}})
    except Killed:
        return True


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_an_import_survives_a_kill_at_every_batch(
    store: Store,
    uploaded: Upload,
    registrar: Actor,
    approver: Actor,
    row: MakeRow,
    csv: WriteFile,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    rows = [row(i) for i in range(12)] + [row(3), row(4, NAMA=None)]
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv(rows)), source="Dinsos")
    view = await import_recipients(store, registrar, ask)
    deaths = kill_around_transactions(store, monkeypatch, moment)
    await work_until_done(store)
    staged = await store[IMPORTS].get({"_id": view.id})
    assert staged is not None
    assert staged["status"] == "STAGED"
    assert (staged["rowsTotal"], staged["rowsAccepted"]) == (14, 12)
    assert (staged["rowsRejected"], staged["rowsDuplicate"]) == (1, 1)
    assert await store[STAGED_ROWS].count({}) == 13
    assert await store[IMPORT_PROBLEMS].count({}) == 1

    while await store[IMPORTS].count({"_id": view.id, "status": "STAGED"}):
        try:
            await approve_import(store, approver, ApproveImport(import_id=view.id))
        except Killed:
            continue
    await work_until_done(store)
    done = await store[IMPORTS].get({"_id": view.id})
    assert done is not None
    assert (done["status"], done["recipients"]) == ("APPLIED", 12)
    assert await store[RECIPIENTS].count({"version": 1}) == 12
    assert await store[VERSIONS].count({}) == 12
    assert await store[STAGED_ROWS].count({}) == 0
    events = [
        dict(message["headers"])["ce_type"] for message in await pending_messages(store.db, RECIPIENTS_TOPIC.name)
    ]
    # Started, staged, approved, applied: each once; and one for each batch that was read or applied.
    assert len([kind for kind in events if bytes(kind).decode() != ImportAdvanced.type]) == 4
    assert len(events) == 4 + 6
    assert len(deaths) >= 8


async def test_two_instances_apply_each_row_once(
    store: Store, uploaded: Upload, registrar: Actor, row: MakeRow, csv: WriteFile
) -> None:
    ask = ImportRecipients(upload_id=await uploaded(registrar, csv([row(i) for i in range(23)])), source="Dinsos")
    view = await import_recipients(store, registrar, ask)

    await asyncio.gather(work_until_done(store), work_until_done(store))
    document = await store[IMPORTS].get({"_id": view.id})
    assert document is not None
    assert (document["status"], document["rowsAccepted"]) == ("STAGED", 23)
    assert await store[STAGED_ROWS].count({}) == 23
