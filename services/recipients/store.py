"""What the recipients service keeps, and the conditions by which a viewer sees of it.

- `recipients`          `_id` recipient; the current version: PARTS of a record, `status`, `version`, blind keys, `words`
- `recipient_versions`  `_id` recipient:version; who made it, when, on what authority, why, and what it changed
- `imports`             `_id` import; how far it is, and who has it in hand until when
- `staged_rows`         `_id` import:row; what is right of a list, until it is applied
- `import_problems`     `_id` import:row:n; what is wrong with it
- `rosters`             `_id` roster; its content is an object, its hash stands here
- `roster_periods`      `_id` program|period; where approvals of one period wait for each other
- `reveals`             `_id` person~hour; how many NIKs they revealed in it

NIK and family card numbers are sealed wherever they stand; area codes are dotted strings, days ISO dates.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import NATION, Scope
from amanah.contracts.audit.entry import Subject
from amanah.contracts.recipients import By
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Collection, Condition, Database, Tx
from amanah.runtime.objects import Objects
from amanah.runtime.tables import Document, index
from amanah.runtime.uploads import Uploads
from services.recipients.imports.rules.places import Places
from services.recipients.settings import RecipientsSettings


def _nobody() -> None:
    """Nobody waits for work."""


@dataclass
class Store:
    """Everything a command or query of the recipients service stands on."""

    db: Database
    objects: Objects
    keys: Keyring
    outbox: Outbox
    uploads: Uploads
    areas: AreaTable
    settings: RecipientsSettings = field(default_factory=RecipientsSettings)
    work_waits: Callable[[], None] = _nobody
    """Called after a commit that left an import something to do."""

    def __post_init__(self) -> None:
        self.recipients: Collection[Document] = self.db["recipients"]
        self.versions: Collection[Document] = self.db["recipient_versions"]
        self.imports: Collection[Document] = self.db["imports"]
        self.staged: Collection[Document] = self.db["staged_rows"]
        self.problems: Collection[Document] = self.db["import_problems"]
        self.rosters: Collection[Document] = self.db["rosters"]
        self.periods: Collection[Document] = self.db["roster_periods"]
        self.reveals: Collection[Document] = self.db["reveals"]

    @cached_property
    def places(self) -> Places:
        """The villages by name; made on first use, since it walks the whole table."""
        return Places(self.areas)

    async def prepare(self) -> None:
        """Creates collections and indexes that are missing; a transaction cannot."""
        await self.recipients.ensure_indexes(
            [
                index("nikBlind", unique=True),
                index("area", "_id"),
                index("area", "status", "_id"),
                index("words"),
                index("personBlind"),
            ]
        )
        await self.versions.ensure_indexes([index("recipient", "version", unique=True)])
        await self.imports.ensure_indexes([index("status", "leaseUntil"), index("areas", "_id")])
        await self.staged.ensure_indexes(
            [index("import", "row"), index("import", "nikBlind"), index("import", "personBlind")]
        )
        await self.problems.ensure_indexes([index("import", "row", "n")])
        await self.rosters.ensure_indexes([index("program", "period", "status"), index("area", "_id")])
        await self.periods.ensure_indexes([])
        await self.reveals.ensure_indexes([index("until", expire_after=0)])
        await self.uploads.prepare()
        await self.outbox.prepare()

    # ------------------------------------------------------------ what a viewer sees

    async def recipients_of(self, scope: Scope, ids: Sequence[str]) -> list[Document]:
        """Recipients by id, those in the scope."""
        return await self.recipients.list(within(scope, {"_id": {"$in": list(ids)}}))

    async def imports_of(self, scope: Scope, ids: Sequence[str], *, tx: Tx | None = None) -> list[Document]:
        """Imports by id, those of which every area lies in the scope."""
        return await self.imports.list({"$and": [{"_id": {"$in": list(ids)}}, wholly(scope)]}, tx=tx)

    async def rosters_of(self, scope: Scope, ids: Sequence[str], *, tx: Tx | None = None) -> list[Document]:
        """Rosters by id, those of areas in the scope."""
        return await self.rosters.list(within(scope, {"_id": {"$in": list(ids)}}), tx=tx)


def within(scope: Scope, condition: Condition) -> Condition:
    """That a document's `area` lies in the scope, and `condition` holds."""
    return {"$and": [condition, scope.condition("area")]}


def wholly(scope: Scope) -> Condition:
    """That every one of a document's `areas` lies in the scope."""
    if NATION in scope.codes:
        return {}
    inside = [re.compile(rf"^{re.escape(code)}(\.|$)") for code in scope.codes]
    return {"$and": [scope.condition("areas"), {"areas": {"$not": {"$elemMatch": {"$nin": inside}}}}]}


async def newest(
    collection: Collection[Document], condition: Condition, first: int, after: str | None
) -> tuple[list[Document], int, bool]:
    """At most `first` documents after the cursor, which is an id; how many fit in all, and whether more follow."""
    wanted = {"$and": [condition, {"_id": {"$lt": after}}]} if after is not None else condition
    found = await collection.list(wanted, sort=[("_id", -1)], limit=first + 1)
    return found[:first], await collection.count(condition), len(found) > first


def import_subject(document: Document) -> Subject:
    """An import as audit entries name it."""
    return Subject(type="RecipientImport", id=document["_id"])


def now() -> datetime:
    """The time, as the store keeps it: UTC, whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _signed(by: Document) -> By:
    return By(id=by["id"], name=by["name"], role=by["role"])
