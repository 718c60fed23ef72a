"""All that an officer's device needs to work a day without a network."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.assignments import AssignmentView
from amanah.contracts.distribution.base import OFFICERS, DistributionRequest
from amanah.contracts.distribution.programs import ProgramItem, RoundView
from amanah.contracts.message import Answer, Item, Moment

BUNDLE_LIMIT = 2000
"""How many recipients an assignment may have for a device to take them all along."""


class BundledPackage(Answer):
    """A package that can be handed out from, and what is left in it."""

    code: str
    remaining: tuple[Item, ...]


class BundledEntitlement(Answer):
    """An entitlement as a device keeps it. The recipient's name and address come from their owner."""

    id: str
    status: str
    recipient_id: str
    area: AreaCode
    delivered_at: Moment | None = None


class AssignmentBundle(Answer):
    """An assignment with its round, goods, packages and entitlements.

    `complete`: everything is here and replaces what the device has. Else `entitlements` are those that changed, to be put
    over the ones with the same id, and `removed_ids` those to be forgotten; assignment, round, items and packages are
    always whole. `version` is the same exactly when nothing changed.
    """

    version: str
    complete: bool
    assignment: AssignmentView
    round: RoundView
    items: tuple[ProgramItem, ...]
    packages: tuple[BundledPackage, ...] = ()
    entitlements: tuple[BundledEntitlement, ...] = ()
    removed_ids: tuple[str, ...] = ()


class GetAssignmentBundle(DistributionRequest[AssignmentBundle]):
    """One of the viewer's own assignments, to work offline; NotFound for any other. Their own list, so no entry of its reading.

    `since` is the version that the device has: what changed since then is answered, and all of it when the version is
    unknown or of another day. Applying an answer twice does no harm, and answers repeat what changed in the minutes
    before `since`. NotYet while the round is being opened; Refused("bundle_too_large") above BUNDLE_LIMIT recipients.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS
    assignment_id: str
    since: str | None = Field(default=None, max_length=100)
