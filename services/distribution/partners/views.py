"""Partners as the contract shows them."""

from datetime import UTC, datetime

from amanah.contracts.partners import CredentialView, PartnerLimits, PartnerStatus, PartnerView, WebhookView
from services.distribution.partners.documents import PartnerDocument
from services.distribution.partners.rules import is_valid
from services.distribution.store import Store


def contacts_context(partner_id: str) -> str:
    """The context under which the contacts of a partner are encrypted."""
    return f"partner:{partner_id}:contacts"


def partner(store: Store, found: PartnerDocument) -> PartnerView:
    """A partner, with the credentials that are valid."""
    now, identifier = datetime.now(UTC), found["_id"]
    webhook = found.get("webhook")
    return PartnerView(
        id=identifier,
        name=found["name"],
        contacts=tuple(store.keys.decrypt(found["contacts"], contacts_context(identifier)).splitlines()),
        area=found["area"],
        places=tuple(found["places"]),
        packages=tuple(found["packages"]),
        status=PartnerStatus(found["status"]),
        reason=found["reason"],
        suspended_at=found["suspendedAt"],
        sandbox=found["sandbox"],
        limits=PartnerLimits(
            events_per_minute=found["limits"]["eventsPerMinute"], pending_events=found["limits"]["pendingEvents"]
        ),
        subjects=tuple(found.get("subjects", ())),
        credentials=tuple(
            CredentialView(kind=each["kind"], name=each["name"], since=each["since"], until=each["until"])
            for each in found["credentials"]
            if is_valid(each["until"], now)
        ),
        webhook=WebhookView(url=webhook["url"], active=webhook["active"], parked_at=webhook["parkedAt"])
        if webhook
        else None,
    )
