"""Processing of incoming SMS: each is parsed, takes effect once, is answered, and logged without the full number."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.areas import NATION
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.cases import CaseAction, CaseChannel, CaseStatus
from amanah.contracts.errors import Forbidden
from amanah.contracts.handovers.events import HandoverConfirmed
from amanah.contracts.sms import SMS_GATEWAY, ReceiveSms, SmsReply
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.rpc import answers
from services.distribution.cases.commands.cases import advance
from services.distribution.cases.commands.complaints import Filing, open_case
from services.distribution.cases.documents import CASES, CaseDocument
from services.distribution.cases.rules.cases import DISPUTING
from services.distribution.cases.rules.notices import opened_text
from services.distribution.handovers.commands.disputes import disputable
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument, related_to_handover
from services.distribution.messages.commands import number_hash
from services.distribution.messages.documents import SMS_OPT_OUTS
from services.distribution.messages.rules import is_number, masked_number, normalise_number
from services.distribution.payments.commands.confirm import payment_confirmed
from services.distribution.rounds.confirmation_codes import hash_of
from services.distribution.rounds.documents import ENTITLEMENTS, EntitlementDocument, related_to_entitlement
from services.distribution.rounds.rules.codes import is_code
from services.distribution.sms.documents import SMS_ATTEMPTS, SMS_LOG, SmsDocument
from services.distribution.sms.rules import (
    Command,
    ParsedSms,
    Reply,
    kind_of,
    masked_text,
    parse,
)
from services.distribution.store import Store

CHANNEL = "SMS"
_BY = Acting(id=SMS_GATEWAY.id, name=SMS_GATEWAY.name, role="SYSTEM", area=NATION)
_WINDOW = timedelta(hours=1)
_ALL = "all"
_REFUSED = frozenset({"mistyped", "unknown_code"})

log = structlog.get_logger()


@dataclass(frozen=True)
class SmsResult:
    """Result of a message: a word for the log, the reply, and the case that it opened or continued."""

    outcome: str
    reply: str | None
    case: str | None = None


@answers
async def receive_sms(store: Store, actor: Actor, ask: ReceiveSms) -> SmsReply:
    """Processes a message in one transaction with its effects, so that a repeat finds both or neither."""
    if actor.id != SMS_GATEWAY.id:
        raise Forbidden("forbidden.sms")
    message_id = store.keys.blind(f"{ask.gateway}\x1f{ask.id}", "sms-message")

    async def work(tx: Tx) -> SmsDocument:
        known = await store[SMS_LOG].get({"_id": message_id}, tx=tx)
        if known is not None:
            return known
        number = normalise_number(ask.sender)
        hashed, sms = number_hash(store, number), parse(ask.text)
        opted_out = await store[SMS_OPT_OUTS].get({"_id": hashed}, tx=tx) is not None
        result = await _execute(store, tx, sms, number, hashed, message_id)
        silent = not is_number(number) or (opted_out and sms.command is not Command.MULAI)
        document: SmsDocument = {
            "_id": message_id,
            "gateway": ask.gateway,
            "number": masked_number(number),
            "numberHash": hashed,
            # Without the code, which authenticates the recipient; encrypted, because the rest may name people.
            "text": store.keys.encrypt(masked_text(sms.text or _without_code(sms, ask.text)), f"sms:{message_id}"),
            "command": sms.command,
            "outcome": result.outcome,
            "case": result.case,
            "reply": None if silent else result.reply,
            "receivedAt": ask.received_at,
            "at": datetime.now(UTC),
        }
        await store[SMS_LOG].insert(document, tx=tx)
        # The effect of the message has an entry of its own; this one names the message, not the number.
        await store.outbox.record(
            tx,
            _BY,
            action=AuditAction.SMS_RECEIVE,
            subject=Subject(type="Sms", id=message_id),
            outcome="refused" if result.outcome in _REFUSED else "done",
            reason=result.outcome,
        )
        return document

    try:
        stored = await store.db.transaction(work)
    except DuplicateKey:
        # The same message, or another complaint of the same number, was processed meanwhile.
        stored = await store.db.transaction(work)
    return SmsReply(text=stored["reply"])


def _without_code(sms: ParsedSms, text: str) -> str:
    return "" if sms.code is not None else text


async def _execute(store: Store, tx: Tx, sms: ParsedSms, number: str, hashed: str, message_id: str) -> SmsResult:
    match sms.command:
        case Command.BERHENTI:
            await store[SMS_OPT_OUTS].put({"_id": hashed, "at": datetime.now(UTC)}, tx=tx)
            return SmsResult("stopped", Reply.STOPPED)
        case Command.MULAI:
            await store[SMS_OPT_OUTS].delete({"_id": hashed}, tx=tx)
            return SmsResult("started", Reply.STARTED)
        case Command.TERIMA | Command.LAPOR:
            if sms.code is None or not is_code(sms.code):
                return SmsResult("mistyped", Reply.MISTYPED.format(command=sms.command))
            entitlement = await _entitlement(store, tx, sms.code, hashed)
            if entitlement is None:
                return SmsResult("unknown_code", Reply.HEARD)
            if sms.command is Command.TERIMA:
                return await _confirm(store, tx, entitlement)
            return await _complain(store, tx, sms, entitlement, number, hashed, message_id)
    return SmsResult("helped", Reply.HELP)


# ---------------------------------------------------------------- codes


async def _entitlement(store: Store, tx: Tx, code: str, hashed: str) -> EntitlementDocument | None:
    """Returns the entitlement of a code; None for a wrong code and, indistinguishably, after too many wrong codes."""
    counters = _counters(hashed, datetime.now(UTC))
    limits = {hashed: store.settings.sms_wrong_of_number, _ALL: store.settings.sms_wrong_in_all}
    for who, counter in counters.items():
        tried = await store[SMS_ATTEMPTS].get({"_id": counter}, tx=tx)
        if tried is not None and tried["count"] >= limits[who]:
            log.warning("confirmation codes are not looked up this hour", of="all" if who == _ALL else "one number")
            return None
    found = await store[ENTITLEMENTS].list({"codeHash": hash_of(store.keys, code)}, limit=2, tx=tx)
    if len(found) == 1:
        return found[0]
    for counter in counters.values():
        await store[SMS_ATTEMPTS].change(
            {"_id": counter},
            {"$inc": {"count": 1}, "$setOnInsert": {"until": datetime.now(UTC) + 2 * _WINDOW}},
            upsert=True,
            tx=tx,
        )
    return None


def _counters(hashed: str, now: datetime) -> dict[str, str]:
    """Returns the ids of this hour's counters, of the number and of all numbers; instances share them in the store."""
    return {who: f"{who}~{now:%Y%m%d%H}" for who in (hashed, _ALL)}


# ---------------------------------------------------------------- TERIMA


async def _confirm(store: Store, tx: Tx, entitlement: EntitlementDocument) -> SmsResult:
    handover = await disputable(store, tx, entitlement)
    if handover is None and await payment_confirmed(store, tx, _BY, entitlement, CHANNEL, datetime.now(UTC)):
        return SmsResult("confirmed", Reply.CONFIRMED)
    if handover is None:
        # An officer without a connection may send the handover later; `confirm_early` then confirms it.
        await store[ENTITLEMENTS].update({"_id": entitlement["_id"]}, {"$set": {"early": datetime.now(UTC)}}, tx=tx)
        await store.outbox.record(
            tx,
            _BY,
            action=AuditAction.HANDOVER_CONFIRM,
            subject=Subject(type="Entitlement", id=entitlement["_id"]),
            concerns=related_to_entitlement(entitlement),
            area=entitlement["area"],
            outcome="noted",
            reason="not_handed_over",
        )
        return SmsResult("noted", Reply.HEARD)
    await confirm(store, tx, handover, datetime.now(UTC))
    return SmsResult("confirmed", Reply.CONFIRMED)


async def confirm(store: Store, tx: Tx, handover: HandoverDocument, at: datetime) -> None:
    """Marks a handover as confirmed by its recipient, once."""
    fresh = {"_id": handover["_id"], "confirmedAt": None}
    if not await store[HANDOVERS].update(fresh, {"$set": {"confirmedAt": at, "confirmedBy": CHANNEL}}, tx=tx):
        return
    await store.outbox.record(
        tx,
        _BY,
        action=AuditAction.HANDOVER_CONFIRM,
        subject=Subject(type="Handover", id=handover["_id"]),
        concerns=related_to_handover(handover),
        area=handover["area"],
        event=HandoverConfirmed(
            handover_id=handover["_id"],
            entitlement_id=handover["entitlement"],
            round_id=handover["round"],
            area=handover["area"],
            channel=CHANNEL,
            at=at,
        ),
        after=store.seal(handover["_id"], {"confirmedAt": at.isoformat(), "confirmedBy": CHANNEL}),
    )


async def confirm_early(store: Store) -> bool:
    """Confirms a handover that arrived after its recipient's confirmation; False when there is none. A worker's work."""
    waiting = await store[ENTITLEMENTS].get({"early": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}, "status": "DELIVERED"})
    if waiting is None:
        return False

    async def work(tx: Tx) -> None:
        entitlement = await store[ENTITLEMENTS].change(
            {"_id": waiting["_id"], "early": waiting["early"]}, {"$unset": {"early": ""}}, returning="before", tx=tx
        )
        handover = await disputable(store, tx, entitlement)
        if handover is not None:
            await confirm(store, tx, handover, waiting["early"])

    await store.db.transaction(work)
    return True


# ---------------------------------------------------------------- LAPOR


async def _complain(
    store: Store, tx: Tx, sms: ParsedSms, entitlement: EntitlementDocument, number: str, hashed: str, message_id: str
) -> SmsResult:
    """Opens a case, or adds to the open case of the same number about the same entitlement."""
    text = sms.text or "(tanpa keterangan)"
    again = {"entitlement": entitlement["_id"], "number": hashed, "status": {"$ne": CaseStatus.RESOLVED}}
    case = await store[CASES].get(again, tx=tx)
    if case is not None:
        await advance(store, tx, _BY, case, CaseAction.NOTE, note=text)
        return SmsResult("added", _reply_to(case), case["_id"])
    kind = kind_of(text)
    handover = await disputable(store, tx, entitlement)
    filing = Filing(
        kind=kind,
        channel=CaseChannel.SMS,
        text=text,
        area=entitlement["area"],
        once=f"sms~{message_id}",
        round_id=entitlement["round"],
        subject=("Entitlement", entitlement["_id"]),
        entitlement=entitlement["_id"],
        recipient=entitlement["recipient"],
        handover=handover["_id"] if handover and kind in DISPUTING else None,
        party=handover["officer"] if handover else None,
        contact=number,
        number_hash=hashed,
    )
    case = await open_case(store, tx, _BY, filing)
    return SmsResult("opened", _reply_to(case), case["_id"])


def _reply_to(case: CaseDocument) -> str:
    return opened_text(case["reference"], case["dueAt"], case["area"])
