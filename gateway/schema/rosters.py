"""Rosters: the recipients of one program period, frozen with a content hash once approved."""

from datetime import datetime
from enum import StrEnum

import strawberry

from amanah.contracts.errors import Refused
from amanah.contracts.rosters import ApproveRoster, ListRosters, ProposeRoster, RosterView
from gateway.context import Context, Info
from gateway.schema.areas import Area, area
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.people import By, by
from gateway.schema.scalars import AreaCode


@strawberry.enum(description="A roster is proposed by one person and approved by another.")
class RosterStatus(StrEnum):
    """The status of a roster."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@strawberry.type(description="The recipients of one program period, frozen once approved.")
class Roster(Node):
    """One roster."""

    period: str
    area_code: strawberry.Private[str]
    status: RosterStatus
    size: int
    hash: str | None = strawberry.field(description="SHA-256 of its content, once approved.")
    decree: str | None = strawberry.field(description="The decree (SK) that it was approved on.")
    proposed_at: datetime
    proposed_by: By
    approved_at: datetime | None
    approved_by: By | None

    @resolved("The area whose recipients it holds.")
    def area(self, info: Info) -> Area:
        """The roster's area."""
        return area(info.context.areas, self.area_code)


@strawberry.input
class ProposeRosterInput:
    """Whose recipients, for what."""

    program_id: strawberry.ID
    period: str
    area: AreaCode


@strawberry.input
class ApproveRosterInput:
    """Which roster, on what authority."""

    roster_id: strawberry.ID
    decree: str


@strawberry.type
class ProposeRosterPayload:
    """The roster, or what to mend."""

    roster: Roster | None
    user_errors: list[UserError]


@strawberry.type
class ApproveRosterPayload:
    """The roster, or what to mend."""

    roster: Roster | None
    user_errors: list[UserError]


def roster(view: RosterView) -> Roster:
    """The roster of a view."""
    return Roster(
        id=strawberry.ID(view.id),
        period=view.period,
        area_code=view.area,
        status=RosterStatus(view.status),
        size=view.size,
        hash=view.hash,
        decree=view.decree,
        proposed_at=view.proposed_at,
        proposed_by=by(view.proposed_by),
        approved_at=view.approved_at,
        approved_by=shown(view.approved_by, by),
    )


async def _proposed(context: Context, given: ProposeRosterInput) -> RosterView:
    """The roster proposed: for payment, when its program gives money. Programs are distribution's: recipients cannot tell."""
    ask = ProposeRoster(program_id=given.program_id, period=given.period, area=given.area)
    await context.allowed(ask, within=[given.area])
    program = await context.loaders.programs.load(given.program_id)
    if program is None:
        unknown = Refused("program_unknown", "There is no such program; create it first.", "program_id")
        raise await context.refusal(ask, unknown)
    return await context.call(ask.model_copy(update={"for_payment": program.kind == "CASH"}), within=[given.area])


@strawberry.type
class RosterQueries:
    """Queries on rosters."""

    @resolved("Rosters of the areas that the viewer may see, the newest first.")
    async def rosters(
        self,
        info: Info,
        program_id: strawberry.ID | None = None,
        status: RosterStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Roster]:
        """A page of rosters."""
        ask = ListRosters(program_id=program_id, status=status, first=page_size(first), after=after)
        return listed(await info.context.call(ask), roster, after)


@strawberry.type
class RosterMutations:
    """Mutations on rosters."""

    @resolved("Collects the active recipients of an area into a roster that waits for approval.")
    async def propose_roster(self, info: Info, input: ProposeRosterInput) -> ProposeRosterPayload:
        """Proposes a roster."""
        view, errors = await attempt(lambda: _proposed(info.context, input), roster)
        return ProposeRosterPayload(roster=view, user_errors=errors)

    @resolved("Freezes a roster on the authority of a decree; by another person than the proposer.")
    async def approve_roster(self, info: Info, input: ApproveRosterInput) -> ApproveRosterPayload:
        """Approves a roster."""
        view, errors = await attempt(
            lambda: info.context.call(ApproveRoster(roster_id=input.roster_id, decree=input.decree)), roster
        )
        return ApproveRosterPayload(roster=view, user_errors=errors)
