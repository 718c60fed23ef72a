"""Programs and their rounds."""

import strawberry
from strawberry import Parent

from amanah.contracts import rounds as rounds_contract
from amanah.contracts.rosters import GetRosters, RosterView
from amanah.contracts.rounds import (
    CreateProgram,
    CreateRound,
    GetPrograms,
    GetRounds,
    ListPrograms,
    ListRounds,
    ProgramView,
    RoundStatus,
    RoundView,
    SetThresholds,
)
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size


@over(rounds_contract.ProgramItem)
class ProgramItem:
    """Good of a program, with the quantity for each recipient of a round."""


@over(ProgramView, found_by=GetPrograms)
class Program(Node):
    """Program of social assistance: goods or money for the recipients of its rosters."""


@over(RoundView, without=("program_id", "roster_id"), found_by=GetRounds)
class Round(Node):
    """One distribution of a program over a roster."""

    area: Area = strawberry.field(resolver=area_of, description="Area of its roster.")

    @resolver
    @staticmethod
    async def program(round_: Parent[RoundView], info: Info) -> ProgramView | None:
        """Program that is distributed."""
        return await info.context.load(GetPrograms, round_.program_id)

    @resolver
    @staticmethod
    async def roster(round_: Parent[RoundView], info: Info) -> RosterView | None:
        """Roster of the recipients."""
        return await info.context.load(GetRosters, round_.roster_id)


@input_over(rounds_contract.ProgramItem)
class ProgramItemInput:
    """Good of a program, with the quantity for each recipient of a round."""


@input_over(CreateProgram)
class CreateProgramInput:
    """Program to create."""


@input_over(SetThresholds)
class SetThresholdsInput:
    """Program, its new thresholds, and the authority."""


@input_over(CreateRound)
class CreateRoundInput:
    """Round to open."""


@payload
class CreateProgramPayload:
    """The program, or the errors of the input."""

    program: ProgramView | None = None


@payload
class SetThresholdsPayload:
    """The program, or the errors of the input."""

    program: ProgramView | None = None


@payload
class CreateRoundPayload:
    """The round, or the errors of the input."""

    round: RoundView | None = None


@strawberry.type
class ProgramQueries:
    """Queries on programs and rounds."""

    @resolver
    async def programs(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[ProgramView]:
        """All programs, the newest first."""
        ask = ListPrograms(first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)

    @resolver
    async def rounds(
        self,
        info: Info,
        program_id: strawberry.ID | None = None,
        status: RoundStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[RoundView]:
        """Rounds in the areas that the viewer may see, the newest first."""
        ask = ListRounds(program_id=program_id, status=status, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)


@strawberry.type
class ProgramMutations:
    """Mutations on programs and rounds."""

    @resolver
    @with_user_errors
    async def create_program(self, info: Info, input: CreateProgramInput) -> CreateProgramPayload:
        """Creates a program. The same code with the same items again answers the first."""
        return CreateProgramPayload(program=await info.context.call(request(CreateProgram, input)))

    @resolver
    @with_user_errors
    async def set_thresholds(self, info: Info, input: SetThresholdsInput) -> SetThresholdsPayload:
        """Sets thresholds of a program's flags for what is recorded from now on."""
        return SetThresholdsPayload(program=await info.context.call(request(SetThresholds, input)))

    @resolver
    @with_user_errors
    async def create_round(self, info: Info, input: CreateRoundInput) -> CreateRoundPayload:
        """Opens a round over an approved roster, with one entitlement for each recipient."""
        return CreateRoundPayload(round=await info.context.call(request(CreateRound, input)))
