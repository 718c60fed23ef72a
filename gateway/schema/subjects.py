"""Subjects of cases and alerts."""

from typing import Annotated, Any, TypeAlias, cast

import strawberry

from amanah.contracts.custody.packages import GetPackages
from amanah.contracts.distribution import VIEWERS
from amanah.contracts.ids import kind_of
from gateway.context import Context
from gateway.schema.assignments import Entitlement
from gateway.schema.derive import FOUND_BY
from gateway.schema.handovers import Handover
from gateway.schema.packages import Package, package

Subject: TypeAlias = Annotated[
    Entitlement | Handover | Package, strawberry.union("Subject", description="Subject of a case or an alert.")
]


async def subject(context: Context, identifier: str | None) -> Subject | None:
    """The subject with this id; None when there is none that the viewer may see.

    A person who files complaints need not be allowed to read their subjects: that is no denial.
    """
    kind = kind_of(identifier or "")
    if identifier is None or not context.actor.has(VIEWERS):
        return None
    found: Any = None
    if kind == "Package":
        view = await context.load(GetPackages, identifier)
        found = view and package(view)
    elif kind in ("Entitlement", "Handover"):
        found = await context.load(FOUND_BY[kind], identifier)
    return cast(Subject | None, found)
