"""Every command of the audit service leaves its entry, and what is refused leaves one too."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.audit.exports import AnnounceExport
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.ids import derived_id
from services.audit.api import handlers
from services.audit.log.files import LogFiles
from services.audit.store import Store
from tests.integration.audit.logs import Person
from tests.integration.conftest import Walk

RCP, USR = derived_id("rcp", "asked"), derived_id("usr", "asked")
LETTER = "ST-123/PW09/2026"


async def told(store: Store) -> list[dict[str, Any]]:
    return [json.loads(bytes(document["value"])) for document in await store.outbox.pending(100)]


async def test_every_command_leaves_its_entry(store: Store, files: LogFiles, person: Person, walk: type[Walk]) -> None:
    step = walk("audit", handlers(files=files), store, store.outbox)
    ask = AnnounceExport(authority=f" {LETTER} ", subjects=(RCP, "PKT-1"), since=datetime(2026, 11, 1, tzinfo=UTC))
    answer = await step(ask, person("Budi", AUDITOR="32"), "log:export", authority=LETTER)
    assert step.left() == []
    (entry,) = await told(store)
    assert entry["id"] == answer.entry_id
    assert entry["subject"] == {"type": "Log", "id": "log.example/audit"}
    assert entry["concerns"] == [{"type": "Recipient", "id": RCP}]
    assert entry["reason"] == f"from 2026-11-01T00:00:00.000Z; about {RCP}, PKT-1; of 0 entries"
    assert await step.refuse_private() == {"AnnounceExport.authority"}


async def test_no_number_of_a_person_gets_into_an_announcement(
    store: Store, files: LogFiles, person: Person, walk: type[Walk]
) -> None:
    step, auditor = walk("audit", handlers(files=files), store, store.outbox), person("Budi", AUDITOR="32")
    nik = "3275010101900001"
    await step(
        AnnounceExport(authority=LETTER, subjects=(nik, USR), actor_id=nik), auditor, "log:export", authority=LETTER
    )
    with pytest.raises(Refused) as refusal:
        await step(AnnounceExport(authority=f"surat {nik}"), auditor)
    assert (refusal.value.code, refusal.value.field) == ("reason_unfit", "authority")
    announced, refused = await told(store)
    assert announced["reason"] == f"about [number], {USR}; by [number]; of 0 entries"
    assert (refused["action"], refused["reason"]) == ("access:request:refuse", "reason_unfit")
    assert nik not in json.dumps([announced, refused])


async def test_who_may_not_read_the_log_is_denied_on_the_trail(
    store: Store, files: LogFiles, person: Person, walk: type[Walk]
) -> None:
    step = walk("audit", handlers(files=files), store, store.outbox)
    with pytest.raises(Forbidden):
        await step(AnnounceExport(authority=LETTER), person("Sari", OFFICER="32.01"))
    (denial,) = await told(store)
    assert (denial["action"], denial["subject"]["id"]) == ("access:request:deny", "audit.announce_export")
