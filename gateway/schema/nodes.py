"""Node query: finds an object of any kind by its global id."""

from typing import Any

import strawberry

from amanah.contracts.custody.packages import GetPackages, HistoryPage
from amanah.contracts.errors import Forbidden
from amanah.contracts.ids import kind_of
from gateway.context import Context, Info
from gateway.schema.derive import FOUND_BY
from gateway.schema.node import Node
from gateway.schema.packages import selected_histories


async def find(context: Context, identifier: str, *, histories: tuple[HistoryPage, ...] = ()) -> Any:
    """Loads the view with this id; None when there is none that the viewer may see. `histories` are read with a package."""
    ask = FOUND_BY.get(kind_of(identifier) or "")
    if ask is None:
        return None
    try:
        if ask is GetPackages:
            return await context.load(ask, identifier, histories=histories)
        return await context.load(ask, identifier)
    except Forbidden:
        # A kind that the viewer's roles may not read does not exist for them; the denial is on the audit trail.
        return None


async def _node(info: Info, id: strawberry.ID) -> Any:
    return await find(info.context, id, histories=selected_histories(info, "node"))


@strawberry.type
class NodeQueries:
    """Queries on nodes."""

    node: Node | None = strawberry.field(
        resolver=_node, description="Object with this id; null when there is none that the viewer may see."
    )
