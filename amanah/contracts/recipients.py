"""What the recipients service announces and what it can be asked."""

from datetime import date
from typing import ClassVar, Generic

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import A, Answer, Event, Location, Moment, Page, Request, Sha256, registry
from amanah.contracts.topics import RECIPIENTS
from amanah.contracts.uploads import Upload, UploadPurpose

READERS = frozenset(
    {Role.ADMIN, Role.REGISTRAR, Role.VERIFIER, Role.APPROVER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR}
)
REGISTRARS = frozenset({Role.REGISTRAR, Role.ADMIN})
APPROVERS = frozenset({Role.APPROVER})


class RecipientsRequest(Request[A], Generic[A]):
    """Anything the recipients service can be asked."""

    service: ClassVar[str] = "recipients"


# ---------------------------------------------------------------- views


class By(Answer):
    """A person as a version or decision names them."""

    id: str
    name: str
    role: str


class RecipientView(Answer):
    """A recipient as most may see them: NIK and family card number masked."""

    id: str
    nik: str
    name: str
    birth_date: date | None
    sex: str | None
    address: str
    status: str
    version: int
    area: AreaCode
    household_number: str
    household_size: int | None
    location: Location | None


class RecipientPage(Answer):
    """A page of recipients; each cursor continues after its node."""

    nodes: tuple[RecipientView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class FieldChange(Answer):
    """One field of a version; personal numbers are masked."""

    field: str
    before: str | None
    after: str | None


class VersionView(Answer):
    """One version of a recipient: who made it, when, on what authority and why."""

    version: int
    at: Moment
    by: By
    authority: str
    reason: str
    changes: tuple[FieldChange, ...]


class VersionPage(Answer):
    """Versions, the newest first."""

    nodes: tuple[VersionView, ...] = ()
    total: int = 0
    more: bool = False


class ImportView(Answer):
    """An import and how far it has come: RUNNING, STAGED, APPLYING, APPLIED or FAILED.

    A failed one says why in `failure_code` and `failure_message`.
    """

    id: str
    status: str
    source: str
    rows_total: int
    rows_accepted: int
    rows_rejected: int
    rows_duplicate: int
    failure_code: str | None = None
    failure_message: str | None = None


class RowProblem(Answer):
    """What was wrong with one cell: the row as the spreadsheet counts it, the column as the office named it."""

    row: int
    column: str
    code: str
    message: str


class ProblemPage(Answer):
    """Problems in the order of rows."""

    nodes: tuple[RowProblem, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class RosterView(Answer):
    """A roster: PROPOSED, then APPROVED with hash, decree and who approved; REJECTED otherwise."""

    id: str
    program_id: str
    period: str
    area: AreaCode
    status: str
    size: int
    hash: str | None = None
    decree: str | None = None
    proposed_by: By
    approved_by: By | None = None


# ---------------------------------------------------------------- requests


class CreateListUpload(RecipientsRequest[Upload]):
    """Where to PUT a recipient list. The declared size and sha256 are binding."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    purpose: UploadPurpose
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size: int = Field(gt=0)
    sha256: Sha256


class ImportRecipients(RecipientsRequest[ImportView]):
    """Reads an uploaded list, checks every row and stages what is right. The work goes on after the answer."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    upload_id: str
    source: str = Field(min_length=1, max_length=100)
    period: str | None = Field(default=None, max_length=50)


class ApproveImport(RecipientsRequest[ImportView]):
    """Makes the staged rows versions on the register; by another person than the one who imported."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.APPROVER, Role.VERIFIER})
    import_id: str
    note: str | None = Field(default=None, max_length=1000)


class ImportsAnswer(Answer):
    """The imports found."""

    nodes: tuple[ImportView, ...] = ()


class GetImports(RecipientsRequest[ImportsAnswer]):
    """Imports by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListProblems(Page[ProblemPage]):
    """What was wrong with the rows of an import."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    import_id: str


class ListRecipients(Page[RecipientPage]):
    """Recipients in the viewer's scope. `nik` is matched exactly, `search` against the words of the name."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    area: AreaCode | None = None
    status: str | None = None
    search: str | None = Field(default=None, max_length=100)
    nik: str | None = Field(default=None, max_length=32)


class GetRecipients(RecipientsRequest[RecipientPage]):
    """Recipients by id, those the viewer may see; in any order."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=500)


class ListVersions(Page[VersionPage]):
    """The history of one recipient, the newest version first. NotFound outside the viewer's scope."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    recipient_id: str


class ProposeRoster(RecipientsRequest[RosterView]):
    """Collects the active recipients of an area into a roster that waits for approval."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.REGISTRAR, Role.SUPERVISOR, Role.ADMIN})
    program_id: str
    period: str = Field(min_length=1, max_length=50)
    area: AreaCode


class ApproveRoster(RecipientsRequest[RosterView]):
    """Freezes a roster with its content hash, on the authority of a decree; by another person than the proposer."""

    roles: ClassVar[frozenset[Role]] = APPROVERS
    roster_id: str
    decree: str = Field(min_length=1, max_length=200)


class RostersAnswer(Answer):
    """The rosters found."""

    nodes: tuple[RosterView, ...] = ()


class GetRosters(RecipientsRequest[RostersAnswer]):
    """Rosters by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)


# ---------------------------------------------------------------- events


class ImportStaged(Event):
    """The rows of an import are checked and wait for approval."""

    type: ClassVar[str] = "id.amanah.recipients.import.staged.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    rows_total: int
    rows_accepted: int
    rows_rejected: int
    rows_duplicate: int

    def key(self) -> str:
        """The import."""
        return self.import_id


class ImportApplied(Event):
    """The staged rows of an import became versions on the register."""

    type: ClassVar[str] = "id.amanah.recipients.import.applied.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    recipients: int

    def key(self) -> str:
        """The import."""
        return self.import_id


class ImportStarted(Event):
    """A list was handed in."""

    type: ClassVar[str] = "id.amanah.recipients.import.started.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    source: str
    sha256: Sha256

    def key(self) -> str:
        """The import."""
        return self.import_id


class ImportApproved(Event):
    """A second person approved an import; its rows are being applied."""

    type: ClassVar[str] = "id.amanah.recipients.import.approved.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str

    def key(self) -> str:
        """The import."""
        return self.import_id


class ImportFailed(Event):
    """An import could not be read."""

    type: ClassVar[str] = "id.amanah.recipients.import.failed.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    code: str

    def key(self) -> str:
        """The import."""
        return self.import_id


class RosterProposed(Event):
    """A roster waits for approval."""

    type: ClassVar[str] = "id.amanah.recipients.roster.proposed.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    roster_id: str
    program_id: str
    period: str
    area: AreaCode
    size: int

    def key(self) -> str:
        """The roster."""
        return self.roster_id


class VillageCount(Answer):
    """How many recipients of a roster live in one village."""

    area: AreaCode
    count: int


class RosterApproved(Event):
    """A roster is frozen. Its content is the object `bucket/key`: gzip of canonical JSON lines, one per recipient,
    `{"area","household","latitude_e6","longitude_e6","recipientId","version"}` sorted by recipientId; `hash` is the
    SHA-256 of the uncompressed content.
    """

    type: ClassVar[str] = "id.amanah.recipients.roster.approved.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    roster_id: str
    program_id: str
    period: str
    area: AreaCode
    size: int
    hash: Sha256
    decree: str
    bucket: str
    object_key: str
    villages: tuple[VillageCount, ...]

    def key(self) -> str:
        """The roster."""
        return self.roster_id


EVENTS = registry(
    ImportStarted, ImportStaged, ImportFailed, ImportApproved, ImportApplied, RosterProposed, RosterApproved
)
