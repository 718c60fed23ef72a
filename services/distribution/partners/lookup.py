"""Look-ups of partners: who an actor is among them, and who a name means. Names of tokens decide nothing."""

from datetime import datetime

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, Unauthenticated
from amanah.contracts.ids import kind_of, made_at
from amanah.contracts.partners import PartnerLimits, PartnerStatus
from amanah.runtime.identity import person_id
from amanah.runtime.mongo import Tx
from services.distribution.partners.documents import PARTNERS, LimitsDocument, PartnerDocument, limits_document
from services.distribution.partners.rules import name_key
from services.distribution.store import Store


async def find_partner(store: Store, actor: Actor, tx: Tx | None = None) -> PartnerDocument | None:
    """The partner that the actor is or acts for; None without a record. Raises Unauthenticated `token_revoked`.

    A suspended one is returned, too: see `require_active`.
    """
    found = await partner_record(store, actor, tx)
    if revocation(actor, found) is not None:
        raise Unauthenticated("token_revoked.secret")
    return found


def revocation(actor: Actor, partner: PartnerDocument | None) -> datetime | None:
    """When the secret to which the actor's token was issued was ended at once; None for a token that holds."""
    ended = partner.get("tokensFrom") if partner else None
    if ended is None or kind_of(actor.id) != "Partner":
        return None
    # The id of a token that we issue has the time of its issue.
    issued = made_at(actor.session or "")
    return ended if issued is not None and issued < ended else None


async def partner_record(store: Store, actor: Actor, tx: Tx | None = None) -> PartnerDocument | None:
    """The partner that the actor is, by the id of its record, or acts for, as one of its subjects, whatever its token is."""
    if kind_of(actor.id) == "Partner":
        return await store[PARTNERS].get({"_id": actor.id}, tx=tx)
    return await store[PARTNERS].get({"subjects": actor.id}, tx=tx)


def require_active(partner: PartnerDocument | None) -> None:
    """Raises Forbidden `partner_suspended`, with the reason, for a partner that is suspended."""
    if partner is not None and partner["status"] == PartnerStatus.SUSPENDED:
        raise Forbidden("partner_suspended", reason=(partner["reason"] or "").rstrip(". "))


async def find_limits(store: Store, partner_id: str) -> LimitsDocument:
    """The limits of a partner; of a user without a record, the default ones."""
    return limits_of(await store[PARTNERS].get({"_id": partner_id}, projection={"limits": 1}))


def limits_of(partner: PartnerDocument | None) -> LimitsDocument:
    """The limits of a partner; without a record, the default ones."""
    return partner["limits"] if partner else limits_document(PartnerLimits())


def ids_of(actor: Actor, partner: PartnerDocument | None) -> tuple[str, ...]:
    """The ids that a package's `partner` has if it is this actor's: of the record, and of the actor."""
    return tuple(dict.fromkeys(each for each in (partner["_id"] if partner else None, actor.id) if each))


async def owner_ids(store: Store, actor: Actor, tx: Tx | None = None) -> tuple[str, ...]:
    """The ids that a package's `partner` has if it is this actor's. It tells nothing of a suspension."""
    return ids_of(actor, await find_partner(store, actor, tx))


async def active_owner_ids(store: Store, actor: Actor, tx: Tx | None = None) -> tuple[str, ...]:
    """Like `owner_ids`. Raises Forbidden `partner_suspended` when the actor's partner is suspended."""
    partner = await find_partner(store, actor, tx)
    require_active(partner)
    return ids_of(actor, partner)


async def resolve_partner(store: Store, given: str, tx: Tx | None = None) -> tuple[str, PartnerDocument | None] | None:
    """The id that a partner's id or name means at this moment, with the record if there is one; None for nobody.

    A record's id or registered name means the record; the id of a user their record, or else themselves. Any other name is
    nobody, except on the trial issuer, where it means the user whom that issuer calls so.
    """
    kind = kind_of(given)
    if kind == "Partner":
        found = await store[PARTNERS].get({"_id": given}, tx=tx)
        return (given, found) if found else None
    if kind != "User":
        if found := await store[PARTNERS].get({"nameKey": name_key(given)}, tx=tx):
            return found["_id"], found
        if not store.trial_issuer:
            return None
        given = person_id(given)
    found = await store[PARTNERS].get({"subjects": given}, tx=tx)
    return (found["_id"], found) if found else (given, None)
