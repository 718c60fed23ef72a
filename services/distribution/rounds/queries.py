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
from services.distribution.rounds.views import program, round_
from services.distribution.store import Store, _given, _many, page, touching

A = TypeVar("A", bound=BaseModel)


async def get_programs(store: Store, actor: Actor, ask: GetPrograms) -> ProgramsAnswer:
    """See GetPrograms."""
    found = await store.programs.list({"_id": {"$in": list(ask.ids)}})
    return ProgramsAnswer(nodes=tuple(program(p) for p in found))


async def get_rounds(store: Store, actor: Actor, ask: GetRounds) -> RoundsAnswer:
    """See GetRounds."""
    found = await store.seen_rounds(actor.scope(TRACKERS), ask.ids)
    return RoundsAnswer(nodes=tuple(round_(r) for r in found))


async def list_programs(store: Store, actor: Actor, ask: ListPrograms) -> Many[ProgramView]:
    """See ListPrograms."""
    return _many(await page(store.programs, {}, first=ask.first, after=ask.after, newest=True), program)


async def list_rounds(store: Store, actor: Actor, ask: ListRounds) -> Many[RoundView]:
    """See ListRounds."""
    wanted = _given(program=ask.program_id, status=ask.status)
    condition = {"$and": [wanted, touching(actor.scope(ask.roles), "area")]}
    return _many(await page(store.rounds, condition, first=ask.first, after=ask.after, newest=True), round_)
