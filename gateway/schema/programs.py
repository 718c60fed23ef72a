"""Programs and rounds: what is given to whom, and one distribution of it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import strawberry

from amanah.contracts import rounds as rounds_contract
from amanah.contracts.rounds import (
    CreateProgram,
    CreateRound,
    ListPrograms,
    ListRounds,
    ProgramView,
    RoundView,
    SetThresholds,
)
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.invalid import each
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.rosters import Roster, roster
from gateway.schema.thresholds import Thresholds, ThresholdsInput, threshold_changes, thresholds


@strawberry.type(description="A good of a program, and how much each recipient gets in a round.")
class ProgramItem:
    """One good."""

    sku: str
    name: str
    unit: str
    quantity_per_recipient: Decimal


@strawberry.enum(description="A program of CASH gives rupiah: its one item has the unit IDR.")
class ProgramKind(StrEnum):
    """The kind of a program."""

    GOODS = "GOODS"
    CASH = "CASH"


@strawberry.type(description="What is given to whom.")
class Program(Node):
    """One program."""

    code: str
    name: str
    kind: ProgramKind
    paid_is_delivered: bool = strawberry.field(
        description="Whether money counts as delivered when the bank reports it as paid, without the recipient's word."
    )
    items: list[ProgramItem]
    thresholds: Thresholds


@strawberry.enum(description="A round is OPENING while its entitlements are being created.")
class RoundStatus(StrEnum):
    """The status of a round."""

    OPENING = "OPENING"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@strawberry.type(description="One distribution of a program over a roster.")
class Round(Node):
    """One round."""

    name: str
    status: RoundStatus
    starts_on: date
    ends_on: date
    entitlement_count: int
    program_id: strawberry.Private[str]
    roster_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("The area of its roster.")
    def area(self, info: Info) -> Area:
        """The round's area."""
        return area(info.context.areas, self.area_code)

    @resolved("What is given.")
    async def program(self, info: Info) -> Program | None:
        """The round's program."""
        view = await info.context.loaders.programs.load(self.program_id)
        return shown(view, program)

    @resolved("To whom.")
    async def roster(self, info: Info) -> Roster | None:
        """The round's roster."""
        view = await info.context.loaders.rosters.load(self.roster_id)
        return shown(view, roster)


@strawberry.input
class ProgramItemInput:
    """One good."""

    sku: str
    name: str
    unit: str
    quantity_per_recipient: Decimal


@strawberry.input
class CreateProgramInput:
    """The program to create."""

    code: str
    name: str
    items: list[ProgramItemInput]
    thresholds: ThresholdsInput | None = None
    kind: ProgramKind | None = None
    paid_is_delivered: bool | None = None


@strawberry.input
class SetThresholdsInput:
    """Which program, which thresholds, and on what authority."""

    program_id: strawberry.ID
    thresholds: ThresholdsInput
    authority: str | None = None


@strawberry.input
class CreateRoundInput:
    """The round to open."""

    program_id: strawberry.ID
    roster_id: strawberry.ID
    name: str
    starts_on: date
    ends_on: date


@strawberry.type
class CreateProgramPayload:
    """The program, or what to mend."""

    program: Program | None
    user_errors: list[UserError]


@strawberry.type
class SetThresholdsPayload:
    """The program, or what to mend."""

    program: Program | None
    user_errors: list[UserError]


@strawberry.type
class CreateRoundPayload:
    """The round, or what to mend."""

    round: Round | None
    user_errors: list[UserError]


def program(view: ProgramView) -> Program:
    """The program of a view."""
    return Program(
        id=strawberry.ID(view.id),
        code=view.code,
        name=view.name,
        items=[
            ProgramItem(sku=i.sku, name=i.name, unit=i.unit, quantity_per_recipient=i.quantity_per_recipient)
            for i in view.items
        ],
        thresholds=thresholds(view.thresholds),
        kind=ProgramKind(view.kind),
        paid_is_delivered=view.paid_is_delivered,
    )


def round_(view: RoundView) -> Round:
    """The round of a view."""
    return Round(
        id=strawberry.ID(view.id),
        name=view.name,
        status=RoundStatus(view.status),
        starts_on=view.starts_on,
        ends_on=view.ends_on,
        entitlement_count=view.entitlement_count,
        program_id=view.program_id,
        roster_id=view.roster_id,
        area_code=view.area,
    )


def program_request(given: CreateProgramInput) -> CreateProgram:
    """What the owner is asked."""
    return CreateProgram(
        code=given.code,
        name=given.name,
        items=each(
            "items",
            given.items,
            lambda i: rounds_contract.ProgramItem(
                sku=i.sku, name=i.name, unit=i.unit, quantity_per_recipient=i.quantity_per_recipient
            ),
        ),
        thresholds=threshold_changes(given.thresholds),
        kind=given.kind,
        paid_is_delivered=given.paid_is_delivered or False,
    )


@strawberry.type
class ProgramQueries:
    """Queries on programs and rounds."""

    @resolved("All programs, the newest first.")
    async def programs(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[Program]:
        """A page of programs."""
        return listed(await info.context.call(ListPrograms(first=page_size(first), after=after)), program, after)

    @resolved("Rounds that reach the areas that the viewer may see, the newest first.")
    async def rounds(
        self,
        info: Info,
        program_id: strawberry.ID | None = None,
        status: RoundStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Round]:
        """A page of rounds."""
        ask = ListRounds(program_id=program_id, status=status, first=page_size(first), after=after)
        return listed(await info.context.call(ask), round_, after)


@strawberry.type
class ProgramMutations:
    """Mutations on programs and rounds."""

    @resolved("Creates a program; the same code with the same items again answers the first.")
    async def create_program(self, info: Info, input: CreateProgramInput) -> CreateProgramPayload:
        """Creates a program."""
        view, errors = await attempt(lambda: info.context.call(program_request(input)), program)
        return CreateProgramPayload(program=view, user_errors=errors)

    @resolved("Moves the lines of a program's flags, for what is recorded from now on.")
    async def set_thresholds(self, info: Info, input: SetThresholdsInput) -> SetThresholdsPayload:
        """Sets thresholds."""
        view, errors = await attempt(
            lambda: info.context.call(
                SetThresholds(
                    program_id=input.program_id,
                    thresholds=threshold_changes(input.thresholds),
                    authority=input.authority or "",
                )
            ),
            program,
        )
        return SetThresholdsPayload(program=view, user_errors=errors)

    @resolved("Opens a round over an approved roster, with one entitlement for each recipient.")
    async def create_round(self, info: Info, input: CreateRoundInput) -> CreateRoundPayload:
        """Opens a round."""
        view, errors = await attempt(
            lambda: info.context.call(
                CreateRound(
                    program_id=input.program_id,
                    roster_id=input.roster_id,
                    name=input.name,
                    starts_on=input.starts_on,
                    ends_on=input.ends_on,
                )
            ),
            round_,
        )
        return CreateRoundPayload(round=view, user_errors=errors)
