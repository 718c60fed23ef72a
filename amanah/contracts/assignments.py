"""Assignments and entitlements: who hands out where, and who is due what."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, OFFICERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Item, Many, Moment, Page
from amanah.contracts.rounds import EntitlementPage, EntitlementStatus, ProgramItem, RoundView

# Supervisors and those who look back at who worked where; officers see their own by ListMyAssignments.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.APPROVER})


WORKED_AT_ONCE = 100


DAILY_LOAD = "Planned number of handovers a day."


class AssignmentView(Answer):
    """Assignment of an officer to an area of a round for some days. One that was ended early stays on record."""

    id: str
    officer_id: str
    round_id: str
    area: AreaCode
    starts_on: date
    ends_on: date = Field(description="Last day; the day of its end for an assignment that was ended early.")
    daily_load: int | None = Field(default=None, description=DAILY_LOAD)
    planned_until: date | None = Field(
        default=None, description="Planned last day of an assignment that was ended early."
    )
    ended_at: Moment | None = Field(default=None, description="Time of the early end.")
    ended_by: str | None = Field(default=None, description="User who ended it early.")
    end_reason: str | None = Field(default=None, description="Reason of the early end, for those who oversee the area.")
    replaces: str | None = Field(default=None, description="Id of the assignment that this one continues.")
    replaced_by: str | None = Field(default=None, description="Id of the assignment that continues this one.")

    def data_subjects(self) -> tuple[str, ...]:
        """People whom the reason of its end may describe: the officer, and the assignment, by which it is searched."""
        return (self.id, self.officer_id) if self.end_reason else ()


class AssignmentPage(Many[AssignmentView]):
    """A page of assignments."""


class AssignOfficer(DistributionRequest[AssignmentView]):
    """Assigns an officer to an area of a round for some days. The same assignment again answers the first."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = Field(default=None, ge=1, le=10_000, description=DAILY_LOAD)


class ReassignOfficer(DistributionRequest[AssignmentView]):
    """Gives an assignment to another officer: it ends today, and a new one, which is answered, begins today.

    Both stay on record, and a handover is judged by who was assigned on its day. One that has not begun is handed over
    whole. A repeat answers the first result. NotFound outside the viewer's areas; refuses with
    assignment_over, officer_same, officer_assigned.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    assignment_id: str
    officer_id: str = Field(description="Officer who continues the work.")
    reason: str = Field(min_length=1, max_length=1000, description="Reason of the early end.")


class EndAssignment(DistributionRequest[AssignmentView]):
    """Ends an assignment today, without a successor. A repeat answers the first result.

    NotFound outside the viewer's areas; refuses with assignment_over.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    assignment_id: str
    reason: str = Field(min_length=1, max_length=1000, description="Reason of the early end.")


class GetAssignments(DistributionRequest[AssignmentPage]):
    """Assignments by id: the viewer's own, and those in the areas that they oversee.

    Overseers see why they were ended, which is an entry of the audit log, as for ListAssignments.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class ListAssignments(Page[AssignmentPage]):
    """Current and ended assignments of a round, the newest first, with the reasons why assignments were ended.

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
    """Progress of an assignment, counted at the time of the request."""

    assignment_id: str
    entitled: int
    delivered: int
    failed: int
    remaining: int


class TalliesAnswer(Answer):
    """Progress of each assignment."""

    nodes: tuple[Tally, ...] = ()


class GetTallies(DistributionRequest[TalliesAnswer]):
    """Progress of assignments: the viewer's own, and those in the areas that they oversee."""

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    assignment_ids: tuple[str, ...] = Field(max_length=100)


class WorkPage(Answer):
    """The first page of one assignment's entitlements."""

    assignment_id: str
    page: EntitlementPage


class WorkAnswer(Answer):
    """Page of entitlements of each assignment."""

    nodes: tuple[WorkPage, ...] = ()


class ListWork(DistributionRequest[WorkAnswer]):
    """The first `first` entitlements of each of several assignments: the viewer's own, and those that they oversee.

    Others are left out.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS | OVERSEERS
    assignment_ids: tuple[str, ...] = Field(max_length=WORKED_AT_ONCE)
    status: EntitlementStatus | None = None
    first: int = Field(default=20, ge=1, le=100)


class OfficerAssigned(DistributionEvent):
    """An officer works an area of a round for some days; `replaces` is the assignment that goes on with it."""

    type: ClassVar[str] = "id.amanah.distribution.officer.assigned.v1"
    assignment_id: str
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = None
    replaces: str | None = None

    def key(self) -> str:
        """The round."""
        return self.round_id


class AssignmentEnded(DistributionEvent):
    """An assignment ends earlier than planned; `replaced_by` is the one that goes on with it, if there is one.

    One that never began ends on the day before its first.
    """

    type: ClassVar[str] = "id.amanah.distribution.assignment.ended.v1"
    assignment_id: str
    round_id: str
    officer_id: str
    area: AreaCode
    ends_on: date
    planned_until: date
    replaced_by: str | None = None

    def key(self) -> str:
        """The round."""
        return self.round_id


BUNDLE_LIMIT = 2000
"""Maximum number of recipients in a bundle for a device."""


class BundledPackage(Answer):
    """Package that can be handed out from, and its remaining contents."""

    code: str
    remaining: tuple[Item, ...] = Field(description="Goods that remain in it.")


class BundledEntitlement(Answer):
    """Entitlement as a device keeps it. The recipients service adds name and address."""

    id: str
    status: str
    recipient_id: str
    area: AreaCode
    delivered_at: Moment | None = None


class AssignmentBundle(Answer):
    """A day's work of an assignment, for a device to work offline.

    Assignment, round, items and packages are always whole.
    """

    version: str = Field(description="Version of the bundle; the same exactly when nothing changed.")
    complete: bool = Field(description="The bundle is whole and replaces the data of the device.")
    assignment: AssignmentView
    round: RoundView
    items: tuple[ProgramItem, ...] = Field(description="Goods of the program.")
    packages: tuple[BundledPackage, ...] = Field(default=(), description="Packages that can be handed out from.")
    entitlements: tuple[BundledEntitlement, ...] = Field(
        default=(),
        description="All entitlements of a complete bundle; otherwise the changed ones, which replace those of the same id.",
    )
    removed_ids: tuple[str, ...] = Field(default=(), description="Entitlements that the device must delete.")


class GetAssignmentBundle(DistributionRequest[AssignmentBundle]):
    """One of the viewer's own assignments, to work offline; NotFound for any other. Their own list, so no entry of its reading.

    `since` is the version that the device has: what changed since then is answered, and all of it when the version is
    unknown or of another day. Applying an answer twice does no harm, and answers repeat what changed in the minutes
    before `since`. NotYet while the round is being opened; Refused("bundle_too_large") above BUNDLE_LIMIT recipients.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS
    assignment_id: str
    since: str | None = Field(default=None, max_length=100)
