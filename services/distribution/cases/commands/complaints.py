"""Complaints: how a case begins, whoever it comes from."""

import secrets
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from amanah.contracts.actor import Acting, Actor, nobody
from amanah.contracts.areas import Scope
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.cases import CaseChannel, CaseKind, CaseOpened, CaseStatus, CaseView, FileComplaint
from amanah.contracts.errors import Conflict, Refused
from amanah.contracts.ids import new_id
from amanah.runtime import telemetry
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.cases import attachments
from services.distribution.cases import queries as casebook
from services.distribution.cases.commands.cases import add_line, state
from services.distribution.cases.documents import CASES, of_case
from services.distribution.cases.rules.cases import DISPUTING, FILED, first_level, next_level, reference
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.commands.disputes import disputable, dispute
from services.distribution.messages.commands import acknowledge
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store


@dataclass(frozen=True)
class Filing:
    """What a case begins with. `once` tells a repeat; `filed_by` is None for who is not, or must not be, known.

    `handover` is the one that it disputes, `party` the officer whose doing it is about.
    """

    kind: CaseKind
    channel: CaseChannel
    text: str
    area: str
    once: str
    round_id: str | None = None
    subject: tuple[str, str] | None = None
    entitlement: str | None = None
    recipient: str | None = None
    handover: str | None = None
    party: str | None = None
    alert: str | None = None
    filed_by: str | None = None
    contact: str = ""
    number_hash: str | None = None
    anonymous: bool = False
    attached: list[attachments.Attached] = field(default_factory=list)


@answers
async def file_complaint(store: Store, actor: Actor, ask: FileComplaint, *, photos: Photos) -> CaseView:
    """See FileComplaint. Of an anonymous complaint nothing that is kept, sent or audited leads to its author."""
    once = store.keys.blind(f"{actor.id}\x1f{ask.client_id}", "complaint")
    first = await store[CASES].get({"once": once})
    if first is not None:
        return casebook.view(store, actor, first)
    entitlement = await _entitlement(store, actor, ask.entitlement_id)
    area = entitlement["area"] if entitlement else ask.area
    kept = await attachments.take(store, photos, actor, ask.attachment_ids)

    async def work(tx: Tx) -> Document:
        handover = await disputable(store, tx, entitlement)
        filing = Filing(
            kind=ask.kind,
            channel=CaseChannel.APP,
            text=ask.text,
            area=area,
            once=once,
            round_id=entitlement["round"] if entitlement else None,
            subject=("Entitlement", entitlement["_id"]) if entitlement else None,
            entitlement=entitlement["_id"] if entitlement else None,
            recipient=entitlement["recipient"] if entitlement else None,
            handover=handover["_id"] if handover and ask.kind in DISPUTING else None,
            party=handover["officer"] if handover else None,
            filed_by=None if ask.anonymous else actor.id,
            contact=ask.contact or "",
            anonymous=ask.anonymous,
            attached=kept,
        )
        opened = await open_case(store, tx, nobody(area) if ask.anonymous else actor.foremost(), filing)
        await acknowledge(store, tx, opened)
        return opened

    try:
        with telemetry.unlinked() if ask.anonymous else nullcontext():
            document = await store.db.transaction(work)
    except DuplicateKey as error:
        await attachments.discard(store, kept)
        first = await store[CASES].get({"once": once})
        if first is None:
            raise Conflict("conflict.same_record") from error
        return casebook.view(store, actor, first)
    except (Refused, Conflict):
        await attachments.discard(store, kept)
        raise
    await attachments.forget_uploads(store, kept)
    return casebook.view(store, actor, document)


async def _entitlement(store: Store, actor: Actor, entitlement_id: str | None) -> Document | None:
    """The entitlement that is complained of; outside of the author's areas there is none."""
    if entitlement_id is None:
        return None
    found = await store[ENTITLEMENTS].get({"_id": entitlement_id})
    if found is None or not Scope(g.area for g in actor.grants).covers(found["area"]):
        raise Refused("entitlement_unknown.complaint", "entitlementId")
    return found


async def open_case(store: Store, tx: Tx, by: Acting, filing: Filing) -> Document:
    """Opens a case, and disputes the handover that it contradicts."""
    now = datetime.now(UTC)
    case_id, level = new_id("cas"), first_level(filing.area)
    due = store.settings.deadlines.due(filing.kind, level, filing.area, now)
    document: Document = {
        "_id": case_id,
        "once": filing.once,
        "reference": await _reference(store, tx, filing.area, now),
        "kind": filing.kind,
        "channel": filing.channel,
        "status": CaseStatus.OPEN,
        "level": level,
        "area": filing.area,
        "round": filing.round_id,
        "subjectType": filing.subject[0] if filing.subject else None,
        "subject": filing.subject[1] if filing.subject else None,
        "entitlement": filing.entitlement,
        "recipient": filing.recipient,
        "handover": filing.handover,
        "party": filing.party,
        "alert": filing.alert,
        "filedBy": filing.filed_by,
        "assignee": None,
        "anonymous": filing.anonymous,
        "number": filing.number_hash,
        "text": store.keys.encrypt(filing.text, f"case:{case_id}:text"),
        "contact": store.keys.encrypt(filing.contact, f"case:{case_id}:contact") if filing.contact else "",
        "attachments": [each.document() for each in filing.attached],
        "openedAt": now,
        "dueAt": due,
        "escalateAt": due if next_level(level) else None,
        "events": 0,
    }
    await store[CASES].insert(document, tx=tx)
    for each in filing.attached:
        if filing.anonymous:
            await store.uploads.erase(tx, each.upload)
        else:
            await store.uploads.use(tx, each.upload, case_id)
    await add_line(store, tx, case_id, now, filing.filed_by, FILED, level)
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.CASE_OPEN,
        subject=Subject(type="Case", id=case_id),
        concerns=of_case(document),
        area=filing.area,
        authority=filing.alert or "",
        event=CaseOpened(
            case_id=case_id,
            reference=document["reference"],
            kind=filing.kind,
            channel=filing.channel,
            status=document["status"],
            level=level,
            at=now,
            due_at=due,
            area=filing.area,
            round_id=filing.round_id,
            subject_type=document["subjectType"],
            subject_id=document["subject"],
            handover_id=filing.handover,
            anonymous=filing.anonymous,
        ),
        after=store.seal(case_id, state(document)),
    )
    if filing.handover is not None:
        await dispute(store, tx, by, document, now)
    return document


async def _reference(store: Store, tx: Tx, area: str, now: datetime) -> str:
    while True:
        drawn = reference(now, area, secrets.randbits(30))
        if await store[CASES].get({"reference": drawn}, projection={"_id": 1}, tx=tx) is None:
            return drawn
