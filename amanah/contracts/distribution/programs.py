"""Programs and rounds: what is given to whom, and each distribution of it."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution.base import MANAGERS, TRACKERS, DistributionRequest
from amanah.contracts.distribution.thresholds import ThresholdChanges, Thresholds
from amanah.contracts.message import Answer, Many, Page, Quantity


class ProgramItem(Answer):
    """A good of a program, and how much each recipient gets in a round."""

    sku: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=20)
    quantity_per_recipient: Quantity = Field(gt=0)


class ProgramView(Answer):
    """A program: what is given to whom."""

    id: str
    code: str
    name: str
    items: tuple[ProgramItem, ...]
    thresholds: Thresholds = Thresholds()
    kind: str = "GOODS"
    paid_is_delivered: bool = False


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
    kind: str | None = Field(default=None, pattern=r"^(GOODS|CASH)$")
    paid_is_delivered: bool = False


class SetThresholds(DistributionRequest[ProgramView]):
    """Moves the lines of a program's flags: what is recorded from then on is judged by them, in its rounds too.

    By those who manage every area that its rounds reach. NotFound for no program; refuses with thresholds_missing.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    program_id: str
    thresholds: ThresholdChanges
    authority: str = Field(default="", max_length=200)


class GetPrograms(DistributionRequest[ProgramsAnswer]):
    """Programs by id; every authenticated actor may see them."""

    ids: tuple[str, ...] = Field(max_length=100)


class ListPrograms(Page[Many[ProgramView]]):
    """All programs, the newest first; every authenticated actor may see them, since they name no area."""

    service: ClassVar[str] = "distribution"


class RoundView(Answer):
    """One distribution of a program. OPENING while entitlements are being created, then OPEN."""

    id: str
    program_id: str
    roster_id: str
    name: str
    status: str
    area: AreaCode
    starts_on: date
    ends_on: date
    entitlement_count: int


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
    status: str | None = Field(default=None, pattern=r"^(OPENING|OPEN|CLOSED)$")
