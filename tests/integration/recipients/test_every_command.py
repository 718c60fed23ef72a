"""Audit entries of every command of the recipients service."""

import hashlib

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.ids import new_id
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportRecipients
from amanah.contracts.register import RevealNik
from amanah.contracts.rosters import ApproveRoster, ProposeRoster
from amanah.contracts.uploads import UploadPurpose
from services.recipients.api import HANDLERS
from services.recipients.imports.importer import Importer
from services.recipients.register.documents import RECIPIENTS
from services.recipients.store import Store
from tests.integration.conftest import Walk
from tests.integration.recipients.lists import MakeRow, WriteFile


async def test_every_command_leaves_its_entries(
    store: Store, registrar: Actor, approver: Actor, row: MakeRow, csv: WriteFile, walk: type[Walk]
) -> None:
    step = walk("recipients", HANDLERS, store, store.outbox)
    content = csv([row(n) for n in range(3)])
    declared = CreateListUpload(
        purpose=UploadPurpose.RECIPIENT_LIST, filename="list", content_type="text/csv", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    upload = await step(declared, registrar)
    await store.objects.put(UPLOADS, upload.id, content)
    taken = ImportRecipients(upload_id=upload.id, source="Dinsos")
    started = await step(taken, registrar, "import:start")
    assert await Importer(store).work()
    await step(ApproveImport(import_id=started.id, note="Seen by two."), approver, "import:approve")
    assert await Importer(store).work()
    person = await store[RECIPIENTS].get({})
    assert person
    shown = RevealNik(recipient_id=person["_id"], reason="The card cannot be read.")
    await step(shown, registrar, "nik:reveal")
    proposal = ProposeRoster(program_id=new_id("prg"), period="2026-11", area="32.75")
    roster = await step(proposal, registrar, "roster:propose")
    decided = ApproveRoster(roster_id=roster.id, decree="SK 12/2026")
    await step(decided, approver, "roster:approve", authority="SK 12/2026")
    assert step.left() == []
    assert await step.refuse_private() == {"ApproveImport.note", "RevealNik.reason", "ApproveRoster.decree"}
