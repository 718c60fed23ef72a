"""Programs, their rounds, and the entitlements of each round."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, TRACKERS, VIEWERS, DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Item, Many, Model, Moment, Page, Quantity, Sha256


class Thresholds(Answer):
    """Thresholds of a program's flags: a value beyond the number is flagged. Each name ends in its unit."""

    far_from_home_m: int = 1000
    outside_schedule_days: int = 0
    exif_time_min: int = 120
    exif_place_m: int = 2000
    low_accuracy_m: int = 100
    photo_similar_bits: int = 6
    impossible_travel_kmh: int = 120
    too_fast_per_minute: int = 4
    short_quantity_percent: int = 0
    clock_skew_s: int = 300


class ThresholdChanges(Model):
    """The thresholds to set; what is left out stays as it is."""

    far_from_home_m: int | None = Field(default=None, ge=1, le=1_000_000)
    outside_schedule_days: int | None = Field(default=None, ge=0, le=366)
    exif_time_min: int | None = Field(default=None, ge=1, le=527_040)
    exif_place_m: int | None = Field(default=None, ge=1, le=1_000_000)
    low_accuracy_m: int | None = Field(default=None, ge=1, le=100_000)
    photo_similar_bits: int | None = Field(default=None, ge=0, le=11)
    impossible_travel_kmh: int | None = Field(default=None, ge=1, le=2000)
    too_fast_per_minute: int | None = Field(default=None, ge=1, le=1000)
    short_quantity_percent: int | None = Field(default=None, ge=0, le=100)
    clock_skew_s: int | None = Field(default=None, ge=1, le=31_622_400)

    def changed_values(self) -> dict[str, int]:
        """Thresholds to set."""
        return self.model_dump(exclude_none=True)


class ProgramKind(StrEnum):
    """Kind of a program. A CASH program gives rupiah: its one item has the unit IDR."""

    GOODS = "GOODS"
    CASH = "CASH"


class RoundStatus(StrEnum):
    """State of a round. It is OPENING while its entitlements are created."""

    OPENING = "OPENING"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


PAID_IS_DELIVERED = "Money counts as delivered once the bank reports it as paid, without the recipient's confirmation."


class ProgramItem(Answer):
    """Good of a program, with the quantity for each recipient of a round."""

    sku: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=20)
    quantity_per_recipient: Quantity = Field(gt=0)


class ProgramView(Answer):
    """Program of social assistance: goods or money for the recipients of its rosters."""

    id: str
    code: str
    name: str
    items: tuple[ProgramItem, ...]
    thresholds: Thresholds = Thresholds()
    kind: ProgramKind = ProgramKind.GOODS
    paid_is_delivered: bool = Field(default=False, description=PAID_IS_DELIVERED)


class ProgramsAnswer(Answer):
    """The programs found."""

    nodes: tuple[ProgramView, ...] = ()


class CreateProgram(DistributionRequest[ProgramView]):
    """Creates a program. The same code with the same items again answers the first; with others it is `code_taken`.

    One that gives money is of the kind CASH: its one item has the unit IDR and a quantity of whole rupiah. With
    `paid_is_delivered` what the bank reports as paid counts as delivered, without the recipient's word.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS | {Role.APPROVER}
    changes: ClassVar[bool] = True
    code: str = Field(min_length=1, max_length=50)
    name: str = Field(min_length=1, max_length=200)
    items: tuple[ProgramItem, ...] = Field(min_length=1, max_length=50)
    thresholds: ThresholdChanges = ThresholdChanges()
    kind: ProgramKind | None = None
    paid_is_delivered: bool = Field(default=False, description=PAID_IS_DELIVERED)


class SetThresholds(DistributionRequest[ProgramView]):
    """Moves the lines of a program's flags: what is recorded from then on is judged by them, in its rounds too.

    By those who manage every area that its rounds reach. NotFound for no program; refuses with thresholds_missing.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    program_id: str
    thresholds: ThresholdChanges
    authority: str = Field(default="", max_length=200, description="Decree or request that allows the change.")


class GetPrograms(DistributionRequest[ProgramsAnswer]):
    """Programs by id; every authenticated actor may see them."""

    ids: tuple[str, ...] = Field(max_length=100)


class ListPrograms(Page[Many[ProgramView]]):
    """All programs, the newest first; every authenticated actor may see them, since they name no area."""

    service: ClassVar[str] = "distribution"


class RoundView(Answer):
    """One distribution of a program over a roster."""

    id: str
    program_id: str
    roster_id: str
    name: str
    status: RoundStatus
    area: AreaCode
    starts_on: date
    ends_on: date
    entitlement_count: int = Field(description="Number of recipients with an entitlement.")


class RoundsAnswer(Answer):
    """The rounds found."""

    nodes: tuple[RoundView, ...] = ()


class CreateRound(DistributionRequest[RoundView]):
    """Opens a round over an approved roster, with one entitlement for each of its recipients.

    NotYet when the roster's approval has not arrived within 5 s; `roster_not_approved` when there is none such.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    program_id: str
    roster_id: str
    name: str = Field(min_length=1, max_length=200)
    starts_on: date
    ends_on: date


class GetRounds(DistributionRequest[RoundsAnswer]):
    """Rounds by id, those that touch the viewer's scope."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListRounds(Page[Many[RoundView]]):
    """Rounds that touch the viewer's scope, the newest first."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    program_id: str | None = None
    status: RoundStatus | None = None


class EntitlementStatus(StrEnum):
    """State of an entitlement: PENDING until the aid is handed over or an attempt fails, REVERSED by an approved correction."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    REVERSED = "REVERSED"


class EntitlementView(Answer):
    """Aid that one recipient gets in one round.

    It has the recipient's id alone: the recipients service shows the person, and writes an audit entry about it.
    """

    id: str
    round_id: str
    recipient_id: str
    area: AreaCode
    status: EntitlementStatus
    items: tuple[Item, ...]
    delivered_at: Moment | None = Field(default=None, description="Time at which the handover was received.")


class EntitlementPage(Many[EntitlementView]):
    """A page of entitlements."""


class ListEntitlements(Page[EntitlementPage]):
    """Entitlements of an assignment that is the viewer's or overseen by them, or of a round for those who may see it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = VIEWERS
    assignment_id: str | None = None
    round_id: str | None = None
    area: AreaCode | None = None
    status: EntitlementStatus | None = None


class GetEntitlements(DistributionRequest[EntitlementPage]):
    """Entitlements by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    ids: tuple[str, ...] = Field(max_length=500)


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
    """Number of a village's entitlements, and the total quantity of each item."""

    area: AreaCode
    count: int
    quantities: tuple[Item, ...]


class RoundOpened(DistributionEvent):
    """Every entitlement of the round exists; counts by village.

    A round of many villages has several of these events, each with the counts of its own villages.
    """

    type: ClassVar[str] = "id.amanah.distribution.round.opened.v1"
    round_id: str
    entitlement_count: int
    villages: tuple[VillageEntitlements, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id
