"""What the distribution service announces and what it can be asked."""

from datetime import date
from typing import ClassVar, Generic

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import (
    A,
    Answer,
    Event,
    Item,
    Location,
    Model,
    Moment,
    Page,
    Quantity,
    Request,
    Sha256,
    registry,
)
from amanah.contracts.topics import DISTRIBUTION
from amanah.contracts.uploads import Upload, UploadPurpose

MANAGERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
MOVERS = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LOGISTICS})
OFFICERS = frozenset({Role.OFFICER})
VIEWERS = frozenset(
    {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.APPROVER, Role.VERIFIER, Role.REGISTRAR}
)
TRACKERS = VIEWERS | {Role.LOGISTICS}


class DistributionRequest(Request[A], Generic[A]):
    """Anything the distribution service can be asked."""

    service: ClassVar[str] = "distribution"


# ---------------------------------------------------------------- programs and rounds


class ProgramItem(Answer):
    """A good of a program, and how much each recipient gets in a round."""

    sku: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=20)
    quantity_per_recipient: Quantity = Field(gt=0)


class ProgramView(Answer):
    """A program: what is given to whom."""

    id: str
    code: str
    name: str
    items: tuple[ProgramItem, ...]


class ProgramsAnswer(Answer):
    """The programs found."""

    nodes: tuple[ProgramView, ...] = ()


class CreateProgram(DistributionRequest[ProgramView]):
    """Creates a program. The same code with the same items again answers the first; with others it is `code_taken`."""

    roles: ClassVar[frozenset[Role]] = MANAGERS | {Role.APPROVER}
    code: str = Field(min_length=1, max_length=50)
    name: str = Field(min_length=1, max_length=200)
    items: tuple[ProgramItem, ...] = Field(min_length=1, max_length=50)


class GetPrograms(DistributionRequest[ProgramsAnswer]):
    """Programs by id; every authenticated actor may see them."""

    ids: tuple[str, ...] = Field(max_length=100)


class RoundView(Answer):
    """One distribution of a program. OPENING while entitlements are being created, then OPEN."""

    id: str
    program_id: str
    roster_id: str
    name: str
    status: str
    area: AreaCode
    starts_on: date
    ends_on: date
    entitlement_count: int


class RoundsAnswer(Answer):
    """The rounds found."""

    nodes: tuple[RoundView, ...] = ()


class CreateRound(DistributionRequest[RoundView]):
    """Opens a round over an approved roster, with one entitlement for each of its recipients.

    NotYet when the roster's approval has not arrived within 5 s; `roster_not_approved` when there is none such.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    program_id: str
    roster_id: str
    name: str = Field(min_length=1, max_length=200)
    starts_on: date
    ends_on: date


class GetRounds(DistributionRequest[RoundsAnswer]):
    """Rounds by id, those that touch the viewer's scope."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    ids: tuple[str, ...] = Field(max_length=100)


# ---------------------------------------------------------------- assignments and entitlements


class AssignmentView(Answer):
    """An officer, a round, an area and dates."""

    id: str
    officer_id: str
    round_id: str
    area: AreaCode
    starts_on: date
    ends_on: date


class AssignmentPage(Answer):
    """A page of assignments."""

    nodes: tuple[AssignmentView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class AssignOfficer(DistributionRequest[AssignmentView]):
    """Assigns an officer to an area of a round for some days. The same assignment again answers the first."""

    roles: ClassVar[frozenset[Role]] = MANAGERS
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date


class ListMyAssignments(Page[AssignmentPage]):
    """The viewer's own assignments, the newest first; empty for who is no officer."""

    service: ClassVar[str] = "distribution"


class Tally(Answer):
    """How far an assignment's area has come, counted by the owner at once (not by reporting)."""

    assignment_id: str
    entitled: int
    delivered: int
    failed: int
    remaining: int


class TalliesAnswer(Answer):
    """One tally an assignment."""

    nodes: tuple[Tally, ...] = ()


class GetTallies(DistributionRequest[TalliesAnswer]):
    """Progress of the viewer's own assignments."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    assignment_ids: tuple[str, ...] = Field(max_length=100)


class EntitlementView(Answer):
    """What one recipient gets in one round: PENDING, DELIVERED, FAILED or REVERSED."""

    id: str
    round_id: str
    recipient_id: str
    area: AreaCode
    status: str
    items: tuple[Item, ...]


class EntitlementPage(Answer):
    """A page of entitlements."""

    nodes: tuple[EntitlementView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListEntitlements(Page[EntitlementPage]):
    """Entitlements of one of the viewer's assignments, or of a round for those who supervise it."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = VIEWERS
    assignment_id: str | None = None
    round_id: str | None = None
    area: AreaCode | None = None
    status: str | None = None


class GetEntitlements(DistributionRequest[EntitlementPage]):
    """Entitlements by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    ids: tuple[str, ...] = Field(max_length=500)


# ---------------------------------------------------------------- places and packages


class NewPlace(Model):
    """A place to create. `kind` is WAREHOUSE, POST or DELIVERY_POINT."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    name: str = Field(min_length=1, max_length=200)
    kind: str = Field(pattern=r"^(WAREHOUSE|POST|DELIVERY_POINT)$")
    area: AreaCode
    location: Location


class PlaceView(Answer):
    """Where goods are kept or handed out."""

    id: str
    code: str
    name: str
    kind: str
    area: AreaCode
    location: Location


class PlacesAnswer(Answer):
    """Places, in the order asked."""

    nodes: tuple[PlaceView, ...] = ()


class CreatePlaces(DistributionRequest[PlacesAnswer]):
    """Creates places, all or none. A code that exists with the same content is no error; with another, `code_taken`."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    places: tuple[NewPlace, ...] = Field(min_length=1, max_length=500)


class NewPackage(Model):
    """A package to create. `partner` is the name or id of the LOGISTICS user who moves it."""

    code: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    area: AreaCode
    partner: str | None = Field(default=None, max_length=200)
    contents: tuple[Item, ...] = Field(min_length=1, max_length=50)


class PackageContent(Answer):
    """One good in a package: expected when made, counted when it arrived, handed over since."""

    sku: str
    expected: Quantity
    counted: Quantity | None
    handed_over: Quantity


class PackageView(Answer):
    """A package and where it is now. REGISTERED, IN_TRANSIT, ARRIVED, EMPTY, ..."""

    id: str
    code: str
    round_id: str
    area: AreaCode
    status: str
    partner: str | None
    contents: tuple[PackageContent, ...]
    place: PlaceView | None


class PackagesAnswer(Answer):
    """Packages, in the order asked."""

    nodes: tuple[PackageView, ...] = ()


class CreatePackages(DistributionRequest[PackagesAnswer]):
    """Creates packages of a round, all or none. A code that exists with the same content is no error."""

    roles: ClassVar[frozenset[Role]] = MOVERS
    round_id: str
    packages: tuple[NewPackage, ...] = Field(min_length=1, max_length=500)


class GetPackage(DistributionRequest[PackageView]):
    """A package by its code; NotFound outside the viewer's scope, and for a partner when it is not theirs."""

    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)


class PackageStep(Answer):
    """One event of a package's history, placed by the time it happened."""

    at: Moment
    recorded_at: Moment
    step: str
    source: str
    event_id: str
    place: PlaceView | None
    quantities: tuple[Item, ...]
    discrepancy: str | None


class PackageHistory(Answer):
    """Steps in the order they happened."""

    nodes: tuple[PackageStep, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListPackageHistory(Page[PackageHistory]):
    """The history of one package, by its code."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = TRACKERS
    code: str = Field(max_length=64)


class CapturedEvent(Answer):
    """What became of one partner event: accepted, rejected or duplicate."""

    index: int
    event_id: str | None
    result: str
    code: str | None = None
    field: str | None = None
    explanation: str | None = None


class CaptureJob(Answer):
    """A capture of EPCIS events and what became of each; `running` until the final state is known."""

    id: str
    running: bool
    success: bool
    events: tuple[CapturedEvent, ...] = ()


class CaptureEvents(DistributionRequest[CaptureJob]):
    """Takes an EPCIS document as a partner sent it. `rollback` takes all of its events or none."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    document: str = Field(max_length=8_000_000)
    rollback: bool = False


class GetCapture(DistributionRequest[CaptureJob]):
    """A capture job of the partner."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.LOGISTICS})
    id: str


# ---------------------------------------------------------------- handovers


class CreateEvidenceUpload(DistributionRequest[Upload]):
    """Where to PUT a photo, signature or attachment. The declared size and sha256 are binding."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.OFFICER, Role.VERIFIER, Role.SUPERVISOR, Role.RECIPIENT})
    purpose: UploadPurpose
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size: int = Field(gt=0)
    sha256: Sha256


class ReceivedBy(Model):
    """Who took the aid: the RECIPIENT, or a PROXY with name, relation and identity number."""

    kind: str = Field(pattern=r"^(RECIPIENT|PROXY)$")
    name: str | None = Field(default=None, max_length=200)
    relation: str | None = Field(default=None, max_length=100)
    id_number: str | None = Field(default=None, max_length=32)


class PhotoView(Answer):
    """The evidence photo as it is served: re-encoded, without EXIF. `url` expires."""

    id: str
    sha256: Sha256
    url: str
    captured_at: Moment | None
    location: Location | None


class Flag(Answer):
    """Something about an accepted handover that a person should look at."""

    code: str
    detail: str


class HandoverView(Answer):
    """A recorded handover: ACCEPTED, DISPUTED or REVERSED."""

    id: str
    status: str
    occurred_at: Moment
    received_at: Moment
    entitlement: EntitlementView
    photo: PhotoView
    flags: tuple[Flag, ...]


class RecordHandover(DistributionRequest[HandoverView]):
    """Records a handover, exactly once: a repeat of `client_id` by the same officer answers the first result."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    client_id: str = Field(max_length=36)
    entitlement_id: str
    package_code: str = Field(max_length=64)
    items: tuple[Item, ...] = Field(min_length=1, max_length=50)
    received_by: ReceivedBy
    occurred_at: Moment
    location: Location
    photo_id: str
    signature_id: str
    device: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=1000)


class SyncResult(Answer):
    """What became of one offline record: the handover, or the refusal."""

    client_id: str
    handover: HandoverView | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None


class SyncAnswer(Answer):
    """One result an item, in the order sent."""

    results: tuple[SyncResult, ...] = ()


class SyncHandovers(DistributionRequest[SyncAnswer]):
    """Records what a device stored while offline; each item succeeds or fails on its own."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    handovers: tuple[RecordHandover, ...] = Field(min_length=1, max_length=100)


class RecordFailedHandover(DistributionRequest[EntitlementView]):
    """Records that the aid could not be handed over, and why."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    client_id: str = Field(max_length=36)
    entitlement_id: str
    reason: str = Field(pattern=r"^(NOT_FOUND|MOVED|DECEASED|REFUSED|NOT_AT_HOME|OTHER)$")
    occurred_at: Moment
    location: Location
    note: str | None = Field(default=None, max_length=1000)


class HandoversAnswer(Answer):
    """The handovers found."""

    nodes: tuple[HandoverView, ...] = ()


class GetHandovers(DistributionRequest[HandoversAnswer]):
    """Handovers by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    ids: tuple[str, ...] = Field(max_length=100)


class AlertView(Answer):
    """A rule that did not hold. OPEN, ACKNOWLEDGED, ESCALATED or DISMISSED."""

    id: str
    rule: str
    severity: str
    at: Moment
    area: AreaCode
    detail: str
    subject_type: str
    subject_id: str
    status: str


class AlertPage(Answer):
    """A page of alerts, the newest first."""

    nodes: tuple[AlertView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListAlerts(Page[AlertPage]):
    """Alerts in the viewer's scope, the newest first."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.APPROVER})
    area: AreaCode | None = None
    rule: str | None = Field(default=None, max_length=50)
    severity: str | None = Field(default=None, max_length=20)
    status: str | None = Field(default=None, max_length=20)


# ---------------------------------------------------------------- events


class DistributionEvent(Event):
    """Anything that distribution announces."""

    topic: ClassVar[str] = DISTRIBUTION.name


class ProgramCreated(DistributionEvent):
    """A program exists."""

    type: ClassVar[str] = "id.amanah.distribution.program.created.v1"
    program_id: str
    code: str
    name: str
    items: tuple[ProgramItem, ...]

    def key(self) -> str:
        """The program."""
        return self.program_id


class RoundCreated(DistributionEvent):
    """A round over a roster was created; its entitlements follow."""

    type: ClassVar[str] = "id.amanah.distribution.round.created.v1"
    round_id: str
    program_id: str
    program_name: str
    roster_id: str
    roster_hash: Sha256
    decree: str
    name: str
    area: AreaCode
    starts_on: date
    ends_on: date
    items: tuple[ProgramItem, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class VillageEntitlements(Answer):
    """How many entitlements a village has, and how much of each item in all."""

    area: AreaCode
    count: int
    quantities: tuple[Item, ...]


class RoundOpened(DistributionEvent):
    """Every entitlement of the round exists; counts by village."""

    type: ClassVar[str] = "id.amanah.distribution.round.opened.v1"
    round_id: str
    entitlement_count: int
    villages: tuple[VillageEntitlements, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class OfficerAssigned(DistributionEvent):
    """An officer works an area of a round for some days."""

    type: ClassVar[str] = "id.amanah.distribution.officer.assigned.v1"
    assignment_id: str
    round_id: str
    officer_id: str
    area: AreaCode
    starts_on: date
    ends_on: date

    def key(self) -> str:
        """The round."""
        return self.round_id


class PlacesCreated(DistributionEvent):
    """Places exist."""

    type: ClassVar[str] = "id.amanah.distribution.place.created.v1"
    codes: tuple[str, ...]

    def key(self) -> str:
        """The first place."""
        return self.codes[0]


class PackagesCreated(DistributionEvent):
    """Packages of a round exist."""

    type: ClassVar[str] = "id.amanah.distribution.package.created.v1"
    round_id: str
    codes: tuple[str, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class PackageMoved(DistributionEvent):
    """A partner's event changed what is known of a package."""

    type: ClassVar[str] = "id.amanah.distribution.package.moved.v1"
    package_id: str
    code: str
    round_id: str
    area: AreaCode
    step: str
    at: Moment
    status: str
    place: str | None
    discrepancy: str | None

    def key(self) -> str:
        """The package."""
        return self.package_id


class HandoverAccepted(DistributionEvent):
    """Aid reached a recipient."""

    type: ClassVar[str] = "id.amanah.distribution.handover.accepted.v1"
    handover_id: str
    round_id: str
    entitlement_id: str
    area: AreaCode
    officer_id: str
    package_code: str
    occurred_at: Moment
    received_at: Moment
    items: tuple[Item, ...]
    flags: tuple[str, ...]
    photo_sha256: Sha256
    was_failed: bool = False

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class HandoverFailed(DistributionEvent):
    """Aid could not be handed over."""

    type: ClassVar[str] = "id.amanah.distribution.handover.failed.v1"
    round_id: str
    entitlement_id: str
    area: AreaCode
    officer_id: str
    occurred_at: Moment
    reason: str

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id


class AlertRaised(DistributionEvent):
    """A rule did not hold for a subject; raised once."""

    type: ClassVar[str] = "id.amanah.distribution.alert.raised.v1"
    alert_id: str
    rule: str
    severity: str
    at: Moment
    area: AreaCode
    round_id: str
    detail: str
    subject_type: str
    subject_id: str

    def key(self) -> str:
        """The subject."""
        return self.subject_id


EVENTS = registry(
    ProgramCreated,
    RoundCreated,
    RoundOpened,
    OfficerAssigned,
    PlacesCreated,
    PackagesCreated,
    PackageMoved,
    HandoverAccepted,
    HandoverFailed,
    AlertRaised,
)
