"""Queries on partners: those of the viewer's area, and the check of credentials."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, Unauthenticated
from amanah.contracts.message import Many
from amanah.contracts.partners import (
    PARTNER_GATEWAY,
    AuthenticatePartner,
    GetPartners,
    ListPartners,
    PartnerIdentity,
    PartnersAnswer,
    PartnerView,
)
from amanah.runtime.rpc import answers
from services.distribution.partners import views
from services.distribution.partners.credentials import check_secret, check_signature
from services.distribution.partners.documents import PARTNERS
from services.distribution.partners.lookup import require_active
from services.distribution.store import Store, filter_by, many, page


@answers
async def get_partners(store: Store, actor: Actor, ask: GetPartners) -> PartnersAnswer:
    """Returns partners by id, those within the viewer's area."""
    condition = {"$and": [{"_id": {"$in": list(ask.ids)}}, actor.scope(ask.roles).condition("area")]}
    return PartnersAnswer(nodes=tuple(views.partner(store, each) for each in await store[PARTNERS].list(condition)))


@answers
async def list_partners(store: Store, actor: Actor, ask: ListPartners) -> Many[PartnerView]:
    """Lists partners within the viewer's area, the newest first."""
    condition = {"$and": [filter_by(status=ask.status), actor.scope(ask.roles).condition("area")]}
    found = await page(store[PARTNERS], condition, first=ask.first, after=ask.after, newest=True)
    return many(found, lambda each: views.partner(store, each))


@answers
async def authenticate_partner(store: Store, actor: Actor, ask: AuthenticatePartner) -> PartnerIdentity:
    """Checks a secret or a signature. Whether a partner is unknown or suspended shows only to those who have its secret."""
    if actor.id != PARTNER_GATEWAY.id:
        raise Forbidden("forbidden.partner_gateway")
    partner, now = await store[PARTNERS].get({"_id": ask.partner_id}), datetime.now(UTC)
    if ask.signature is not None:
        if partner is None or not check_signature(store.keys, partner, ask.signature, now):
            raise Unauthenticated("signature_invalid.partner")
    elif partner is None or not check_secret(store.keys, partner, ask.secret or "", now):
        raise Unauthenticated("client_invalid")
    require_active(partner)
    return PartnerIdentity(id=partner["_id"], name=partner["name"], area=partner["area"])
