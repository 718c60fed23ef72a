"""Assignments and entitlements: who hands out where, and who is due what."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.base import MANAGERS, OFFICERS, VIEWERS, DistributionRequest
from amanah.contracts.message import Answer, Item, Page


class AssignmentView(Answer):
    """An officer, a round, an area and dates."""

    id: str
    officer_id: str
    round_id: str
    area: AreaCode
    starts_on: date
    ends_on: date


class AssignmentPage(Answer):
    """A page of assignments."""

    nodes: tuple[AssignmentView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class AssignOfficer(DistributionRequest[AssignmentView]):
    """Assigns an officer to an area of a round for some days. The same assignment again answers the first."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date


class ListMyAssignments(Page[AssignmentPage]):
    """The viewer's own assignments, the newest first; empty for who is no officer."""

    service: ClassVar[str] = "distribution"


class Tally(Answer):
    """How far an assignment's area has come, counted by the owner at once (not by reporting)."""

    assignment_id: str
    entitled: int
    delivered: int
    failed: int
    remaining: int


class TalliesAnswer(Answer):
    """One tally an assignment."""

    nodes: tuple[Tally, ...] = ()


class GetTallies(DistributionRequest[TalliesAnswer]):
    """Progress of the viewer's own assignments."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    assignment_ids: tuple[str, ...] = Field(max_length=100)


class EntitlementView(Answer):
    """What one recipient gets in one round: PENDING, DELIVERED, FAILED or REVERSED."""

    id: str
    round_id: str
    recipient_id: str
    area: AreaCode
    status: str
    items: tuple[Item, ...]


class EntitlementPage(Answer):
    """A page of entitlements."""

    nodes: tuple[EntitlementView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListEntitlements(Page[EntitlementPage]):
    """Entitlements of one of the viewer's assignments, or of a round for those who supervise it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = VIEWERS
    assignment_id: str | None = None
    round_id: str | None = None
    area: AreaCode | None = None
    status: str | None = None


class GetEntitlements(DistributionRequest[EntitlementPage]):
    """Entitlements by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    ids: tuple[str, ...] = Field(max_length=500)
