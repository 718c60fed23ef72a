"""Opening of cases: complaints of users, and the cases that SMS and alerts open."""

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
from services.distribution.cases import attachments
from services.distribution.cases.commands.cases import add_line, deadlines, state
from services.distribution.cases.documents import CASES, CaseDocument, parties, related_to_case
from services.distribution.cases.notices import acknowledge
from services.distribution.cases.rules.cases import DISPUTING, FILED, first_level, next_level, reference
from services.distribution.cases.views import case_view
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.commands.disputes import Dispute, disputable, dispute
from services.distribution.rounds.documents import ENTITLEMENTS, EntitlementDocument
from services.distribution.store import Store


@dataclass(frozen=True)
class Filing:
    """Content of a new case. `once` is its idempotency key; `filed_by` is None for an author who is unknown or anonymous.

    `handover` is the one that it disputes, `party` the officer whom it is about.
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
    attached: list[attachments.NewAttachment] = field(default_factory=list)


@answers
async def file_complaint(store: Store, actor: Actor, ask: FileComplaint, *, photos: Photos) -> CaseView:
    """Files a complaint. Nothing stored, sent or audited of an anonymous one leads to its author."""
    once = store.keys.blind(f"{actor.id}\x1f{ask.client_id}", "complaint")
    first = await store[CASES].get({"once": once})
    if first is not None:
        return case_view(store.keys, actor, first)
    entitlement = await _entitlement(store, actor, ask.entitlement_id)
    area = entitlement["area"] if entitlement else ask.area
    stored = await attachments.attach(store, photos, actor, ask.attachment_ids)

    async def work(tx: Tx) -> CaseDocument:
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
            attached=stored,
        )
        opened = await open_case(store, tx, nobody(area) if ask.anonymous else actor.foremost(), filing)
        await acknowledge(store, tx, opened)
        return opened

    try:
        with telemetry.unlinked() if ask.anonymous else nullcontext():
            document = await store.db.transaction(work)
    except DuplicateKey as error:
        await attachments.discard(store, stored)
        first = await store[CASES].get({"once": once})
        if first is None:
            raise Conflict("conflict.same_record") from error
        return case_view(store.keys, actor, first)
    except (Refused, Conflict):
        await attachments.discard(store, stored)
        raise
    await attachments.forget_uploads(store, stored)
    return case_view(store.keys, actor, document)


async def _entitlement(store: Store, actor: Actor, entitlement_id: str | None) -> EntitlementDocument | None:
    """Returns the entitlement of a complaint. Refuses one outside the author's areas."""
    if entitlement_id is None:
        return None
    found = await store[ENTITLEMENTS].get({"_id": entitlement_id})
    if found is None or not Scope(g.area for g in actor.grants).covers(found["area"]):
        raise Refused("entitlement_unknown.complaint", "entitlementId")
    return found


async def open_case(store: Store, tx: Tx, by: Acting, filing: Filing) -> CaseDocument:
    """Opens a case, and disputes the handover that it contradicts."""
    now = datetime.now(UTC)
    case_id, level = new_id("cas"), first_level(filing.area)
    due = deadlines(store).due(filing.kind, level, filing.area, now)
    document: CaseDocument = {
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
        concerns=related_to_case(document),
        area=filing.area,
        authority=filing.alert or "",
        event=CaseOpened(
            case_id=case_id,
            reference=document["reference"],
            kind=filing.kind,
            channel=filing.channel,
            status=CaseStatus.OPEN,
            level=level,
            at=now,
            due_at=due,
            area=filing.area,
            round_id=filing.round_id,
            subject_type=document["subjectType"],
            subject_id=document["subject"],
            handover_id=filing.handover,
            anonymous=filing.anonymous,
            parties=parties(document),
        ),
        after=store.seal(case_id, state(document)),
    )
    if filing.handover is not None:
        disputed = Dispute(case_id, filing.kind, filing.handover, anonymous=filing.anonymous)
        await dispute(store, tx, by, disputed, now)
    return document


async def _reference(store: Store, tx: Tx, area: str, now: datetime) -> str:
    while True:
        drawn = reference(now, area, secrets.randbits(30))
        if await store[CASES].get({"reference": drawn}, projection={"_id": 1}, tx=tx) is None:
            return drawn
