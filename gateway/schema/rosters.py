"""Rosters: the recipients of one program period, frozen with a content hash once approved."""

import strawberry

from amanah.contracts.errors import Refused
from amanah.contracts.rosters import ApproveRoster, GetRosters, ListRosters, ProposeRoster, RosterStatus, RosterView
from amanah.contracts.rounds import GetPrograms
from gateway.context import Context, Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(RosterView, without=("program_id",), found_by=GetRosters)
class Roster(Node):
    """Recipients of one program period, frozen once approved."""

    area: Area = strawberry.field(resolver=area_of, description="Area of its recipients.")


@input_over(ProposeRoster, without=("for_payment",))
class ProposeRosterInput:
    """Program, period and area of the roster."""


@input_over(ApproveRoster)
class ApproveRosterInput:
    """Roster to approve, and the decree that allows it."""


@payload
class ProposeRosterPayload:
    """The roster, or the errors of the input."""

    roster: RosterView | None = None


@payload
class ApproveRosterPayload:
    """The roster, or the errors of the input."""

    roster: RosterView | None = None


async def propose(context: Context, ask: ProposeRoster) -> RosterView:
    """Proposes a roster, for payment if its program gives money: only distribution knows the programs."""
    await context.authorize(ask, within=[ask.area])
    program = await context.load(GetPrograms, ask.program_id)
    if program is None:
        unknown = Refused("program_unknown", "program_id")
        raise await context.record_refusal(ask, unknown)
    return await context.call(ask.model_copy(update={"for_payment": program.kind == "CASH"}), within=[ask.area])


@strawberry.type
class RosterQueries:
    """Queries on rosters."""

    @resolver
    async def rosters(
        self,
        info: Info,
        program_id: strawberry.ID | None = None,
        status: RosterStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[RosterView]:
        """Rosters of the areas that the viewer may see, the newest first."""
        ask = ListRosters(program_id=program_id, status=status, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)


@strawberry.type
class RosterMutations:
    """Mutations on rosters."""

    @resolver
    @with_user_errors
    async def propose_roster(self, info: Info, input: ProposeRosterInput) -> ProposeRosterPayload:
        """Collects the active recipients of an area into a roster that waits for approval."""
        return ProposeRosterPayload(roster=await propose(info.context, request(ProposeRoster, input)))

    @resolver
    @with_user_errors
    async def approve_roster(self, info: Info, input: ApproveRosterInput) -> ApproveRosterPayload:
        """Freezes a roster on the authority of a decree. Another person than the proposer must approve."""
        return ApproveRosterPayload(roster=await info.context.call(request(ApproveRoster, input)))
