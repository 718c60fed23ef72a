"""Rosters as the contract shows them."""

from amanah.contracts.recipients import By
from amanah.contracts.rosters import RosterView
from amanah.runtime.tables import Document


def roster_view(document: Document) -> RosterView:
    """A roster; its hash is told once it is approved."""
    approved = document["approvedBy"] is not None
    return RosterView(
        id=document["_id"],
        program_id=document["program"],
        period=document["period"],
        area=document["area"],
        status=document["status"],
        size=document["size"],
        hash=document["hash"] if approved else None,
        decree=document["decree"],
        proposed_at=document["proposedAt"],
        proposed_by=By(**document["proposedBy"]),
        approved_at=document["approvedAt"],
        approved_by=By(**document["approvedBy"]) if approved else None,
    )
