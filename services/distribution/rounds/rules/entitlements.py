"""Entitlements: exactly one per recipient and round."""

from collections.abc import Iterable, Mapping

from amanah.contracts.ids import derived_id
from amanah.contracts.message import milli
from amanah.contracts.rounds import EntitlementStatus, ProgramItem


def entitlement_id(round_id: str, recipient_id: str) -> str:
    """Returns the id of this recipient's entitlement in this round: creation is idempotent."""
    return derived_id("ent", round_id, recipient_id)


def due(items: Iterable[ProgramItem]) -> dict[str, int]:
    """Returns the quantities that each recipient gets in a round, in thousandths by SKU."""
    return {item.sku: milli(item.quantity_per_recipient) for item in items}


def counts(statuses: Mapping[str, int]) -> dict[str, int]:
    """Returns the progress of a set of entitlements from the number of each status.

    A reversed one counts as remaining: the aid did not reach the recipient.
    """
    entitled = sum(statuses.values())
    delivered = statuses.get(EntitlementStatus.DELIVERED, 0)
    failed = statuses.get(EntitlementStatus.FAILED, 0)
    return {
        "entitled": entitled,
        "delivered": delivered,
        "failed": failed,
        "remaining": entitled - delivered - failed,
    }
