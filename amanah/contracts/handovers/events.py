"""Events of handovers, and of entitlements that may be handed over again."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import DistributionEvent
from amanah.contracts.message import Answer, Item, Moment, Sha256


class Spot(Answer):
    """A place on earth in integer microdegrees (WGS 84), to a tenth of a millidegree: some eleven metres.

    Enough for a map of a village, too little to tell one house from the next.
    """

    latitude_e6: int = Field(ge=-90_000_000, le=90_000_000, multiple_of=100)
    longitude_e6: int = Field(ge=-180_000_000, le=180_000_000, multiple_of=100)


class HandoverAccepted(DistributionEvent):
    """Aid reached a recipient."""

    type: ClassVar[str] = "id.amanah.distribution.handover.accepted.v1"
    handover_id: str
    round_id: str
    entitlement_id: str
    area: AreaCode
    officer_id: str
    package_code: str
    occurred_at: Moment
    received_at: Moment
    items: tuple[Item, ...]
    flags: tuple[str, ...]
    photo_sha256: Sha256
    was_failed: bool = False
    location: Spot | None = None

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverFailed(DistributionEvent):
    """Aid could not be handed over."""

    type: ClassVar[str] = "id.amanah.distribution.handover.failed.v1"
    round_id: str
    entitlement_id: str
    area: AreaCode
    officer_id: str
    occurred_at: Moment
    reason: str
    recipient_id: str = ""
    location: Spot | None = None

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverReversed(DistributionEvent):
    """An approved correction took a handover back: it counts no longer, though it stays on record."""

    type: ClassVar[str] = "id.amanah.distribution.handover.reversed.v1"
    handover_id: str
    correction_id: str
    round_id: str
    entitlement_id: str
    area: AreaCode
    officer_id: str
    package_code: str
    occurred_at: Moment
    reversed_at: Moment
    items: tuple[Item, ...]
    flags: tuple[str, ...]
    was_disputed: bool = False
    location: Spot | None = None

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class EntitlementReopened(DistributionEvent):
    """A failed or reversed entitlement is pending again; `was` is FAILED or REVERSED."""

    type: ClassVar[str] = "id.amanah.distribution.entitlement.reopened.v1"
    round_id: str
    entitlement_id: str
    area: AreaCode
    was: str
    at: Moment

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverDisputed(DistributionEvent):
    """A recipient says that an accepted handover was not as recorded; the entitlement stays delivered meanwhile."""

    type: ClassVar[str] = "id.amanah.distribution.handover.disputed.v1"
    handover_id: str
    entitlement_id: str
    round_id: str
    area: AreaCode
    case_id: str
    kind: str
    at: Moment

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverUpheld(DistributionEvent):
    """The last dispute about a handover ended in its favour: it is accepted again."""

    type: ClassVar[str] = "id.amanah.distribution.handover.upheld.v1"
    handover_id: str
    entitlement_id: str
    round_id: str
    area: AreaCode
    case_id: str
    at: Moment

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverConfirmed(DistributionEvent):
    """The recipient confirmed a recorded handover; once a handover. `channel` is SMS."""

    type: ClassVar[str] = "id.amanah.distribution.handover.confirmed.v1"
    handover_id: str
    entitlement_id: str
    round_id: str
    area: AreaCode
    channel: str
    at: Moment

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id
