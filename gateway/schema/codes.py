"""Confirmation codes, for printing invitations."""

import strawberry

from amanah.contracts import sms
from amanah.contracts.rounds import GetEntitlements
from amanah.contracts.sms import ListConfirmationCodes
from gateway.context import Info
from gateway.schema.assignments import Entitlement, entitlement
from gateway.schema.fields import resolved
from gateway.schema.node import shown
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode


@strawberry.type(description="The code by which a recipient says by SMS that the aid came, or that it did not.")
class ConfirmationCode:
    """One code."""

    code: str
    entitlement_id: strawberry.Private[str]

    @resolved("Whose code it is.")
    async def entitlement(self, info: Info) -> Entitlement | None:
        """The entitlement."""
        return shown(await info.context.load(GetEntitlements, self.entitlement_id), entitlement)


def confirmation_code(view: sms.ConfirmationCode) -> ConfirmationCode:
    """The code of a view."""
    return ConfirmationCode(code=view.code, entitlement_id=view.entitlement_id)


@strawberry.type
class CodeQueries:
    """Queries on codes."""

    @resolved("The codes of a round's recipients in an area, for supervisors; every page is in the audit trail.")
    async def confirmation_codes(
        self, info: Info, round_id: strawberry.ID, area: AreaCode, first: int | None = PAGE, after: str | None = None
    ) -> Connection[ConfirmationCode]:
        """A page of codes."""
        ask = ListConfirmationCodes(round_id=round_id, area=area, first=page_size(first), after=after)
        page = await info.context.call(ask, within=[area])
        return connection(
            [confirmation_code(view) for view in page.nodes],
            page.cursors,
            total=page.total,
            more=page.more,
            after=after,
        )
