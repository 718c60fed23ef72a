"""Confirmation codes, for printing invitations."""

import strawberry
from strawberry import Parent

from amanah.contracts import sms
from amanah.contracts.rounds import EntitlementView, GetEntitlements
from amanah.contracts.sms import ListConfirmationCodes
from gateway.context import Info
from gateway.schema.derive import over, resolver
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


@over(sms.ConfirmationCode, without=("entitlement_id",))
class ConfirmationCode:
    """Code by which a recipient confirms or denies by SMS that the aid arrived."""

    @resolver
    @staticmethod
    async def entitlement(code: Parent[sms.ConfirmationCode], info: Info) -> EntitlementView | None:
        """Entitlement that the code confirms."""
        return await info.context.load(GetEntitlements, code.entitlement_id)


@strawberry.type
class CodeQueries:
    """Queries on codes."""

    @resolver
    async def confirmation_codes(
        self, info: Info, round_id: strawberry.ID, area: AreaCode, first: int | None = PAGE, after: str | None = None
    ) -> Connection[sms.ConfirmationCode]:
        """Codes of a round's recipients in an area, for supervisors. Every page writes an audit entry."""
        ask = ListConfirmationCodes(round_id=round_id, area=area, first=page_size(first), after=after)
        page = await info.context.call(ask, within=[area])
        return page_of(page, after)
