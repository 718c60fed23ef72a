"""What cases and alerts are about."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

import strawberry

from amanah.contracts.distribution import VIEWERS
from amanah.contracts.ids import kind_of
from gateway.context import Context
from gateway.loaders import Loaders
from gateway.schema.assignments import Entitlement, entitlement
from gateway.schema.handovers import Handover
from gateway.schema.packages import Package, package

Subject: TypeAlias = Annotated[
    Entitlement | Handover | Package, strawberry.union("Subject", description="What a case or an alert is about.")
]
Ways: TypeAlias = dict[str, tuple[Callable[[Loaders, str], Awaitable[Any]], Callable[[Any], Any]]]

# How to find a subject of each kind, and what shows it.
SUBJECTS: Ways = {
    "Entitlement": (lambda loaders, i: loaders.entitlements.load(i), entitlement),
    "Handover": (lambda loaders, i: loaders.handovers.load(i), lambda view: view),
    "Package": (lambda loaders, i: loaders.packages.load(i), package),
}


async def subject(context: Context, identifier: str | None) -> Entitlement | Handover | Package | None:
    """The subject with this id; None when there is none that the viewer may see.

    Who files complaints need not be allowed to read what they are about: that is no denial.
    """
    way = SUBJECTS.get(kind_of(identifier or "") or "")
    if way is None or identifier is None or not context.actor.has(VIEWERS):
        return None
    load, show = way
    view = await load(context.loaders, identifier)
    found: Entitlement | Handover | Package | None = None if view is None else show(view)
    return found
