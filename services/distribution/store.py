"""The store of distribution, and pages of its collections. Each noun declares its tables in its `documents`.

Quantities are integer thousandths, areas dotted codes, days ISO dates, places on earth integer microdegrees.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Several
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from pydantic import BaseModel

from amanah.contracts.audit.entry import Subject
from amanah.contracts.errors import BadInput
from amanah.contracts.message import Many
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring, commitment
from amanah.runtime.mongo import Collection, Condition, Database, Tx
from amanah.runtime.objects import Objects
from amanah.runtime.tables import D, Table
from amanah.runtime.uploads import Uploads
from services.distribution.settings import DistributionSettings

A = TypeVar("A", bound=BaseModel)


@dataclass
class Store:
    """Storage of distribution: database, objects, uploads, outbox and keys, with its settings.

    `trial_issuer` tells that the local trial issuer is trusted, to which people are known by name.
    """

    db: Database
    objects: Objects
    keys: Keyring
    outbox: Outbox
    uploads: Uploads
    settings: DistributionSettings
    trial_issuer: bool = False

    def __getitem__(self, table: Table[D]) -> Collection[D]:
        """The collection of a table."""
        return self.db[table]

    def seal(self, subject: str, state: Mapping[str, Any] | None) -> str:
        """The commitment to a subject's state that its audit entry carries."""
        return commitment(self.keys.subject_key(subject), state)


@dataclass(frozen=True)
class DocumentPage(Generic[D]):
    """A page of documents."""

    documents: list[D]
    cursors: tuple[str, ...]
    total: int
    more: bool


async def page(
    collection: Collection[D],
    condition: Condition,
    *,
    first: int,
    after: str | None,
    order: Several[str] = ("_id",),
    newest: bool = False,
    tx: Tx | None = None,
) -> DocumentPage[D]:
    """At most `first` documents after the cursor, in the order of the fields `order`, whose values are strings.

    The last of `order` must be unique. A cursor is the values of its document, so that pages stay put while others write.
    """
    fields = list(order)
    wanted: list[Condition] = [condition]
    if after is not None:
        values = after.split("~")
        if len(values) != len(fields):
            raise BadInput("bad_input.cursor", "after")
        beyond = "$lt" if newest else "$gt"
        wanted.append(
            {
                "$or": [
                    dict(zip(fields[:n], values[:n], strict=True)) | {fields[n]: {beyond: values[n]}}
                    for n in range(len(fields))
                ]
            }
        )
    found = await collection.list(
        {"$and": wanted} if len(wanted) > 1 else condition,
        sort=[(f, -1 if newest else 1) for f in fields],
        limit=first + 1,
        tx=tx,
    )
    documents = found[:first]
    return DocumentPage(
        documents=documents,
        cursors=tuple("~".join(str(d[f]) for f in fields) for d in documents),
        total=await collection.count(condition, tx=tx),
        more=len(found) > first,
    )


RelatedSubjects = tuple[Subject, ...]


class SubjectDocument(TypedDict):
    """Related subject of an audit entry, as documents store it."""

    type: str
    id: str


def stored_subjects(related: RelatedSubjects) -> list[SubjectDocument]:
    """Returns related subjects as a document stores them."""
    return [SubjectDocument(type=each.type, id=each.id) for each in related]


def stored_recipient(related: Iterable[SubjectDocument]) -> str | None:
    """Returns the recipient among the related subjects of a document."""
    return next((each["id"] for each in related if each["type"] == "Recipient"), None)


def filter_by(**wanted: str | None) -> Condition:
    """Builds a condition on the fields whose wanted value is given."""
    return {field: value for field, value in wanted.items() if value is not None}


def many(found: DocumentPage[D], show: Callable[[D], A]) -> Many[A]:
    """The page as the contract has it, each document as `show` makes it."""
    nodes = tuple(show(document) for document in found.documents)
    return Many(nodes=nodes, cursors=found.cursors, total=found.total, more=found.more)
