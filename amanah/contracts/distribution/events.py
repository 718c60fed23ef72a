"""What distribution announces."""

from datetime import date
from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.programs import ProgramItem
from amanah.contracts.message import Answer, Event, Item, Moment, Sha256, registry
from amanah.contracts.topics import DISTRIBUTION


class DistributionEvent(Event):
    """Anything that distribution announces."""

    topic: ClassVar[str] = DISTRIBUTION.name


class ProgramCreated(DistributionEvent):
    """A program exists."""

    type: ClassVar[str] = "id.amanah.distribution.program.created.v1"
    program_id: str
    code: str
    name: str
    items: tuple[ProgramItem, ...]

    def key(self) -> str:
        """The program."""
        return self.program_id


class RoundCreated(DistributionEvent):
    """A round over a roster was created; its entitlements follow."""

    type: ClassVar[str] = "id.amanah.distribution.round.created.v1"
    round_id: str
    program_id: str
    program_name: str
    roster_id: str
    roster_hash: Sha256
    decree: str
    name: str
    area: AreaCode
    starts_on: date
    ends_on: date
    items: tuple[ProgramItem, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class VillageEntitlements(Answer):
    """How many entitlements a village has, and how much of each item in all."""

    area: AreaCode
    count: int
    quantities: tuple[Item, ...]


class RoundOpened(DistributionEvent):
    """Every entitlement of the round exists; counts by village.

    A round of many villages is told in several of these, each with the counts of its own villages.
    """

    type: ClassVar[str] = "id.amanah.distribution.round.opened.v1"
    round_id: str
    entitlement_count: int
    villages: tuple[VillageEntitlements, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class PlacesCreated(DistributionEvent):
    """Places exist."""

    type: ClassVar[str] = "id.amanah.distribution.place.created.v1"
    codes: tuple[str, ...]

    def key(self) -> str:
        """The first place."""
        return self.codes[0]


class PackagesCreated(DistributionEvent):
    """Packages of a round exist."""

    type: ClassVar[str] = "id.amanah.distribution.package.created.v1"
    round_id: str
    codes: tuple[str, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class PackageMoved(DistributionEvent):
    """A partner's event changed what is known of a package; `carried` are the codes of those inside, which moved along."""

    type: ClassVar[str] = "id.amanah.distribution.package.moved.v1"
    package_id: str
    code: str
    round_id: str
    area: AreaCode
    step: str
    at: Moment
    status: str
    place: str | None
    discrepancy: str | None
    carried: tuple[str, ...] = ()

    def key(self) -> str:
        """The package."""
        return self.package_id


class AlertRaised(DistributionEvent):
    """A rule did not hold for a subject; raised once. `round_id` is None when it is about no round, as of the audit log."""

    type: ClassVar[str] = "id.amanah.distribution.alert.raised.v1"
    alert_id: str
    rule: str
    severity: str
    at: Moment
    area: AreaCode
    round_id: str | None
    detail: str
    subject_type: str
    subject_id: str

    def key(self) -> str:
        """The subject."""
        return self.subject_id


class CaseOpened(DistributionEvent):
    """Somebody complained, or an alert was escalated. `round_id` is None when it is about no round that is known.

    `channel` is APP, SMS or ALERT. A case counts as open until a CaseUpdated says RESOLVED.
    """

    type: ClassVar[str] = "id.amanah.distribution.case.opened.v1"
    case_id: str
    reference: str
    kind: str
    channel: str
    status: str
    level: str
    at: Moment
    due_at: Moment
    area: AreaCode
    round_id: str | None
    subject_type: str | None
    subject_id: str | None
    handover_id: str | None
    anonymous: bool

    def key(self) -> str:
        """The case."""
        return self.case_id


class CaseUpdated(DistributionEvent):
    """Something was done about a case: ASSIGN, NOTE, ESCALATE, RESOLVE or REOPEN. `was` is the status before."""

    type: ClassVar[str] = "id.amanah.distribution.case.updated.v1"
    case_id: str
    kind: str
    action: str
    was: str
    status: str
    level: str
    at: Moment
    due_at: Moment
    area: AreaCode
    round_id: str | None

    def key(self) -> str:
        """The case."""
        return self.case_id


class AlertUpdated(DistributionEvent):
    """An alert is followed up: ACKNOWLEDGE, ESCALATE (into `case_id`) or DISMISS; or its rule holds after all: SETTLE.

    `was` is the status before.
    """

    type: ClassVar[str] = "id.amanah.distribution.alert.updated.v1"
    alert_id: str
    rule: str
    severity: str
    action: str
    was: str
    status: str
    at: Moment
    area: AreaCode
    round_id: str | None
    case_id: str | None
    subject_id: str

    def key(self) -> str:
        """The alert's subject, as of AlertRaised."""
        return self.subject_id


ROUND_EVENTS = registry(
    ProgramCreated,
    RoundCreated,
    RoundOpened,
    PlacesCreated,
    PackagesCreated,
    PackageMoved,
    AlertRaised,
    CaseOpened,
    CaseUpdated,
    AlertUpdated,
)
