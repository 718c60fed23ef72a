"""Rosters as the contract shows them."""

from amanah.contracts.errors import NotFound
from amanah.contracts.rosters import RosterView, VerifiedRoster
from services.recipients.register.views import person_view
from services.recipients.rosters.documents import RosterDocument


def roster_view(document: RosterDocument) -> RosterView:
    """A roster; its hash is null until it is approved."""
    approved_by = document["approvedBy"]
    return RosterView(
        id=document["_id"],
        program_id=document["program"],
        period=document["period"],
        area=document["area"],
        status=document["status"],
        size=document["size"],
        hash=document["hash"] if approved_by else None,
        decree=document["decree"],
        proposed_at=document["proposedAt"],
        proposed_by=person_view(document["proposedBy"]),
        approved_at=document["approvedAt"],
        approved_by=person_view(approved_by) if approved_by else None,
    )


def verified_roster(document: RosterDocument) -> VerifiedRoster:
    """An approved roster as the public sees it. Raises NotFound for one that is not approved."""
    decree, approved_at = document["decree"], document["approvedAt"]
    if decree is None or approved_at is None:
        raise NotFound("not_found.roster")
    return VerifiedRoster(
        id=document["_id"],
        period=document["period"],
        area=document["area"],
        size=document["size"],
        decree=decree,
        approved_at=approved_at,
        hash=document["hash"],
    )
