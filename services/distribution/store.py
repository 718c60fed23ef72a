"""What distribution keeps: its collections and indexes, and the conditions by which a viewer sees of them.

Quantities are integer thousandths, areas dotted codes, days ISO dates, places on earth integer microdegrees.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass, field
from typing import Any

from amanah.contracts.areas import Scope
from amanah.contracts.audit.entry import Subject, concerning, named
from amanah.contracts.errors import BadInput, Refused
from amanah.contracts.message import Many, Request
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.change_tracking import CHANGED, Watched
from amanah.runtime.crypto import Keyring, commitment
from amanah.runtime.identity import Verifier
from amanah.runtime.mongo import Collection, Condition, Database, Document, Tx, index
from amanah.runtime.objects import Objects
from amanah.runtime.uploads import Uploads
from services.distribution.evidence.photos import Photos
from services.distribution.messages.sender import Carrier, LogOnly
from services.distribution.rounds.queries import A
from services.distribution.settings import DistributionSettings

_LOOKED_UP = 100


@dataclass
class Store:
    """Everything a command or query of distribution stands on."""

    db: Database
    objects: Objects
    keys: Keyring
    outbox: Outbox
    uploads: Uploads
    photos: Photos
    verifier: Verifier
    settings: DistributionSettings
    carrier: Carrier = field(default_factory=LogOnly)

    def __post_init__(self) -> None:
        self.programs: Collection = self.db["programs"]
        self.rosters: Collection = self.db["rosters"]
        self.rounds: Collection = self.db["rounds"]
        self.entitlements: Collection = Watched.of(self.db, "entitlements")
        self.assignments: Collection = self.db["assignments"]
        self.places: Collection = self.db["places"]
        self.packages: Collection = self.db["packages"]
        self.custody: Collection = self.db["custody"]
        self.routes: Collection = self.db["routes"]
        self.balances: Collection = self.db["balances"]
        self.code_numbers: Collection = self.db["code_numbers"]
        self.partner_events: Collection = self.db["partner_events"]
        self.sessions: Collection = self.db["sessions"]
        self.captures: Collection = self.db["captures"]
        self.handovers: Collection = self.db["handovers"]
        self.failures: Collection = self.db["failures"]
        self.photo_uses: Collection = self.db["photo_uses"]
        self.photo_prints: Collection = self.db["photo_prints"]
        self.photo_views: Collection = self.db["photo_views"]
        self.retentions: Collection = self.db["retentions"]
        self.officers: Collection = self.db["officers"]
        self.corrections: Collection = self.db["corrections"]
        self.alerts: Collection = self.db["alerts"]
        self.payment_batches: Collection = self.db["payment_batches"]
        self.payment_reports: Collection = self.db["payment_reports"]
        self.cases: Collection = self.db["cases"]
        self.case_events: Collection = self.db["case_events"]
        self.sms: Collection = self.db["sms"]
        self.sms_attempts: Collection = self.db["sms_attempts"]
        self.sms_stopped: Collection = self.db["sms_stopped"]
        self.sms_outgoing: Collection = self.db["sms_outgoing"]
        self.outbox.trail.concerned = self._concerned

    async def prepare(self) -> None:
        """Creates collections and indexes that are missing; a transaction cannot."""
        await self.programs.ensure_indexes([index("code", unique=True)])
        await self.rosters.ensure_indexes([])
        await self.rounds.ensure_indexes(
            [index("program", "roster", "name", unique=True), index("status"), index("area", "_id")]
        )
        await self.entitlements.ensure_indexes(
            [
                index("round", "status", "area", "_id"),
                index("round", "area", CHANGED),
                index("recipient"),
                index("household"),
                index("payment.batch", "_id", sparse=True),
                index("payment.watched", "payment.at", sparse=True),
            ]
        )
        await self.payment_batches.ensure_indexes(
            [index("round", "_id"), index("status", "workedAt"), index("released")]
        )
        await self.payment_reports.ensure_indexes([index("upload", unique=True), index("status", "workedAt")])
        await self.assignments.ensure_indexes(
            [index("officer", "round"), index("round", "area"), index("once", unique=True, sparse=True)]
        )
        await self.places.ensure_indexes([index("code", unique=True), index("area", "_id")])
        await self.packages.ensure_indexes(
            [
                index("code", unique=True),
                index("round", "area"),
                index("partner"),
                index("parents", sparse=True),
                index("splitFrom", sparse=True),
                index("dueAt", sparse=True),
                index("unposted", sparse=True),
                index("leg.origin", sparse=True),
            ]
        )
        await self.routes.ensure_indexes([])
        await self.balances.ensure_indexes(
            [index("round", "area", "kind", "account"), index("round", "area", "account")]
        )
        await self.code_numbers.ensure_indexes([])
        await self.custody.ensure_indexes([index("package", "at"), index("package", "key", unique=True)])
        await self.partner_events.ensure_indexes([index("partner", "event")])
        await self.sessions.ensure_indexes([index("until", expire_after=0)])
        await self.captures.ensure_indexes([index("running", "at")])
        await self.handovers.ensure_indexes(
            [
                index("officer", "clientId", unique=True),
                index("standing", unique=True, sparse=True),
                index("officer", "occurredAt"),
                index("package", "occurredAt"),
                index("round", "area"),
                index("round", "_id"),
                # Few have a flag, and few stand no longer: these stay small.
                index("round", "flags.code", "_id", partial={"flags.code": {"$exists": True}}),
                index("round", "status", "_id", partial={"status": {"$gt": "ACCEPTED"}}),
            ]
        )
        await self.failures.ensure_indexes([index("officer", "clientId", unique=True), index("entitlement")])
        await self.photo_uses.ensure_indexes([])
        await self.photo_prints.ensure_indexes([index("round", "bands")])
        await self.photo_views.ensure_indexes([index("at", expire_after=2 * 86_400)])
        await self.retentions.ensure_indexes([])
        await self.officers.ensure_indexes([])
        await self.corrections.ensure_indexes(
            [
                index("proposer", "clientId", unique=True),
                index("open", unique=True, sparse=True),
                index("handover"),
                index("area", "_id"),
            ]
        )
        await self.alerts.ensure_indexes([index("once", unique=True), index("area", "_id")])
        await self.cases.ensure_indexes(
            [
                index("once", unique=True),
                index("reference", unique=True),
                index("area", "_id"),
                index("filedBy", "_id"),
                index("assignee", "_id"),
                index("entitlement", "number"),
                index("escalateAt"),
            ]
        )
        await self.case_events.ensure_indexes([index("case", "number", unique=True)])
        await self.sms.ensure_indexes([index("at")])
        await self.sms_attempts.ensure_indexes([index("until", expire_after=0)])
        await self.sms_stopped.ensure_indexes([])
        await self.sms_outgoing.ensure_indexes([index("sent", "until")])
        await self.uploads.prepare()
        await self.outbox.prepare()

    def seal(self, subject: str, state: Mapping[str, Any] | None) -> str:
        """The commitment to a subject's state that its audit entry carries."""
        return commitment(self.keys.subject_key(subject), state)

    async def _concerned(self, ask: Request[Any]) -> Sequence[Subject]:
        """What a request is about: what it names, and whose entitlement, handover and package that is.

        So a refused handover is found in the history of its recipient and of its package. What is no code of a package may
        be anything, and stays out.
        """
        found = dict.fromkeys(named(ask))
        kinds: tuple[tuple[str, Collection], ...] = (("Entitlement", self.entitlements), ("Handover", self.handovers))
        for kind, collection in kinds:
            ids = [each.id for each in found if each.type == kind][:_LOOKED_UP]
            if ids:
                whose = await collection.list({"_id": {"$in": ids}}, projection={"recipient": 1})
                found |= dict.fromkeys(concerning(*(document["recipient"] for document in whose)))
        code = getattr(ask, "package_code", None)
        if code is not None and (package := await self.packages.get({"code": code}, projection={"code": 1})):
            found |= dict.fromkeys(concerning(package["_id"], packages=[code]))
        return tuple(found)

    async def seen_rounds(self, scope: Scope, ids: Sequence[str]) -> list[Document]:
        """Rounds by id, those that touch the scope."""
        return await self.rounds.list({"$and": [{"_id": {"$in": list(ids)}}, touching(scope, "area")]})

    async def round(self, scope: Scope, round_id: str) -> Document:
        """The round that a command refers to. Refused `round_unknown` for one that does not touch the scope, or is none."""
        found = await self.seen_rounds(scope, [round_id])
        if not found:
            raise Refused("round_unknown", "There is no such round that you may see; check its id.", "roundId")
        return found[0]

    async def place(self, code: str | None, *, tx: Tx | None = None) -> Document | None:
        """The place with this code, or the one whose extension (`<GLN>.<extension>`) it is."""
        if code is None:
            return None
        found = await self.places.get({"code": code}, tx=tx)
        whole, dot, _ = code.rpartition(".")
        return found or (await self.places.get({"code": whole}, tx=tx) if dot else None)


def touching(scope: Scope, field: str) -> Condition:
    """That the area in `field` lies in the scope, or has a part of it within."""
    return scope.touching(field)


@dataclass(frozen=True)
class Found:
    """A page of documents."""

    documents: list[Document]
    cursors: tuple[str, ...]
    total: int
    more: bool


async def page(
    collection: Collection,
    condition: Condition,
    *,
    first: int,
    after: str | None,
    order: Several[str] = ("_id",),
    newest: bool = False,
) -> Found:
    """At most `first` documents after the cursor, in the order of the fields `order`, whose values are strings.

    The last of `order` must be unique. A cursor is the values of its document, so that pages stay put while others write.
    """
    fields = list(order)
    wanted: list[Condition] = [condition]
    if after is not None:
        values = after.split("~")
        if len(values) != len(fields):
            raise BadInput("The cursor is not one of this list; begin without one.", field="after")
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
    )
    documents = found[:first]
    return Found(
        documents=documents,
        cursors=tuple("~".join(str(d[f]) for f in fields) for d in documents),
        total=await collection.count(condition),
        more=len(found) > first,
    )


Concerns = tuple[Subject, ...]


def kept(concerns: Concerns) -> list[Document]:
    """Concerns as a document keeps them."""
    return [each.model_dump() for each in concerns]


def _given(**wanted: str | None) -> Condition:
    """That each field has its value, where one is wanted."""
    return {field: value for field, value in wanted.items() if value is not None}


def _many(found: Found, show: Callable[[Document], A]) -> Many[A]:
    nodes = tuple(show(document) for document in found.documents)
    return Many(nodes=nodes, cursors=found.cursors, total=found.total, more=found.more)
