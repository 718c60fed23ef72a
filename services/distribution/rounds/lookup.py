"""Rounds by id, as far as a viewer's scope reaches."""

from collections.abc import Sequence

from amanah.contracts.areas import Scope
from amanah.contracts.errors import Refused
from services.distribution.rounds.documents import ROUNDS, RoundDocument
from services.distribution.store import Store


async def find_rounds(store: Store, scope: Scope, ids: Sequence[str]) -> list[RoundDocument]:
    """Returns the rounds with these ids that overlap the scope."""
    return await store[ROUNDS].list({"$and": [{"_id": {"$in": list(ids)}}, scope.touching("area")]})


async def find_round(store: Store, scope: Scope, round_id: str) -> RoundDocument:
    """Returns the round that a command refers to. Refuses with `round_unknown` if it does not overlap the scope or exist."""
    found = await find_rounds(store, scope, [round_id])
    if not found:
        raise Refused("round_unknown", "roundId")
    return found[0]
