"""Stored places, packages, custody steps, routes and balances, with their indexes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.custody.packages import PackageStatus
from amanah.runtime.mongo import Condition, Tx
from amanah.runtime.tables import Table, index
from services.distribution.custody.rules import LedgerEntry, Totals, leg_ends
from services.distribution.rounds.documents import LocationDocument
from services.distribution.store import RelatedSubjects, Store


class PlaceDocument(TypedDict):
    """A place where packages are stored or handed over."""

    _id: str
    code: str
    name: str
    kind: str
    area: str
    location: LocationDocument


class StoredQuantity(TypedDict):
    """A quantity of a good, in thousandths."""

    sku: str
    quantity: int


class StoredContent(TypedDict):
    """A good in a package: what it was made with, the last count, what is left, and what became of the rest."""

    sku: str
    expected: int
    counted: int | None
    left: int
    handed: int
    lost: int
    damaged: int
    returned: int


class StoredLeg(TypedDict):
    """The leg that a package is on; `key` is the step that began it, `by` the carrier."""

    key: str
    origin: str | None
    destination: str | None
    since: datetime
    by: str


class StoredDifference(TypedDict):
    """The text of a count that did not agree, by the key of its step."""

    key: str
    text: str


class StoredOverdraft(TypedDict):
    """The quantity of a good taken out beyond the count that `basis` names."""

    basis: str
    sku: str
    quantity: int


class PackageState(TypedDict):
    """The part of a package that its history determines."""

    status: str
    place: str | None
    contents: list[StoredContent]
    conditions: list[str]
    parent: str | None
    leg: StoredLeg | None
    dueAt: NotRequired[datetime | None]
    movedAt: datetime | None
    differences: list[StoredDifference]
    overdrawn: list[StoredOverdraft]
    ledger: list[LedgerEntry]


class PackageDocument(PackageState):
    """A package. `kin` marks one with related packages; `posted` is the part of its ledger that is in balances.

    `parents` are all packages that it was ever in, `madeIn` the one it was created in, `overdue` the leg that an alert was
    raised about. `version` counts recomputations. `partner` is the id of the partner's record, or of a user without a record;
    `partnerName` is the partner as it was named. Packages from before partners had ids may have a name as `partner`.
    """

    _id: str
    code: str
    round: str
    area: str
    partner: str | None
    partnerName: NotRequired[str | None]
    entitlement: str | None
    recipient: str | None
    madeIn: str | None
    parents: list[str]
    splitFrom: str | None
    kin: bool
    posted: list[LedgerEntry]
    unposted: NotRequired[bool]
    overdue: NotRequired[str]
    version: int


class StoredTransaction(TypedDict):
    """A business transaction that a partner's event names."""

    type: str
    id: str


class StoredPiece(TypedDict):
    """A package that came of a split, with its goods."""

    package: str
    items: list[StoredQuantity]


class CustodyStepDocument(TypedDict):
    """A step of a package's history. `ours` marks those that staff recorded; `note` is encrypted.

    `empties` marks an aggregation that takes out all that is inside.
    """

    _id: str
    package: str
    key: str
    event: str
    at: datetime
    recordedAt: datetime
    kind: str
    action: str
    step: str
    place: str | None
    destination: NotRequired[str | None]
    counted: list[StoredQuantity]
    disposition: NotRequired[str]
    conditions: list[str]
    declaresError: bool
    ours: NotRequired[bool]
    parent: NotRequired[str | None]
    empties: NotRequired[bool]
    transactions: list[StoredTransaction]
    extensions: str
    source: str
    partner: str
    difference: str | None
    note: NotRequired[str]
    evidence: NotRequired[Sequence[Mapping[str, object]]]
    pieces: NotRequired[list[StoredPiece]]


class RouteDocument(TypedDict):
    """The usual hours between two places."""

    _id: str
    hours: int


class BalanceDocument(Totals):
    """The balance of a good at an account; `kind` is `place`, `leg`, or `sum` for all places or all legs."""

    _id: str
    round: str
    area: str
    kind: str
    account: str
    sku: str


class CodeNumberDocument(TypedDict):
    """The next number of a code scheme or company prefix."""

    _id: str
    next: int


class PackageHandoverDocument(TypedDict):
    """The part of a handover that the history of its package needs. The noun handovers, which is above custody, stores it."""

    _id: str
    package: str
    status: str
    occurredAt: datetime
    receivedAt: datetime
    officerName: str
    items: list[StoredQuantity]


PLACES = Table("places", PlaceDocument, index("code", unique=True), index("area", "_id"))

PACKAGES = Table(
    "packages",
    PackageDocument,
    index("code", unique=True),
    index("round", "area"),
    index("partner"),
    index("parents", sparse=True),
    index("splitFrom", sparse=True),
    index("dueAt", sparse=True),
    index("unposted", sparse=True),
    index("leg.origin", sparse=True),
)

CUSTODY_STEPS = Table("custody", CustodyStepDocument, index("package", "at"), index("package", "key", unique=True))

ROUTES = Table("routes", RouteDocument)

BALANCES = Table(
    "balances", BalanceDocument, index("round", "area", "kind", "account"), index("round", "area", "account")
)

CODE_NUMBERS = Table("code_numbers", CodeNumberDocument)

PACKAGE_HANDOVERS = Table("handovers", PackageHandoverDocument)
"""The handovers, to read; the noun handovers declares their indexes."""


def route_id(origin: str | None, destination: str | None) -> str:
    """The id of a route."""
    return f"{origin}>{destination}"


def of_package(package: PackageDocument) -> RelatedSubjects:
    """A package by id and code, its place and partner; of a package for one recipient, also the recipient."""
    return related_subjects(
        package["recipient"],
        package["entitlement"],
        package["_id"],
        package["splitFrom"],
        package["parent"],
        package["partner"],
        package["round"],
        packages=[package["code"]],
        places=[package["place"]],
    )


def of_packages(packages: Iterable[PackageDocument]) -> RelatedSubjects:
    """The related subjects of all the packages."""
    return tuple(dict.fromkeys(each for package in packages for each in of_package(package)))


def of_accounts(accounts: Iterable[str]) -> RelatedSubjects:
    """The places of accounts; a leg has two."""
    places = dict.fromkeys(place for account in accounts for place in leg_ends(account) or (account,))
    return related_subjects(places=places)


def with_status(status: PackageStatus) -> Condition:
    """Requires a status of a package; EMPTY is ARRIVED with nothing left (`views.package_status`)."""
    filled: Condition = {"contents": {"$elemMatch": {"left": {"$gt": 0}}}}
    match status:
        case PackageStatus.ARRIVED:
            return {"status": PackageStatus.ARRIVED.value, **filled}
        case PackageStatus.EMPTY:
            return {"status": PackageStatus.ARRIVED.value, "contents": {"$not": filled["contents"]}}
    return {"status": status}


def owned_by(owner_ids: Sequence[str]) -> Condition:
    """Requires that a package is a partner's, by the ids that the partner has (`partners.lookup`)."""
    return {"partner": {"$in": list(owner_ids)}}


async def place_with(store: Store, code: str | None, *, tx: Tx | None = None) -> PlaceDocument | None:
    """The place with this code, or the one whose extension (`<GLN>.<extension>`) it is."""
    if code is None:
        return None
    found = await store[PLACES].get({"code": code}, tx=tx)
    whole, dot, _ = code.rpartition(".")
    return found or (await store[PLACES].get({"code": whole}, tx=tx) if dot else None)
