"""Confirmation codes for printing invitations: for supervisors only, each page with an audit entry."""

from amanah.contracts.actor import Actor, Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.errors import Forbidden, NotFound
from amanah.contracts.sms import ConfirmationCode, ConfirmationCodes, ListConfirmationCodes
from amanah.runtime.rpc import answers
from services.distribution.rounds.confirmation_codes import code_of
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.lookup import find_rounds
from services.distribution.rounds.rules.codes import printed
from services.distribution.store import Store, page


@answers
async def list_confirmation_codes(store: Store, actor: Actor, ask: ListConfirmationCodes) -> ConfirmationCodes:
    """Returns a page of codes, with an audit entry. NotFound for a round elsewhere; Forbidden for officers."""
    by = actor.acting(ask.roles, ask.area)
    if actor.has({Role.OFFICER}):
        raise Forbidden("forbidden.codes")
    if not await find_rounds(store, actor.scope(ask.roles), [ask.round_id]):
        raise NotFound("not_found.round")
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = {"round": ask.round_id, **scope.condition("area")}
    found = await page(store[ENTITLEMENTS], condition, first=ask.first, after=ask.after, order=("area", "_id"))
    await store.outbox.record_entry(
        by,
        action=AuditAction.CODES_REVEAL,
        subject=Subject(type="Round", id=ask.round_id),
        concerns=related_subjects(*(part for e in found.documents for part in (e["recipient"], e["_id"]))),
        authority=ask.round_id,
        area=ask.area,
        reason=f"{len(found.documents)} codes",
    )
    return ConfirmationCodes(
        nodes=tuple(
            ConfirmationCode(entitlement_id=e["_id"], code=printed(code_of(store.keys, e["_id"])))
            for e in found.documents
        ),
        cursors=found.cursors,
        total=found.total,
        more=found.more,
    )
