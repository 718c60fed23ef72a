"""Things found by their global ids, whatever their kind."""

from collections.abc import Callable
from typing import Any

import strawberry

from amanah.contracts.alerts import GetAlerts
from amanah.contracts.cases import GetCases
from amanah.contracts.corrections import GetCorrections
from amanah.contracts.custody.packages import GetPackages, GetPlaces
from amanah.contracts.errors import Forbidden
from amanah.contracts.ids import kind_of
from amanah.contracts.payments.payments import GetPaymentBatches
from amanah.contracts.reports import GetReports
from gateway.context import Context, Info
from gateway.schema.alerts import alert
from gateway.schema.cases import case
from gateway.schema.corrections import correction
from gateway.schema.derive import FOUND_BY
from gateway.schema.node import Node
from gateway.schema.packages import package
from gateway.schema.payments import payment_batch
from gateway.schema.places import place
from gateway.schema.reports import report

# Kinds whose types are not declared over their views.
SHOWN: dict[str, tuple[type[Any], Callable[[Any], Node]]] = {
    "Package": (GetPackages, package),
    "Place": (GetPlaces, place),
    "Case": (GetCases, case),
    "Alert": (GetAlerts, alert),
    "Correction": (GetCorrections, correction),
    "PaymentBatch": (GetPaymentBatches, payment_batch),
    "Report": (GetReports, report),
}


async def find(context: Context, identifier: str) -> Any:
    """The thing with this id; None when there is none that the viewer may see."""
    kind = kind_of(identifier) or ""
    ask, show = SHOWN.get(kind) or (FOUND_BY.get(kind), None)
    if ask is None:
        return None
    try:
        view = await context.load(ask, identifier)
    except Forbidden:
        # A kind that the viewer's roles may not read does not exist for them; the denial is on the audit trail.
        return None
    return show(view) if show and view else view


async def _node(info: Info, id: strawberry.ID) -> Any:
    return await find(info.context, id)


@strawberry.type
class NodeQueries:
    """Queries on nodes."""

    node: Node | None = strawberry.field(
        resolver=_node, description="Record with this id; null when there is none that the viewer may see."
    )
