"""The entries in their order, and how they are found.

- `entries`  `_id` entry; its index, its leaf, when the log took it in, and what it is found by

Every question takes the viewer's scope; what lies outside does not exist for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amanah.contracts.areas import Scope
from amanah.mongo import Database, Document, Tx, index
from services.audit.domain.entry import Entry
from services.audit.store.log import Place


@dataclass(frozen=True)
class Arrived:
    """An entry as it came: what it says, and the bytes that say it."""

    entry: Entry
    leaf: bytes


class Entries:
    """The collection of entries."""

    def __init__(self, db: Database) -> None:
        self.documents = db["entries"]

    async def prepare(self) -> None:
        """Creates the indexes that are missing."""
        await self.documents.ensure_indexes(
            [
                index("index", unique=True),
                index("actorId", "-index"),
                index("subjectId", "-index"),
                index("action", "-index"),
                index("actorArea", "-index"),
                index("area", "-index"),
            ]
        )

    async def unknown(self, tx: Tx, arrived: Sequence[Arrived]) -> list[Arrived]:
        """Those that have no index yet, each once, in their order."""
        by_id = {each.entry.id: each for each in reversed(arrived)}
        known = await self.documents.list({"_id": {"$in": list(by_id)}}, projection={"_id": 1}, tx=tx)
        for document in known:
            del by_id[document["_id"]]
        return [each for each in arrived if by_id.get(each.entry.id) is each]

    async def insert(self, tx: Tx, new: Sequence[Arrived], place: Place) -> None:
        """Keeps new entries at their place."""
        await self.documents.insert_many([_document(each, place, i) for i, each in enumerate(new)], tx=tx)

    async def leaves(self, first: int, end: int) -> list[bytes]:
        """The leaves of the entries [first, end), in order."""
        found = await self.documents.list(
            {"index": {"$gte": first, "$lt": end}}, sort=[("index", 1)], projection={"leaf": 1, "index": 1}
        )
        if [document["index"] for document in found] != list(range(first, end)):
            raise RuntimeError(f"the store lacks entries between {first} and {end}")
        return [bytes(document["leaf"]) for document in found]

    async def one(self, scope: Scope, entry_id: str) -> Document | None:
        """An entry by id; None when there is none that the viewer may see."""
        return await self.documents.get({"$and": [{"_id": entry_id}, _seen(scope)]})

    async def by_ids(self, scope: Scope, ids: Sequence[str]) -> Sequence[Document]:
        """Of these entries those that the viewer may see, the newest first."""
        return await self.documents.list(
            {"$and": [{"_id": {"$in": list(ids)}}, _seen(scope)]}, sort=[("index", -1)], projection={"leaf": 0}
        )

    async def page(
        self, scope: Scope, wanted: Mapping[str, Any], first: int, before: int | None
    ) -> tuple[Sequence[Document], int]:
        """At most `first` entries that fit and have an index below `before`, the newest first; and how many fit in all."""
        fits = {"$and": [dict(wanted), _seen(scope)]}
        here = {"$and": [*fits["$and"], {"index": {"$lt": before}}]} if before is not None else fits
        found = await self.documents.list(here, sort=[("index", -1)], limit=first, projection={"leaf": 0})
        return found, await self.documents.count(fits)


def _seen(scope: Scope) -> Document:
    """Entries whose actor acted for an area of the scope, or whose subject lies there."""
    return {"$or": [scope.condition("actorArea"), scope.condition("area")]}


def _document(arrived: Arrived, place: Place, at: int) -> Document:
    entry = arrived.entry
    return {
        "_id": entry.id,
        "index": place.first + at,
        "leaf": arrived.leaf,
        "at": entry.time,
        "loggedAt": place.logged_at,
        "action": entry.action,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "authority": entry.authority,
        "area": entry.area,
        "actorId": entry.actor_id,
        "actorRole": entry.actor_role,
        "actorArea": entry.actor_area,
        "subjectType": entry.subject_type,
        "subjectId": entry.subject_id,
        "concerns": [{"type": each.type, "id": each.id} for each in entry.concerns],
        "service": entry.service,
        "trace": entry.trace,
    }
