"""Cases on the real stores: filed, disputed, escalated, resolved; and what is never shown."""

import asyncio
import hashlib
import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import EVIDENCE, UPLOADS
from amanah.contracts.cases import (
    CaseView,
    FileComplaint,
    GetCases,
    ListAttachments,
    ListCaseEvents,
    ListCases,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.topics import AUDIT_ENTRIES, DISTRIBUTION
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime import telemetry
from amanah.runtime.tables import Document
from services.distribution.cases import queries as case_queries
from services.distribution.cases.commands.cases import escalate_overdue, list_attachments, reveal_contact, update_case
from services.distribution.cases.documents import CASES
from services.distribution.evidence.commands import create_evidence_upload
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.distribution.scene import Scene

VILLAGE = "32.01.05.2001"
SECRET = "Petugas Sari meminta uang di rumah saya"
PHONE = "0812-3456-7890"


class Office:
    """A scene, and the people who complain and answer."""

    def __init__(self, scene: Scene, person: Callable[..., Actor]) -> None:
        self.scene, self.store = scene, scene.store
        self.resident = person("Warga", RECIPIENT=VILLAGE)
        self.neighbour = person("Tetangga", RECIPIENT=VILLAGE)
        self.supervisor: Actor = scene.supervisor
        self.other_regency = person("Rina", SUPERVISOR="32.02")
        self.auditor = person("Audi", AUDITOR="32")
        self.officer: Actor = scene.officer

    async def delivered(self) -> Document:
        """An entitlement in the village with a recorded handover."""
        await self.scene.open()
        await self.scene.arrived("P-1")
        await self.scene.answer(self.officer, await self.scene.handover())
        return dict(await self.scene.one(ENTITLEMENTS, {"status": "DELIVERED"}))

    async def file(self, by: Actor | None = None, **changes: Any) -> CaseView:
        """A complaint of the resident."""
        fields: dict[str, Any] = {"client_id": str(uuid.uuid4()), "kind": "OTHER", "text": SECRET, "area": VILLAGE}
        return await self.scene.answer(by or self.resident, FileComplaint(**fields | changes))

    async def update(self, case: CaseView, action: str, by: Actor | None = None, **more: Any) -> CaseView:
        """Something is done about it."""
        return await update_case(self.store, by or self.supervisor, UpdateCase(case_id=case.id, action=action, **more))

    async def lines(self, case: CaseView, viewer: Actor) -> list[tuple[str, str | None]]:
        """The history as a viewer sees it."""
        answer = await case_queries.list_case_events(self.store, viewer, ListCaseEvents(case_ids=(case.id,)))
        return [(line.action, line.note) for history in answer.nodes for line in history.nodes]

    async def listed(self, viewer: Actor, **wanted: Any) -> list[str]:
        """The references that a viewer sees."""
        answer = await case_queries.list_cases(self.store, viewer, ListCases(**wanted))
        assert answer.total == len(answer.nodes)
        return [case.reference for case in answer.nodes]

    async def handover_status(self) -> str:
        """The status of the one handover."""
        return (await self.scene.one(HANDOVERS))["status"]

    async def told(self, noun: str) -> list[dict[str, Any]]:
        """The events about `noun` so far."""
        found = await self.store.outbox.pending(10_000)
        kinds = {bytes(v).decode() for d in found for n, v in d["headers"] if n == "ce_type"}
        assert kinds
        types = [dict((n, bytes(v)) for n, v in d["headers"])["ce_type"].decode() for d in found]
        values = await self.scene.published(DISTRIBUTION.name)
        ours = [t for d, t in zip(found, types, strict=True) if d["topic"] == DISTRIBUTION.name]
        return [v for v, t in zip(values, ours, strict=True) if t == f"id.amanah.distribution.{noun}.v1"]


@pytest.fixture
def office(scene: Scene, person: Callable[..., Actor]) -> Office:
    """An office without anything in it yet."""
    return Office(scene, person)


async def test_filed_once_however_often_it_is_sent(office: Office) -> None:
    client_id = str(uuid.uuid4())
    answers = await asyncio.gather(*(office.file(client_id=client_id) for _ in range(8)))
    assert len({a.id for a in answers}) == 1
    assert await office.store[CASES].count({}) == 1
    assert len(await office.told("case.opened")) == 1
    other = await office.file(office.neighbour, client_id=client_id)
    assert other.id != answers[0].id


async def test_a_case_has_a_reference_a_level_and_a_time(office: Office) -> None:
    case = await office.file(kind="NOT_RECEIVED")
    assert (case.status, case.level, case.overdue, case.text) == ("OPEN", "VILLAGE", False, SECRET)
    assert case.reference.startswith("ADU-")
    assert datetime.now(UTC) < case.due_at < datetime.now(UTC) + timedelta(days=7)
    (event,) = await office.told("case.opened")
    assert (event["case_id"], event["status"], event["round_id"]) == (case.id, "OPEN", None)


async def test_what_was_said_is_nowhere_in_plain(office: Office) -> None:
    case = await office.file(contact=PHONE)
    await office.update(case, "NOTE", note="Rumah Pak Warga dikunjungi")
    everything = ""
    for name in ("cases", "case_events", "outbox", "sms_outgoing"):
        everything += str([{k: str(v) for k, v in d.items()} for d in await office.store.db[name].list({})])
    for said in (SECRET, "Petugas Sari", PHONE, "081234567890", "6281234567890", "Pak Warga", "dikunjungi"):
        assert said not in everything


async def test_who_sees_a_case(office: Office) -> None:
    case = await office.file()
    for viewer in (office.resident, office.supervisor, office.auditor):
        assert await office.listed(viewer) == [case.reference]
    for viewer in (office.neighbour, office.other_regency, office.officer):
        assert await office.listed(viewer) == []
        assert (await case_queries.get_cases(office.store, viewer, GetCases(ids=(case.id,)))).nodes == ()
        assert await office.lines(case, viewer) == []
    assert await office.listed(office.supervisor, area="32.01.05.2002") == []
    assert await office.listed(office.resident, area="32.01.05") == [case.reference]


async def test_filters(office: Office) -> None:
    case = await office.file(kind="CONDUCT")
    other = await office.file(kind="OTHER")
    await office.update(other, "RESOLVE", note="done")
    await office.store[CASES].update({"_id": case.id}, {"$set": {"dueAt": datetime.now(UTC) - timedelta(hours=1)}})
    assert await office.listed(office.supervisor) == [other.reference, case.reference]
    assert await office.listed(office.supervisor, kind="CONDUCT") == [case.reference]
    assert await office.listed(office.supervisor, status="RESOLVED") == [other.reference]
    assert await office.listed(office.supervisor, overdue=True) == [case.reference]
    assert await office.listed(office.supervisor, overdue=False) == [other.reference]


async def test_the_life_of_a_case_is_its_history(office: Office) -> None:
    case = await office.file()
    assigned = await office.update(case, "ASSIGN", assignee_id=office.officer.id)
    assert (assigned.status, assigned.assignee_id) == ("ASSIGNED", office.officer.id)
    await office.update(case, "NOTE", office.officer, note="visited")
    escalated = await office.update(case, "ESCALATE")
    assert (escalated.status, escalated.level, escalated.assignee_id) == ("ESCALATED", "DISTRICT", None)
    await office.update(case, "RESOLVE", note="answered")
    reopened = await office.update(case, "REOPEN")
    assert (reopened.status, reopened.level) == ("OPEN", "DISTRICT")
    told = ["FILE", "ASSIGN", "NOTE", "ESCALATE", "RESOLVE", "REOPEN"]
    assert [action for action, _ in await office.lines(case, office.supervisor)] == told
    events = await office.told("case.updated")
    assert [(e["action"], e["was"], e["status"]) for e in events] == [
        ("ASSIGN", "OPEN", "ASSIGNED"), ("NOTE", "ASSIGNED", "ASSIGNED"), ("ESCALATE", "ASSIGNED", "ESCALATED"),
        ("RESOLVE", "ESCALATED", "RESOLVED"), ("REOPEN", "RESOLVED", "OPEN"),
    ]  # fmt: skip
    entries = [e["action"] for e in await office.scene.published(AUDIT_ENTRIES.name)]
    assert entries == [f"distribution:case:{a}" for a in ("open", "assign", "note", "escalate", "resolve", "reopen")]


@pytest.mark.parametrize("anonymous", [False, True])
async def test_who_is_to_answer_a_case_is_found_in_its_entries_and_is_no_authority(
    office: Office, anonymous: bool
) -> None:
    entitlement = await office.delivered()
    case = await office.file(entitlement_id=entitlement["_id"], anonymous=anonymous)
    judge = office.supervisor.id
    await office.update(case, "ASSIGN", assignee_id=judge)
    entry = (await office.scene.published(AUDIT_ENTRIES.name))[-1]
    assert (entry["action"], entry["authority"]) == ("distribution:case:assign", office.scene.round.id)
    assert {"type": "User", "id": judge} in entry["concerns"]


async def test_pages_of_a_history(office: Office) -> None:
    case = await office.file()
    for number in range(5):
        await office.update(case, "NOTE", note=f"note {number}")
    seen: list[str] = []
    after: str | None = None
    while True:
        ask = ListCaseEvents(case_ids=(case.id,), first=2, after=after)
        (page,) = (await case_queries.list_case_events(office.store, office.supervisor, ask)).nodes
        assert page.total == 6
        seen += [line.note or line.action for line in page.nodes]
        if not page.more:
            break
        after = page.cursors[-1]
    assert seen == ["FILE", *(f"note {number}" for number in range(5))]


async def test_the_author_reads_the_answer_and_not_the_notes(office: Office) -> None:
    case = await office.file()
    await office.update(case, "NOTE", note="internal")
    await office.update(case, "RESOLVE", note="We gave it back.")
    assert await office.lines(case, office.resident) == [
        ("FILE", None),
        ("NOTE", None),
        ("RESOLVE", "We gave it back."),
    ]
    assert ("NOTE", "internal") in await office.lines(case, office.supervisor)


async def test_who_may_change_a_case(office: Office) -> None:
    case = await office.file()
    with pytest.raises(NotFound):
        await office.update(case, "NOTE", office.other_regency, note="x")
    with pytest.raises(NotFound):
        await office.update(case, "NOTE", office.officer, note="x")
    with pytest.raises(Forbidden):
        await office.update(case, "NOTE", office.auditor, note="x")
    await office.update(case, "ASSIGN", assignee_id=office.officer.id)
    with pytest.raises(Forbidden):
        await office.update(case, "ESCALATE", office.officer)
    assert (await office.update(case, "RESOLVE", office.officer, note="done")).status == "RESOLVED"


async def test_not_received_disputes_the_handover_at_once(office: Office) -> None:
    entitlement = await office.delivered()
    case = await office.file(kind="NOT_RECEIVED", entitlement_id=entitlement["_id"])
    assert await office.handover_status() == "DISPUTED"
    assert (await office.scene.one(ENTITLEMENTS, {"_id": entitlement["_id"]}))["status"] == "DELIVERED"
    (event,) = await office.told("handover.disputed")
    assert (event["case_id"], event["entitlement_id"]) == (case.id, entitlement["_id"])
    (opened,) = await office.told("case.opened")
    assert (opened["round_id"], opened["handover_id"]) == (entitlement["round"], event["handover_id"])
    await office.update(case, "RESOLVE", note="The recipient found it.")
    assert await office.handover_status() == "ACCEPTED"
    assert len(await office.told("handover.upheld")) == 1
    await office.update(case, "REOPEN")
    assert await office.handover_status() == "DISPUTED"
    await office.update(case, "RESOLVE", note="The signature is another's.", outcome="FOR_CORRECTION")
    assert await office.handover_status() == "DISPUTED"


async def test_a_handover_is_disputed_until_its_last_case_ends(office: Office) -> None:
    entitlement = await office.delivered()
    cases = [await office.file(kind=kind, entitlement_id=entitlement["_id"]) for kind in ("SHORT", "DAMAGED")]
    assert len(await office.told("handover.disputed")) == 1
    await office.update(cases[0], "RESOLVE", note="weighed again")
    assert await office.handover_status() == "DISPUTED"
    await office.update(cases[1], "RESOLVE", note="looked at")
    assert await office.handover_status() == "ACCEPTED"
    assert len(await office.told("handover.upheld")) == 1


async def test_what_does_not_dispute(office: Office) -> None:
    entitlement = await office.delivered()
    await office.file(kind="CONDUCT", entitlement_id=entitlement["_id"])
    pending = await office.scene.one(ENTITLEMENTS, {"status": "PENDING", "area": VILLAGE})
    await office.file(kind="NOT_RECEIVED", entitlement_id=pending["_id"])
    assert await office.handover_status() == "ACCEPTED"
    assert await office.told("handover.disputed") == []


async def test_an_entitlement_of_elsewhere_is_unknown(office: Office, person: Callable[..., Actor]) -> None:
    entitlement = await office.delivered()
    with pytest.raises(Refused, match="entitlement") as caught:
        await office.file(person("Jauh", RECIPIENT="32.02"), entitlement_id=entitlement["_id"])
    assert caught.value.code == "entitlement_unknown"
    assert await office.store[CASES].count({}) == 0


async def test_who_recorded_the_handover_does_not_judge(office: Office) -> None:
    entitlement = await office.delivered()
    case = await office.file(kind="NOT_RECEIVED", entitlement_id=entitlement["_id"])
    with pytest.raises(Refused) as caught:
        await office.update(case, "ASSIGN", assignee_id=office.officer.id)
    assert caught.value.code == "party_to_case"


async def test_overdue_is_escalated_once_by_however_many_workers(office: Office) -> None:
    case = await office.file()
    late = datetime.now(UTC) - timedelta(minutes=1)
    await office.store[CASES].update({"_id": case.id}, {"$set": {"dueAt": late, "escalateAt": late}})
    await asyncio.gather(*(escalate_overdue(office.store) for _ in range(4)))
    assert not await escalate_overdue(office.store)
    (found,) = (await case_queries.get_cases(office.store, office.supervisor, GetCases(ids=(case.id,)))).nodes
    assert (found.level, found.status, found.overdue) == ("DISTRICT", "ESCALATED", False)
    assert [action for action, _ in await office.lines(case, office.supervisor)] == ["FILE", "ESCALATE"]


async def test_at_the_top_and_when_resolved_nothing_escalates(office: Office) -> None:
    top = await office.file(area="ID")
    resolved = await office.file()
    await office.update(resolved, "RESOLVE", note="done")
    late = datetime.now(UTC) - timedelta(days=1)
    await office.store[CASES].update_many({}, {"$set": {"dueAt": late}})
    assert not await escalate_overdue(office.store)
    assert top.level == "NATIONAL"


async def test_nothing_of_an_anonymous_complaint_leads_to_its_author(office: Office) -> None:
    upload = await attach(office, office.resident, picture(), "image/jpeg")
    with telemetry.originating(service="distribution", ip="10.1.2.3", device="hp-warga"), telemetry.span("asked"):
        ask: dict[str, Any] = {"anonymous": True, "contact": PHONE, "attachment_ids": (upload,)}
        case = await office.file(client_id="11111111-1111-1111-1111-111111111111", **ask)
        again = await office.file(client_id="11111111-1111-1111-1111-111111111111", **ask)
    assert again.id == case.id
    store = office.store
    kept = str([await store.db[n].list({}) for n in ("cases", "case_events", "uploads")])
    outbox = str([[d["value"], d["headers"]] for d in await store.outbox.pending(100)])
    for trace in (office.resident.id, "Warga", "10.1.2.3", "hp-warga", upload, "traceparent"):
        assert trace not in kept
        assert trace not in outbox
    (entry,) = await office.scene.published(AUDIT_ENTRIES.name)
    assert entry["actor"] == {"id": "anonymous", "role": "ANONYMOUS", "area": VILLAGE}
    assert (entry["origin"]["trace"], entry["origin"]["ip"]) == ("", "")
    assert await office.listed(office.resident) == []
    (seen,) = (await case_queries.get_cases(store, office.supervisor, GetCases(ids=(case.id,)))).nodes
    assert (seen.anonymous, seen.has_contact) == (True, False)
    with pytest.raises(Refused) as caught:
        await reveal_contact(store, office.supervisor, RevealContact(case_id=case.id, reason="to call them"))
    assert caught.value.code == "contact_hidden"


async def test_no_entry_names_both_an_anonymous_case_and_whose_handover_it_disputes(office: Office) -> None:
    entitlement = await office.delivered()
    case = await office.file(kind="NOT_RECEIVED", entitlement_id=entitlement["_id"], anonymous=True)
    await office.update(case, "RESOLVE", note="The recipient found it.")
    entries = [str(entry) for entry in await office.scene.published(AUDIT_ENTRIES.name)]
    assert sum("distribution:handover:uphold" in entry for entry in entries) == 1
    told = [entry for entry in entries if case.id in entry]
    assert len(told) == 2
    for thing in (entitlement["_id"], entitlement["recipient"], entitlement["handover"]):
        assert not any(thing in entry for entry in told)


async def test_the_contact_is_shown_to_handlers_on_the_audit_trail(office: Office) -> None:
    case = await office.file(contact=PHONE)
    ask = RevealContact(case_id=case.id, reason="to call them")
    assert (await reveal_contact(office.store, office.supervisor, ask)).contact == PHONE
    entry = (await office.scene.published(AUDIT_ENTRIES.name))[-1]
    assert (entry["action"], entry["actor"]["id"]) == ("distribution:contact:reveal", office.supervisor.id)
    assert ("REVEAL_CONTACT", "to call them") in await office.lines(case, office.supervisor)
    for viewer in (office.other_regency,):
        with pytest.raises(NotFound):
            await reveal_contact(office.store, viewer, ask)
    silent = await office.file()
    with pytest.raises(Refused) as caught:
        await reveal_contact(office.store, office.supervisor, RevealContact(case_id=silent.id, reason="to call them"))
    assert caught.value.code == "contact_missing"


def picture() -> bytes:
    """A small photo with a camera's own words in it."""
    image = Image.new("RGB", (64, 48), (9, 90, 200))
    exif = Image.Exif()
    exif[0x010E] = "KAMERA-WARGA"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=uuid.uuid4().bytes)
    return out.getvalue()


async def attach(office: Office, by: Actor, content: bytes, content_type: str) -> str:
    """An uploaded attachment."""
    ask = CreateEvidenceUpload(
        purpose=UploadPurpose.ATTACHMENT, filename="a", content_type=content_type, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    made = await create_evidence_upload(office.store, by, ask)
    await office.store.objects.put(UPLOADS, made.id, content, content_type)
    return made.id


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


async def test_attachments_are_verified_and_served_without_metadata(office: Office) -> None:
    uploads = (
        await attach(office, office.resident, picture(), "image/jpeg"),
        await attach(office, office.resident, PDF, "application/pdf"),
    )
    case = await office.file(attachment_ids=uploads)
    assert case.attachments == 2
    ask = ListAttachments(case_ids=(case.id,))
    (found,) = (await list_attachments(office.store, office.supervisor, ask)).nodes
    assert [a.content_type for a in found.nodes] == ["image/jpeg", "application/pdf"]
    kept = await office.scene.one(CASES, {"_id": case.id})
    assert b"KAMERA-WARGA" not in await office.store.objects.get(EVIDENCE, kept["attachments"][0]["key"])
    assert (await office.scene.published(AUDIT_ENTRIES.name))[-1]["action"] == "distribution:attachment:reveal"
    assert (await list_attachments(office.store, office.neighbour, ask)).nodes == ()
    with pytest.raises(Refused) as caught:
        await office.file(attachment_ids=uploads[:1])
    assert caught.value.code == "upload_used"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>alert(1)</script></html>", "attachment_unreadable"),
        (b"%PDF-1.4 cut off", "attachment_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attachment_unreadable"),
        (b"MZ\x90\x00", "attachment_unreadable"),
    ],
)
async def test_what_is_no_attachment_leaves_nothing(office: Office, content: bytes, code: str) -> None:
    good = await attach(office, office.resident, PDF, "application/pdf")
    bad = await attach(office, office.resident, content, "image/jpeg")
    before = set(await office.store.objects.list(EVIDENCE))
    with pytest.raises(Refused) as caught:
        await office.file(attachment_ids=(good, bad))
    assert caught.value.code == code
    assert set(await office.store.objects.list(EVIDENCE)) == before
    assert await office.store[CASES].count({}) == 0
    assert (await office.file(attachment_ids=(good,))).attachments == 1
