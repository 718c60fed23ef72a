"""Officers' assignments, the entitlements under them, and the viewer."""

import strawberry
from strawberry import Parent

from amanah.contracts.actor import Role
from amanah.contracts.assignments import (
    AssignmentView,
    AssignOfficer,
    GetAssignments,
    GetTallies,
    ListMyAssignments,
    ListWork,
    ReassignOfficer,
    Tally,
)
from amanah.contracts.errors import Refused
from amanah.contracts.message import Item
from amanah.contracts.register import GetRecipients, RecipientView
from amanah.contracts.rounds import (
    EntitlementPage,
    EntitlementStatus,
    EntitlementView,
    GetEntitlements,
    GetPrograms,
    GetRounds,
    ListEntitlements,
    RoundView,
)
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.schema.areas import Area, area, area_of
from gateway.schema.derive import extend, input_over, output, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_of, page_size


class EntitledItem(Item):
    """A good that a recipient is due in a round."""

    round_id: str


class OwnEntitlement(EntitlementView):
    """An entitlement of the viewer's own assignment: reading its recipient writes no audit entry."""


@over(EntitledItem, without=("round_id",))
class EntitlementItem:
    """Quantity of one good that a recipient is due."""

    @resolver
    @staticmethod
    async def unit(item: Parent[EntitledItem], info: Info) -> str | None:
        """Unit of the quantity, as the program defines it."""
        load = info.context.load
        of_round = await load(GetRounds, item.round_id)
        of_program = await load(GetPrograms, of_round.program_id) if of_round else None
        return next((i.unit for i in of_program.items if i.sku == item.sku), None) if of_program else None


@over(EntitlementView, without=("round_id", "recipient_id"), found_by=GetEntitlements)
class Entitlement(Node):
    """Aid that one recipient gets in one round."""

    area: Area = strawberry.field(
        resolver=area_of, description="Area where the recipient lived when the roster was frozen."
    )

    @resolver
    @staticmethod
    def items(entitlement: Parent[EntitlementView]) -> list[EntitledItem]:
        """Goods that the recipient is due."""
        return [extend(EntitledItem, item, round_id=entitlement.round_id) for item in entitlement.items]

    @resolver
    @staticmethod
    async def recipient(entitlement: Parent[EntitlementView], info: Info) -> RecipientView | None:
        """Recipient of the aid."""
        if isinstance(entitlement, OwnEntitlement):
            return await info.context.load(GetRecipients, entitlement.recipient_id, own_list=True)
        return await info.context.load(GetRecipients, entitlement.recipient_id)

    @resolver
    @staticmethod
    async def round(entitlement: Parent[EntitlementView], info: Info) -> RoundView | None:
        """Round of the distribution."""
        return await info.context.load(GetRounds, entitlement.round_id)


@over(Tally, without=("assignment_id",))
class AssignmentProgress:
    """Progress of an assignment, counted at the time of the request."""


@over(AssignmentView, without=("officer_id", "round_id"), found_by=GetAssignments)
class Assignment(Node):
    """Assignment of an officer to an area of a round for some days. One that was ended early stays on record."""

    area: Area = strawberry.field(resolver=area_of, description="Area where the officer works.")
    replaces: strawberry.ID | None = strawberry.field(name="replacesId")
    replaced_by: strawberry.ID | None = strawberry.field(name="replacedById")

    @resolver
    @staticmethod
    async def officer(assignment: Parent[AssignmentView], info: Info) -> OfficerView:
        """Officer who works there; the name is the id if the user is unknown."""
        return await _user(info, assignment.officer_id)

    @resolver
    @staticmethod
    async def ended_by(assignment: Parent[AssignmentView], info: Info) -> OfficerView | None:
        """User who ended it early."""
        return await _user(info, assignment.ended_by) if assignment.ended_by else None

    @resolver
    @staticmethod
    async def round(assignment: Parent[AssignmentView], info: Info) -> RoundView | None:
        """Round of the assignment."""
        return await info.context.load(GetRounds, assignment.round_id)

    @resolver
    @staticmethod
    async def progress(assignment: Parent[AssignmentView], info: Info) -> Tally | None:
        """Progress in its area, for the officer and for those who oversee it."""
        return await info.context.load(GetTallies, assignment.id, key="assignment_id")

    @resolver
    @staticmethod
    async def entitlements(
        assignment: Parent[AssignmentView],
        info: Info,
        status: EntitlementStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[EntitlementView]:
        """Entitlements of the recipients in its area."""
        size = page_size(first)
        if after is None:
            # The first pages of several assignments are one call.
            found = await info.context.load(ListWork, assignment.id, key="assignment_id", status=status, first=size)
            page = found.page if found else EntitlementPage()
        else:
            ask = ListEntitlements(assignment_id=assignment.id, status=status, first=size, after=after)
            page = await info.context.call(ask)
        own = assignment.officer_id == info.context.actor.id
        nodes = [extend(OwnEntitlement, view) for view in page.nodes] if own else page.nodes
        return connection(nodes, page.cursors, total=page.total, more=page.more, after=after)


@output
class ViewerRole:
    """Role of the viewer, over an area and everything below it."""

    role: Role
    area: Area


@output
class Viewer:
    """User who sends the request."""

    id: strawberry.ID
    name: str
    roles: list[ViewerRole]

    @resolver
    async def assignments(
        self, info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[AssignmentView]:
        """The viewer's own assignments, the newest first; empty for a viewer who is no officer."""
        page = await info.context.call(ListMyAssignments(first=page_size(first), after=after))
        return page_of(page, after)


@input_over(AssignOfficer)
class AssignOfficerInput:
    """Officer, area and days of the assignment."""


@payload
class AssignOfficerPayload:
    """The assignment, or the errors of the input."""

    assignment: AssignmentView | None = None


async def assign(context: Context, ask: AssignOfficer) -> AssignmentView:
    """Assigns an officer whom the gateway knows: distribution has no users."""
    await context.authorize(ask, within=[ask.area])
    await check_officer(context, ask, ask.area)
    return await context.call(ask)


async def check_officer(context: Context, ask: AssignOfficer | ReassignOfficer, area: str) -> None:
    """Refuses a user who is not known as an officer of the area (`officer_unknown`)."""
    if not await context.people.is_officer(ask.officer_id, area):
        unknown = Refused("officer_unknown", "officer_id")
        raise await context.record_refusal(ask, unknown)


async def _user(info: Info, identifier: str) -> OfficerView:
    name = await info.context.loaders.names.load(identifier)
    return OfficerView(id=identifier, name=name or identifier)


@strawberry.type
class AssignmentQueries:
    """Queries on the viewer."""

    @resolver
    def viewer(self, info: Info) -> Viewer:
        """User who sends the request."""
        actor, areas = info.context.actor, info.context.areas
        return Viewer(
            id=strawberry.ID(actor.id),
            name=actor.name,
            roles=[ViewerRole(role=g.role, area=area(areas, g.area)) for g in actor.grants],
        )


@strawberry.type
class AssignmentMutations:
    """Mutations on assignments."""

    @resolver
    @with_user_errors
    async def assign_officer(self, info: Info, input: AssignOfficerInput) -> AssignOfficerPayload:
        """Assigns an officer to an area of a round for some days."""
        return AssignOfficerPayload(assignment=await assign(info.context, request(AssignOfficer, input)))
