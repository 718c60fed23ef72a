"""The store of the recipients service, conditions on areas, and pages. Each noun declares its tables in its `documents`.

Areas are dotted codes, days ISO dates, places on earth integer microdegrees.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import NATION, Scope
from amanah.contracts.errors import BadInput
from amanah.contracts.message import Many
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Collection, Condition, Database, Tx
from amanah.runtime.objects import Objects
from amanah.runtime.tables import D, Table
from amanah.runtime.uploads import Uploads
from services.recipients.settings import RecipientsSettings

A = TypeVar("A", bound=BaseModel)


def _ignore() -> None:
    """Does nothing."""


@dataclass
class Store:
    """The stores, keys and settings that commands and queries of the recipients service use."""

    db: Database
    objects: Objects
    keys: Keyring
    outbox: Outbox
    uploads: Uploads
    areas: AreaTable
    settings: RecipientsSettings = field(default_factory=RecipientsSettings)
    wake_worker: Callable[[], None] = _ignore
    """Called after a commit that leaves work for the service's worker."""

    def __getitem__(self, table: Table[D]) -> Collection[D]:
        """The collection of a table."""
        return self.db[table]


def in_scope(scope: Scope) -> Condition:
    """Requires that a document's `area` lies in the scope."""
    return scope.condition("area")


def wholly_in_scope(scope: Scope) -> Condition:
    """Requires that each of a document's `areas` lies in the scope."""
    if NATION in scope.codes:
        return {}
    inside = [re.compile(rf"^{re.escape(code)}(\.|$)") for code in scope.codes]
    return {"$and": [scope.condition("areas"), {"areas": {"$not": {"$elemMatch": {"$nin": inside}}}}]}


async def find_by_ids(
    collection: Collection[D], ids: Sequence[str], visible: Condition, *, tx: Tx | None = None
) -> list[D]:
    """Documents by id, those that fit the condition `visible`."""
    return await collection.list({"$and": [{"_id": {"$in": list(ids)}}, visible]}, tx=tx)


async def newest_page(
    collection: Collection[D], condition: Condition, show: Callable[[D], A], *, first: int, after: str | None
) -> Many[A]:
    """At most `first` documents after the cursor, an id, in descending order of ids; each as `show` makes it."""
    wanted = {"$and": [condition, {"_id": {"$lt": after}}]} if after is not None else condition
    found = await collection.list(wanted, sort=[("_id", -1)], limit=first + 1)
    return Many(
        nodes=tuple(show(document) for document in found[:first]),
        cursors=tuple(document["_id"] for document in found[:first]),
        total=await collection.count(condition),
        more=len(found) > first,
    )


def parse_number_cursor(cursor: str) -> int:
    """The number that a cursor `after` holds. Raises BadInput."""
    if not cursor.isdecimal():
        raise BadInput("bad_input.cursor", "after")
    return int(cursor)


def now() -> datetime:
    """The current time in UTC, in whole milliseconds as the store keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
