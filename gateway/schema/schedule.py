"""Schedules: assignments of a round, transfer of work to another officer, and a day's work for offline use."""

import strawberry
from strawberry import Parent

from amanah.contracts import assignments as assignments_contract
from amanah.contracts.assignments import (
    AssignmentView,
    BundledPackage,
    EndAssignment,
    GetAssignmentBundle,
    GetAssignments,
    ListAssignments,
    ReassignOfficer,
)
from amanah.contracts.message import Item
from amanah.contracts.rounds import EntitlementStatus, EntitlementView, GetRounds
from gateway.context import Context, Info
from gateway.schema.assignments import OwnEntitlement, check_officer
from gateway.schema.derive import extend, input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


class ItemInPackage(Item):
    """A good that remains in a package."""


@input_over(ReassignOfficer)
class ReassignOfficerInput:
    """Assignment to transfer, the other officer, and the reason."""


@input_over(EndAssignment)
class EndAssignmentInput:
    """Assignment that ends today, and the reason."""


@payload
class ReassignOfficerPayload:
    """The new assignment, or the errors of the input."""

    assignment: AssignmentView | None = None


@payload
class EndAssignmentPayload:
    """The ended assignment, or the errors of the input."""

    assignment: AssignmentView | None = None


@over(ItemInPackage)
class RemainingItem:
    """Quantity of one good that remains in a package."""


@over(BundledPackage)
class PackageAtHand:
    """Package that can be handed out from, and its remaining contents."""

    @resolver
    @staticmethod
    def remaining(package: Parent[BundledPackage]) -> list[ItemInPackage]:
        """Goods that remain in it."""
        return [extend(ItemInPackage, item) for item in package.remaining]


@over(assignments_contract.AssignmentBundle)
class AssignmentBundle:
    """A day's work of an assignment, for a device to work offline.

    When `complete`, it replaces the data of the device. Otherwise `entitlements` replace those of the same id, and
    `removedIds` are deleted.
    """

    @resolver
    @staticmethod
    def entitlements(bundle: Parent[assignments_contract.AssignmentBundle]) -> list[EntitlementView]:
        """Entitlements of the assignment; of an incomplete bundle those that changed."""
        items = tuple(Item(sku=item.sku, quantity=item.quantity_per_recipient) for item in bundle.items)
        return [
            OwnEntitlement(
                id=each.id,
                round_id=bundle.round.id,
                recipient_id=each.recipient_id,
                area=each.area,
                status=EntitlementStatus(each.status),
                items=items,
                delivered_at=each.delivered_at,
            )
            for each in bundle.entitlements
        ]


async def reassign(context: Context, ask: ReassignOfficer) -> AssignmentView:
    """Transfers an assignment to an officer whom the gateway knows: distribution has no users."""
    await context.authorize(ask)
    found = await context.load(GetAssignments, ask.assignment_id)
    # One that the viewer may not see is refused by its owner, in its words.
    if found is not None:
        await check_officer(context, ask, found.area)
    return await context.call(ask)


@strawberry.type
class ScheduleQueries:
    """Queries on schedules."""

    @resolver
    async def assignments(
        self,
        info: Info,
        round_id: strawberry.ID,
        area: AreaCode | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[AssignmentView]:
        """Present and past assignments of a round, the newest first, for those who oversee its areas."""
        ask = ListAssignments(round_id=round_id, area=area, first=page_size(first), after=after)
        page = await info.context.call(ask, within=[area] if area else [])
        return page_of(page, after)

    @resolver
    async def assignment_bundle(
        self, info: Info, assignment_id: strawberry.ID, since: str | None = None
    ) -> assignments_contract.AssignmentBundle:
        """A day's work of one of the viewer's own assignments, for offline use.

        `since` is the version that the device has: then only changes are answered, unless the version is unknown or of
        another day.
        """
        bundle = await info.context.call(GetAssignmentBundle(assignment_id=assignment_id, since=since))
        # Its entitlements refer to the round, which is here already.
        info.context.remember(GetRounds, bundle.round.id, bundle.round)
        return bundle


@strawberry.type
class ScheduleMutations:
    """Mutations on schedules."""

    @resolver
    @with_user_errors
    async def reassign_officer(self, info: Info, input: ReassignOfficerInput) -> ReassignOfficerPayload:
        """Transfers an assignment to another officer: it ends today, and the other's begins. Both stay on record."""
        return ReassignOfficerPayload(assignment=await reassign(info.context, request(ReassignOfficer, input)))

    @resolver
    @with_user_errors
    async def end_assignment(self, info: Info, input: EndAssignmentInput) -> EndAssignmentPayload:
        """Ends an assignment today, without a successor. It stays on record."""
        return EndAssignmentPayload(assignment=await info.context.call(request(EndAssignment, input)))
