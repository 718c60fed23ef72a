"""Commands on partners: registration, changes, rotation of credentials, suspension."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from amanah.contracts.actor import SYSTEM, Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import rfc3339
from amanah.contracts.partners import (
    AddPartner,
    ChangePartner,
    CredentialKind,
    NewCredential,
    PartnerAccount,
    PartnerAdded,
    PartnerChanged,
    PartnerCredentialRotated,
    PartnerResumed,
    PartnerStatus,
    PartnerSuspended,
    PartnerView,
    ResumePartner,
    RotatePartnerCredential,
    SuspendPartner,
    WebhookAddress,
)
from amanah.contracts.public_text import fit_for_log
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.distribution.partners import views
from services.distribution.partners.credentials import new_credential, webhook_keys
from services.distribution.partners.documents import PARTNERS, PartnerDocument, WebhookDocument, limits_document
from services.distribution.partners.rules import OVERLAP, is_valid, may_post_to, name_key
from services.distribution.store import Store

_AT_REGISTRATION = (CredentialKind.OAUTH2, CredentialKind.HMAC, CredentialKind.KAFKA)


class AdoptPackages(Protocol):
    """Gives packages to a partner; custody has it."""

    async def __call__(self, store: Store, tx: Tx, partner_id: str, area: str, earlier: Sequence[str]) -> int:
        """Gives those within the area whose stored partner is one of `earlier`, and returns their number."""
        ...


@answers
async def add_partner(store: Store, actor: Actor, ask: AddPartner, *, adopt_packages: AdoptPackages) -> PartnerAccount:
    """Registers a partner with a credential of each kind. Of concurrent requests with one name, one succeeds."""
    by, now, identifier = actor.acting(ask.roles, ask.area), datetime.now(UTC), new_id("ptn")
    made = {kind: new_credential(store.keys, identifier, kind, now) for kind in _AT_REGISTRATION}
    partner: PartnerDocument = {
        "_id": identifier,
        "name": ask.name,
        "nameKey": name_key(ask.name),
        "contacts": _sealed_contacts(store, identifier, ask.contacts),
        "area": ask.area,
        "places": list(ask.places),
        "packages": list(ask.packages),
        "status": PartnerStatus.ACTIVE,
        "reason": None,
        "suspendedAt": None,
        "sandbox": ask.sandbox,
        "limits": limits_document(ask.limits),
        "credentials": [credential for credential, _ in made.values()],
    }
    if ask.subjects:
        partner["subjects"] = list(dict.fromkeys(ask.subjects))

    async def work(tx: Tx) -> None:
        if await store[PARTNERS].get({"nameKey": partner["nameKey"]}, tx=tx):
            raise Refused("partner_name_taken", "name")
        await _refuse_taken_subjects(store, tx, identifier, ask.subjects)
        await store[PARTNERS].insert(partner, tx=tx)
        adopted = await adopt_packages(store, tx, identifier, ask.area, [ask.name, *ask.subjects])
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_ADD,
            subject=_subject(identifier),
            area=ask.area,
            reason=f"{adopted} packages" if adopted else "",
            event=PartnerAdded(partner_id=identifier, area=ask.area, sandbox=ask.sandbox),
            after=store.seal(identifier, _state(partner)),
        )

    try:
        await store.db.transaction(work)
    except DuplicateKey as error:
        if "subjects" in error.fields:
            raise Refused("partner_subject_taken", "subjects", subject=", ".join(ask.subjects)) from None
        raise Refused("partner_name_taken", "name") from None
    credentials = tuple(
        NewCredential(kind=kind, name=credential["name"], secret=secret) for kind, (credential, secret) in made.items()
    )
    return PartnerAccount(partner=views.partner(store, partner), credentials=credentials)


@answers
async def change_partner(
    store: Store, actor: Actor, ask: ChangePartner, *, adopt_packages: AdoptPackages
) -> PartnerView:
    """Changes what is given, and leaves the rest."""

    async def work(tx: Tx) -> PartnerDocument:
        before, by = await _partner_to_change(store, tx, actor, ask)
        wanted: Document = {
            "contacts": None if ask.contacts is None else _sealed_contacts(store, before["_id"], ask.contacts),
            "places": None if ask.places is None else list(ask.places),
            "packages": None if ask.packages is None else list(ask.packages),
            "limits": None if ask.limits is None else limits_document(ask.limits),
            "webhook": None if ask.webhook is None else _webhook(store, before, ask.webhook),
        }
        change = {field: value for field, value in wanted.items() if value is not None}
        fields = [*change, *(["subjects"] if ask.subjects is not None else [])]
        if not fields:
            return before
        update: Document = {"$set": change}
        if ask.subjects:
            await _refuse_taken_subjects(store, tx, before["_id"], ask.subjects)
            update["$set"]["subjects"] = list(dict.fromkeys(ask.subjects))
            await adopt_packages(store, tx, before["_id"], before["area"], ask.subjects)
        elif ask.subjects is not None:
            update["$unset"] = {"subjects": ""}
        after = await _update(store, tx, before, {part: value for part, value in update.items() if value})
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_CHANGE,
            subject=_subject(before["_id"]),
            area=before["area"],
            reason=", ".join(sorted(fields)),
            event=PartnerChanged(partner_id=before["_id"], fields=tuple(sorted(fields))),
            before=store.seal(before["_id"], _state(before)),
            after=store.seal(before["_id"], _state(after)),
        )
        return after

    try:
        return views.partner(store, await store.db.transaction(work))
    except DuplicateKey:
        subjects = ", ".join(ask.subjects or ())
        raise Refused("partner_subject_taken", "subjects", subject=subjects) from None


@answers
async def rotate_partner_credential(store: Store, actor: Actor, ask: RotatePartnerCredential) -> PartnerAccount:
    """Makes a new secret of a kind; the earlier one stays valid for the overlap, or ends at once."""
    now = datetime.now(UTC)
    end = now if ask.now else now + OVERLAP

    async def work(tx: Tx) -> tuple[PartnerDocument, NewCredential]:
        before, by = await _partner_to_change(store, tx, actor, ask)
        made, secret = new_credential(store.keys, before["_id"], ask.kind, now)
        earlier = [each for each in before["credentials"] if each["kind"] == ask.kind]
        for each in earlier:
            each["until"] = min(each["until"] or end, end)
        kept = [each for each in before["credentials"] if is_valid(each["until"], now)]
        change: Document = {"credentials": [*kept, made]}
        if ask.now and ask.kind is CredentialKind.OAUTH2:
            # Times are stored and issued in milliseconds.
            change["tokensFrom"] = now + timedelta(milliseconds=1)
        after = await _update(store, tx, before, {"$set": change})
        until = None if ask.now or not earlier else end
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_CREDENTIAL_ROTATE,
            subject=_subject(before["_id"]),
            area=before["area"],
            reason=f"{ask.kind}, the earlier one until {rfc3339(end)}",
            event=PartnerCredentialRotated(partner_id=before["_id"], kind=ask.kind, earlier_until=until),
        )
        return after, NewCredential(kind=ask.kind, name=made["name"], secret=secret, earlier_until=until)

    after, credential = await store.db.transaction(work)
    return PartnerAccount(partner=views.partner(store, after), credentials=(credential,))


@answers
async def suspend_partner(store: Store, actor: Actor, ask: SuspendPartner) -> PartnerView:
    """Suspends a partner. One that is suspended keeps the time and takes the new reason."""
    reason = fit_for_log(ask.reason, "reason")

    async def work(tx: Tx) -> PartnerDocument:
        before, by = await _partner_to_change(store, tx, actor, ask)
        if (before["status"], before["reason"]) == (PartnerStatus.SUSPENDED, reason):
            return before
        since = before["suspendedAt"] or datetime.now(UTC)
        change = {"status": PartnerStatus.SUSPENDED, "reason": reason, "suspendedAt": since}
        after = await _update(store, tx, before, {"$set": change})
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_SUSPEND,
            subject=_subject(before["_id"]),
            area=before["area"],
            reason=reason,
            event=PartnerSuspended(partner_id=before["_id"]),
        )
        return after

    return views.partner(store, await store.db.transaction(work))


@answers
async def resume_partner(store: Store, actor: Actor, ask: ResumePartner) -> PartnerView:
    """Ends a suspension. A partner that is active is answered as it is."""

    async def work(tx: Tx) -> PartnerDocument:
        before, by = await _partner_to_change(store, tx, actor, ask)
        if before["status"] == PartnerStatus.ACTIVE:
            return before
        change = {"status": PartnerStatus.ACTIVE, "reason": None, "suspendedAt": None}
        after = await _update(store, tx, before, {"$set": change})
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PARTNER_RESUME,
            subject=_subject(before["_id"]),
            area=before["area"],
            event=PartnerResumed(partner_id=before["_id"]),
        )
        return after

    return views.partner(store, await store.db.transaction(work))


async def park_webhook(store: Store, tx: Tx, partner_id: str) -> None:
    """Ends the posting of outcomes to a partner, until an administrator activates its webhook again."""
    parked = {"$set": {"webhook.active": False, "webhook.parkedAt": datetime.now(UTC)}}
    partner = await store[PARTNERS].change({"_id": partner_id, "webhook.active": True}, parked, tx=tx)
    if partner is not None:
        await store.outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.PARTNER_WEBHOOK_PARK,
            subject=_subject(partner_id),
            area=partner["area"],
            event=PartnerChanged(partner_id=partner_id, fields=("webhook",)),
        )


async def _partner_to_change(
    store: Store, tx: Tx, actor: Actor, ask: ChangePartner | RotatePartnerCredential | SuspendPartner | ResumePartner
) -> tuple[PartnerDocument, Acting]:
    """The partner and the role in which the actor changes it. NotFound for one outside of the actor's area."""
    found = await store[PARTNERS].get({"_id": ask.partner_id}, tx=tx)
    if found is None or not actor.scope(ask.roles).covers(found["area"]):
        raise NotFound("not_found.partner")
    return found, actor.acting(ask.roles, found["area"])


async def _update(store: Store, tx: Tx, partner: PartnerDocument, change: Document) -> PartnerDocument:
    after = await store[PARTNERS].change({"_id": partner["_id"]}, change, tx=tx)
    if after is None:
        raise NotFound("not_found.partner")
    return after


async def _refuse_taken_subjects(store: Store, tx: Tx, partner_id: str, subjects: Sequence[str]) -> None:
    if not subjects:
        return
    other = await store[PARTNERS].get({"subjects": {"$in": list(subjects)}, "_id": {"$ne": partner_id}}, tx=tx)
    if other is not None:
        taken = next(each for each in subjects if each in other["subjects"])
        raise Refused("partner_subject_taken", f"subjects.{list(subjects).index(taken)}", subject=taken)


def _sealed_contacts(store: Store, partner_id: str, contacts: Sequence[str]) -> str:
    return store.keys.encrypt("\n".join(contacts), views.contacts_context(partner_id))


def _webhook(store: Store, partner: PartnerDocument, given: WebhookAddress) -> WebhookDocument:
    if not may_post_to(given.url, store.settings.webhook_private_hosts):
        raise Refused("webhook_address", "webhook.url")
    if given.active and not webhook_keys(store.keys, partner, datetime.now(UTC)):
        raise Refused("webhook_secret_missing", "webhook")
    return {"url": given.url, "active": given.active, "parkedAt": None}


def _subject(partner_id: str) -> Subject:
    return Subject(type="Partner", id=partner_id)


def _state(partner: PartnerDocument) -> Document:
    """The part of a partner that its commitments are over."""
    parts = ("name", "area", "places", "packages", "sandbox", "limits", "subjects", "webhook")
    return {part: partner.get(part) for part in parts}
