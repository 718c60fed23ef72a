"""Cases that an actor may see."""

from collections.abc import Sequence

from amanah.contracts.actor import Actor
from amanah.contracts.areas import NATION, Scope
from amanah.contracts.cases import CASE_READERS
from amanah.runtime.mongo import Condition
from services.distribution.cases.documents import CASES, CaseDocument
from services.distribution.store import Store


def visible_to(actor: Actor, area: str | None = None) -> Condition:
    """Returns the condition for cases in the areas that the actor oversees, filed by them or assigned to them."""
    here = Scope([NATION]).narrowed(area).condition("area")
    ways: list[Condition] = [{"filedBy": actor.id, **here}, {"assignee": actor.id, **here}]
    if actor.has(CASE_READERS):
        ways.append(actor.scope(CASE_READERS).narrowed(area).condition("area"))
    return {"$or": ways}


async def find_visible(store: Store, actor: Actor, ids: Sequence[str]) -> list[CaseDocument]:
    """Returns those of these cases that the actor may see."""
    return await store[CASES].list({"$and": [{"_id": {"$in": list(ids)}}, visible_to(actor)]})
