"""Subjects of cases and alerts."""

from typing import Annotated, TypeAlias

import strawberry

from amanah.contracts.custody.packages import PackageView
from amanah.contracts.distribution import VIEWERS
from amanah.contracts.handovers.handovers import HandoverView
from amanah.contracts.ids import kind_of
from amanah.contracts.rounds import EntitlementView
from gateway.context import Context
from gateway.schema.derive import FOUND_BY

Subject: TypeAlias = Annotated[
    EntitlementView | HandoverView | PackageView,
    strawberry.union("Subject", description="Subject of a case or an alert."),
]

_KINDS = ("Entitlement", "Handover", "Package")


async def load_subject(context: Context, identifier: str | None) -> Subject | None:
    """Loads the subject with this id; None when there is none that the viewer may see.

    A person who files complaints need not be allowed to read their subjects: that is no denial.
    """
    kind = kind_of(identifier or "")
    if identifier is None or kind not in _KINDS or not context.actor.has(VIEWERS):
        return None
    found: Subject | None = await context.load(FOUND_BY[kind], identifier)
    return found
