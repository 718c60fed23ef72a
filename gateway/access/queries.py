"""Queries on users: names, and officers who may be assigned."""

from collections.abc import Iterable
from datetime import UTC, datetime

from amanah.contracts.actor import Role
from amanah.contracts.areas import Scope, contains
from amanah.contracts.errors import BadInput
from amanah.contracts.message import Many
from amanah.contracts.users import ListOfficers, OfficerView
from amanah.runtime.mongo import Condition
from gateway.access.documents import USERS
from gateway.access.store import Store


async def names(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """The names of the known users among `ids`."""
    found = await store[USERS].list({"_id": {"$in": list(ids)}}, projection={"name": 1})
    return {user["_id"]: user["name"] for user in found}


async def is_officer(store: Store, user_id: str, area: str) -> bool:
    """Checks that the user is known as an officer of `area`, by a token that has not expired."""
    user = await store[USERS].get({"_id": user_id})
    now = datetime.now(UTC)
    return user is not None and any(
        g["role"] == Role.OFFICER and contains(g["area"], area) and g["until"] > now for g in user["grants"]
    )


async def list_officers(store: Store, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
    """Lists users who are officers somewhere in the scope, by a token that has not expired; by name.

    A cursor is the id of a user, so that no name stands in a request.
    """
    grant = {"role": Role.OFFICER.value, "until": {"$gt": datetime.now(UTC)}, **scope.touching("area")}
    condition: Condition = {"grants": {"$elemMatch": grant}}
    wanted = condition
    if ask.after is not None:
        last = await store[USERS].get({"_id": ask.after}, projection={"name": 1})
        if last is None:
            raise BadInput("bad_input.cursor", "after")
        name = last["name"]
        beyond = [{"name": {"$gt": name}}, {"name": name, "_id": {"$gt": ask.after}}]
        wanted = {"$and": [condition, {"$or": beyond}]}
    found = await store[USERS].list(wanted, sort=[("name", 1), ("_id", 1)], limit=ask.first + 1, projection={"name": 1})
    page = found[: ask.first]
    return Many(
        nodes=tuple(OfficerView(id=user["_id"], name=user["name"]) for user in page),
        cursors=tuple(user["_id"] for user in page),
        total=await store[USERS].count(condition),
        more=len(found) > ask.first,
    )
