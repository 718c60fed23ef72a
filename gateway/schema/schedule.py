"""Schedules: who is and was assigned where, handing work on to another officer, and a day's work to take along."""

from decimal import Decimal
from typing import cast

import strawberry

from amanah.contracts import assignments as assignments_contract
from amanah.contracts.assignments import (
    AssignmentView,
    EndAssignment,
    GetAssignmentBundle,
    GetAssignments,
    ListAssignments,
    ReassignOfficer,
)
from amanah.contracts.message import Item
from amanah.contracts.rounds import EntitlementView, GetRounds
from gateway.context import Context, Info
from gateway.schema.assignments import Assignment, Entitlement, assignment, check_officer, entitlement
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.programs import ProgramItem, Round, round_
from gateway.schema.scalars import AreaCode


@strawberry.input
class ReassignOfficerInput:
    """Which assignment goes to whom, and why."""

    assignment_id: strawberry.ID
    officer_id: strawberry.ID
    reason: str


@strawberry.input
class EndAssignmentInput:
    """Which assignment ends today, and why."""

    assignment_id: strawberry.ID
    reason: str


@strawberry.type
class ReassignOfficerPayload:
    """The new assignment, or what to mend."""

    assignment: Assignment | None
    user_errors: list[UserError]


@strawberry.type
class EndAssignmentPayload:
    """The assignment that ended, or what to mend."""

    assignment: Assignment | None
    user_errors: list[UserError]


@strawberry.type(description="So much of one good that is left in a package.")
class RemainingItem:
    """What is left of one good."""

    sku: str
    quantity: Decimal


@strawberry.type(description="A package that can be handed out from now.")
class PackageAtHand:
    """A package and what is left in it."""

    code: str
    remaining: list[RemainingItem]


@strawberry.type(
    description="A day's work to take along. When `complete`, it replaces what the device has; else `entitlements` are put "
    "over those with the same id and `removedIds` are forgotten. `version` is the same exactly when nothing changed."
)
class AssignmentBundle:
    """All that a device needs to work offline."""

    version: str
    complete: bool
    assignment: Assignment
    round: Round
    items: list[ProgramItem]
    packages: list[PackageAtHand]
    entitlements: list[Entitlement]
    removed_ids: list[strawberry.ID]


def bundle(view: assignments_contract.AssignmentBundle) -> AssignmentBundle:
    """The bundle of a view."""
    due = tuple(Item(sku=item.sku, quantity=item.quantity_per_recipient) for item in view.items)
    return AssignmentBundle(
        version=view.version,
        complete=view.complete,
        assignment=assignment(view.assignment),
        round=round_(view.round),
        items=[cast(ProgramItem, item) for item in view.items],
        packages=[
            PackageAtHand(code=p.code, remaining=[RemainingItem(sku=i.sku, quantity=i.quantity) for i in p.remaining])
            for p in view.packages
        ],
        entitlements=[
            entitlement(
                EntitlementView(
                    id=e.id,
                    round_id=view.round.id,
                    recipient_id=e.recipient_id,
                    area=e.area,
                    status=e.status,
                    items=due,
                    delivered_at=e.delivered_at,
                ),
                own=True,
            )
            for e in view.entitlements
        ],
        removed_ids=[strawberry.ID(i) for i in view.removed_ids],
    )


async def reassign(context: Context, given: ReassignOfficerInput) -> AssignmentView:
    """Gives an assignment to an officer who is known here: users are the gateway's, so distribution cannot tell."""
    ask = ReassignOfficer(assignment_id=given.assignment_id, officer_id=given.officer_id, reason=given.reason)
    await context.authorize(ask)
    found = await context.load(GetAssignments, given.assignment_id)
    # One that the viewer may not see is refused by its owner, in its words.
    if found is not None:
        await check_officer(context, ask, found.area)
    return await context.call(ask)


@strawberry.type
class ScheduleQueries:
    """Queries on schedules."""

    @resolved("Who is and was assigned in a round, the newest first; for those who oversee its areas.")
    async def assignments(
        self,
        info: Info,
        round_id: strawberry.ID,
        area: AreaCode | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Assignment]:
        """A page of assignments."""
        ask = ListAssignments(round_id=round_id, area=area, first=page_size(first), after=after)
        page = await info.context.call(ask, within=[area] if area else [])
        return connection(
            [assignment(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )

    @resolved(
        "A day's work of one of the viewer's own assignments, to take along without a network. `since` is the version that "
        "the device has: then only what changed is answered, unless the version is unknown or of another day."
    )
    async def assignment_bundle(
        self, info: Info, assignment_id: strawberry.ID, since: str | None = None
    ) -> AssignmentBundle:
        """All that a device needs, or what changed."""
        view = await info.context.call(GetAssignmentBundle(assignment_id=assignment_id, since=since))
        # Its entitlements refer to the round, which is here already.
        info.context.remember(GetRounds, view.round.id, view.round)
        return bundle(view)


@strawberry.type
class ScheduleMutations:
    """Mutations on schedules."""

    @resolved("Gives an assignment to another officer: it ends today, and theirs begins. Both stay on record.")
    async def reassign_officer(self, info: Info, input: ReassignOfficerInput) -> ReassignOfficerPayload:
        """Reassigns."""
        view, errors = await attempt(lambda: reassign(info.context, input), assignment)
        return ReassignOfficerPayload(assignment=view, user_errors=errors)

    @resolved("Ends an assignment today, with nobody after it. It stays on record.")
    async def end_assignment(self, info: Info, input: EndAssignmentInput) -> EndAssignmentPayload:
        """Ends an assignment."""
        view, errors = await attempt(
            lambda: info.context.call(EndAssignment(assignment_id=input.assignment_id, reason=input.reason)),
            assignment,
        )
        return EndAssignmentPayload(assignment=view, user_errors=errors)
