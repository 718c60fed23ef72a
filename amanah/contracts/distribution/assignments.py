"""Assignments and entitlements: who hands out where, and who is due what."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.base import MANAGERS, OFFICERS, VIEWERS, DistributionRequest
from amanah.contracts.message import Answer, Item, Moment, Page

# Supervisors and those who look back at who worked where; officers see their own by ListMyAssignments.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.APPROVER})
WORKED_AT_ONCE = 100


class AssignmentView(Answer):
    """An officer, a round, an area and dates. `daily_load` is how many handovers a day are planned.

    One that was ended early keeps its days up to then: `planned_until` is its last day as it was planned, `ended_at` and
    `ended_by` say when and by whom, `end_reason` why (only where history is shown), and `replaced_by` which assignment
    went on with it. That one `replaces` this.
    """

    id: str
    officer_id: str
    round_id: str
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = None
    planned_until: date | None = None
    ended_at: Moment | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None

    def shown(self) -> tuple[str, ...]:
        """Of whom the reason of its end may tell: the officer, and the assignment for whoever looks it up."""
        return (self.id, self.officer_id) if self.end_reason else ()


class AssignmentPage(Answer):
    """A page of assignments."""

    nodes: tuple[AssignmentView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def shown(self) -> tuple[str, ...]:
        """That of each assignment."""
        return tuple(each for assignment in self.nodes for each in assignment.shown())


class AssignOfficer(DistributionRequest[AssignmentView]):
    """Assigns an officer to an area of a round for some days. The same assignment again answers the first."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = Field(default=None, ge=1, le=10_000)


class ReassignOfficer(DistributionRequest[AssignmentView]):
    """Gives an assignment to another officer: it ends today, and a new one, which is answered, begins today.

    Both stay on record, and a handover is judged by who was assigned on its day. One that has not begun is handed over
    whole. A repeat answers the first result. NotFound outside the viewer's areas; refuses with
    assignment_over, officer_same, officer_assigned.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    assignment_id: str
    officer_id: str
    reason: str = Field(min_length=1, max_length=1000)


class EndAssignment(DistributionRequest[AssignmentView]):
    """Ends an assignment today, with nobody after it. A repeat answers the first result.

    NotFound outside the viewer's areas; refuses with assignment_over.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    assignment_id: str
    reason: str = Field(min_length=1, max_length=1000)


class GetAssignments(DistributionRequest[AssignmentPage]):
    """Assignments by id: the viewer's own, and those in the areas that they oversee.

    Overseers are told why they were ended, which is an entry of the audit log, as for ListAssignments.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class ListAssignments(Page[AssignmentPage]):
    """Who is and was assigned in a round, the newest first, with the reasons why assignments were ended.

    A reason may tell of the officer: a page with one is an entry of the audit log.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = OVERSEERS
    round_id: str
    area: AreaCode | None = None


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
    """Progress of assignments: the viewer's own, and those in the areas that they oversee."""

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    assignment_ids: tuple[str, ...] = Field(max_length=100)


class EntitlementView(Answer):
    """What one recipient gets in one round: PENDING, DELIVERED, FAILED or REVERSED.

    It names its recipient by id alone; who that is the recipients service tells, and puts on the audit trail.
    """

    id: str
    round_id: str
    recipient_id: str
    area: AreaCode
    status: str
    items: tuple[Item, ...]
    delivered_at: Moment | None = None


class EntitlementPage(Answer):
    """A page of entitlements."""

    nodes: tuple[EntitlementView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListEntitlements(Page[EntitlementPage]):
    """Entitlements of an assignment that is the viewer's or overseen by them, or of a round for those who may see it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = VIEWERS
    assignment_id: str | None = None
    round_id: str | None = None
    area: AreaCode | None = None
    status: str | None = None


class WorkPage(Answer):
    """The first page of one assignment's entitlements."""

    assignment_id: str
    page: EntitlementPage


class WorkAnswer(Answer):
    """One page an assignment."""

    nodes: tuple[WorkPage, ...] = ()


class ListWork(DistributionRequest[WorkAnswer]):
    """The first `first` entitlements of each of several assignments: the viewer's own, and those that they oversee.

    Others are left out.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    assignment_ids: tuple[str, ...] = Field(max_length=WORKED_AT_ONCE)
    status: str | None = None
    first: int = Field(default=20, ge=1, le=100)


class GetEntitlements(DistributionRequest[EntitlementPage]):
    """Entitlements by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    ids: tuple[str, ...] = Field(max_length=500)
