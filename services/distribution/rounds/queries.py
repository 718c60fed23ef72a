"""Queries on programs and rounds. Every query takes the viewer's scope into its condition."""

from typing import TypeVar

from pydantic import BaseModel

from amanah.contracts.actor import Actor
from amanah.contracts.distribution import TRACKERS
from amanah.contracts.message import Many
from amanah.contracts.rounds import (
    GetPrograms,
    GetRounds,
    ListPrograms,
    ListRounds,
    ProgramsAnswer,
    ProgramView,
    RoundsAnswer,
    RoundView,
)
from amanah.runtime.rpc import answers
from services.distribution.rounds.documents import PROGRAMS, ROUNDS
from services.distribution.rounds.lookup import find_rounds
from services.distribution.rounds.views import program, round_
from services.distribution.store import Store, filter_by, many, page

A = TypeVar("A", bound=BaseModel)


@answers
async def get_programs(store: Store, actor: Actor, ask: GetPrograms) -> ProgramsAnswer:
    """Returns programs by id."""
    found = await store[PROGRAMS].list({"_id": {"$in": list(ask.ids)}})
    return ProgramsAnswer(nodes=tuple(program(p) for p in found))


@answers
async def get_rounds(store: Store, actor: Actor, ask: GetRounds) -> RoundsAnswer:
    """Returns rounds by id that overlap the viewer's scope."""
    found = await find_rounds(store, actor.scope(TRACKERS), ask.ids)
    return RoundsAnswer(nodes=tuple(round_(r) for r in found))


@answers
async def list_programs(store: Store, actor: Actor, ask: ListPrograms) -> Many[ProgramView]:
    """Returns a page of all programs."""
    return many(await page(store[PROGRAMS], {}, first=ask.first, after=ask.after, newest=True), program)


@answers
async def list_rounds(store: Store, actor: Actor, ask: ListRounds) -> Many[RoundView]:
    """Returns a page of rounds that overlap the viewer's scope."""
    wanted = filter_by(program=ask.program_id, status=ask.status)
    condition = {"$and": [wanted, actor.scope(ask.roles).touching("area")]}
    return many(await page(store[ROUNDS], condition, first=ask.first, after=ask.after, newest=True), round_)
