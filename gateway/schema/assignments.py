"""Officers' assignments, the entitlements under them, and the viewer."""

from datetime import date, datetime
from typing import cast

import strawberry
from strawberry import Parent

from amanah.contracts.actor import Role
from amanah.contracts.assignments import AssignmentView, AssignOfficer, ListMyAssignments, ReassignOfficer, Tally
from amanah.contracts.errors import Refused
from amanah.contracts.message import Item
from amanah.contracts.rounds import EntitlementPage, EntitlementStatus, EntitlementView, ListEntitlements
from gateway.context import Context, Info
from gateway.loaders import Work
from gateway.schema.areas import Area, area, area_of
from gateway.schema.derive import extend, over, resolver
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.people import User
from gateway.schema.programs import Round, round_
from gateway.schema.recipients import Recipient, recipient
from gateway.schema.scalars import AreaCode


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
        loaders = info.context.loaders
        of_round = await loaders.rounds.load(item.round_id)
        of_program = await loaders.programs.load(of_round.program_id) if of_round else None
        return next((i.unit for i in of_program.items if i.sku == item.sku), None) if of_program else None


@over(EntitlementView, without=("round_id", "recipient_id"))
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
    async def recipient(entitlement: Parent[EntitlementView], info: Info) -> Recipient | None:
        """Recipient of the aid."""
        loaders = info.context.loaders
        own = isinstance(entitlement, OwnEntitlement)
        view = await (loaders.own_recipients if own else loaders.recipients).load(entitlement.recipient_id)
        return shown(view, recipient)

    @resolver
    @staticmethod
    async def round(entitlement: Parent[EntitlementView], info: Info) -> Round | None:
        """Round of the distribution."""
        view = await info.context.loaders.rounds.load(entitlement.round_id)
        return shown(view, round_)


@strawberry.type(description="How far an area of a round has come, counted at once.")
class AssignmentProgress:
    """The tally of one assignment."""

    entitled: int
    delivered: int
    failed: int
    remaining: int


@strawberry.type(description="An officer, a round, an area and dates. One that was ended early stays on record.")
class Assignment(Node):
    """One assignment."""

    starts_on: date
    ends_on: date
    daily_load: int | None = strawberry.field(description="How many handovers a day are planned.")
    planned_until: date | None = strawberry.field(description="Its last day as planned, of one that was ended early.")
    ended_at: datetime | None = strawberry.field(description="When it was ended early.")
    end_reason: str | None = strawberry.field(description="Why it was ended early; for those who oversee it.")
    replaces_id: strawberry.ID | None = strawberry.field(description="The assignment that this one goes on with.")
    replaced_by_id: strawberry.ID | None = strawberry.field(description="The assignment that goes on with this one.")
    ended_by_id: strawberry.Private[str | None]
    officer_id: strawberry.Private[str]
    round_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("Where the officer works.")
    def area(self, info: Info) -> Area:
        """The assignment's area."""
        return area(info.context.areas, self.area_code)

    @resolved("Who works.")
    async def officer(self, info: Info) -> User:
        """The officer; one whose record is gone is named by the id."""
        return await _user(info, self.officer_id)

    @resolved("Who ended it early.")
    async def ended_by(self, info: Info) -> User | None:
        """Who ended it."""
        return await _user(info, self.ended_by_id) if self.ended_by_id else None

    @resolved("In which round.")
    async def round(self, info: Info) -> Round | None:
        """The round."""
        view = await info.context.loaders.rounds.load(self.round_id)
        return shown(view, round_)

    @resolved("How far the area has come; for the officer, and for those who oversee it.")
    async def progress(self, info: Info) -> AssignmentProgress | None:
        """The tally."""
        view = await info.context.loaders.tallies.load(self.id)
        return shown(view, tally)

    @resolved("What the recipients of the area are due.")
    async def entitlements(
        self,
        info: Info,
        status: EntitlementStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Entitlement]:
        """A page of entitlements; the first pages of several assignments are one call."""
        size = page_size(first)
        if after is None:
            found = await info.context.loaders.work.load(Work(self.id, status, size))
            page = found or EntitlementPage()
        else:
            page = await info.context.call(
                ListEntitlements(assignment_id=self.id, status=status, first=size, after=after)
            )
        own = self.officer_id == info.context.actor.id
        return connection(
            [entitlement(view, own=own) for view in page.nodes],
            page.cursors,
            total=page.total,
            more=page.more,
            after=after,
        )


@strawberry.type(description="One role of the viewer, over an area and everything below it.")
class ViewerRole:
    """One grant."""

    role: Role
    area: Area


@strawberry.type(description="The person who asks.")
class Viewer:
    """The person whose token this is."""

    id: strawberry.ID
    name: str
    roles: list[ViewerRole]

    @resolved("The viewer's own assignments, the newest first; empty for who is no officer.")
    async def assignments(
        self, info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[Assignment]:
        """A page of assignments."""
        page = await info.context.call(ListMyAssignments(first=page_size(first), after=after))
        return connection(
            [assignment(view) for view in page.nodes], page.cursors, total=page.total, more=page.more, after=after
        )


@strawberry.input
class AssignOfficerInput:
    """Who works where, and when."""

    round_id: strawberry.ID
    officer_id: strawberry.ID
    area: AreaCode
    starts_on: date
    ends_on: date
    daily_load: int | None = strawberry.field(default=None, description="How many handovers a day are planned.")


@strawberry.type
class AssignOfficerPayload:
    """The assignment, or what to mend."""

    assignment: Assignment | None
    user_errors: list[UserError]


def entitlement(view: EntitlementView, *, own: bool = False) -> Entitlement:
    """The entitlement of a view; `own` says that it is of the viewer's own assignment."""
    return cast(Entitlement, extend(OwnEntitlement, view) if own else view)


def tally(view: Tally) -> AssignmentProgress:
    """The progress of a tally."""
    return AssignmentProgress(
        entitled=view.entitled, delivered=view.delivered, failed=view.failed, remaining=view.remaining
    )


def assignment(view: AssignmentView) -> Assignment:
    """The assignment of a view."""
    return Assignment(
        id=strawberry.ID(view.id),
        starts_on=view.starts_on,
        ends_on=view.ends_on,
        daily_load=view.daily_load,
        planned_until=view.planned_until,
        ended_at=view.ended_at,
        end_reason=view.end_reason,
        replaces_id=strawberry.ID(view.replaces) if view.replaces else None,
        replaced_by_id=strawberry.ID(view.replaced_by) if view.replaced_by else None,
        ended_by_id=view.ended_by,
        officer_id=view.officer_id,
        round_id=view.round_id,
        area_code=view.area,
    )


async def assign(context: Context, given: AssignOfficerInput) -> AssignmentView:
    """Assigns an officer who is known here: users are the gateway's, so distribution cannot tell."""
    ask = AssignOfficer(
        round_id=given.round_id,
        officer_id=given.officer_id,
        area=given.area,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        daily_load=given.daily_load,
    )
    await context.allowed(ask, within=[given.area])
    await check_officer(context, ask, given.area)
    return await context.call(ask)


async def check_officer(context: Context, ask: AssignOfficer | ReassignOfficer, area: str) -> None:
    """Refuses who is not known here as an officer of the area (`officer_unknown`)."""
    if not await context.people.is_officer(ask.officer_id, area):
        unknown = Refused(
            "officer_unknown",
            "Nobody with this id is an officer in this area. An officer is known once they have signed in.",
            "officer_id",
        )
        raise await context.refusal(ask, unknown)


async def _user(info: Info, identifier: str) -> User:
    name = await info.context.loaders.names.load(identifier)
    return User(id=strawberry.ID(identifier), name=name or identifier)


@strawberry.type
class AssignmentQueries:
    """Queries on the viewer."""

    @resolved("The person who asks.")
    def viewer(self, info: Info) -> Viewer:
        """The viewer."""
        actor, areas = info.context.actor, info.context.areas
        return Viewer(
            id=strawberry.ID(actor.id),
            name=actor.name,
            roles=[ViewerRole(role=g.role, area=area(areas, g.area)) for g in actor.grants],
        )


@strawberry.type
class AssignmentMutations:
    """Mutations on assignments."""

    @resolved("Assigns an officer to an area of a round for some days.")
    async def assign_officer(self, info: Info, input: AssignOfficerInput) -> AssignOfficerPayload:
        """Assigns an officer."""
        view, errors = await attempt(lambda: assign(info.context, input), assignment)
        return AssignOfficerPayload(assignment=view, user_errors=errors)
