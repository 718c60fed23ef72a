"""Contract of imports: recipient lists that are read, checked, approved and applied."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.message import Answer, Event, Many, Moment, Page, Sha256
from amanah.contracts.recipients import READERS, REGISTRARS, By, RecipientsRequest
from amanah.contracts.topics import RECIPIENTS
from amanah.contracts.uploads import Upload, UploadPurpose


class ImportStatus(StrEnum):
    """State of an import. Rows are read while it is RUNNING and count on the register once it is APPLIED."""

    RUNNING = "RUNNING"
    STAGED = "STAGED"
    APPLYING = "APPLYING"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


class ImportView(Answer):
    """Recipient list and the progress of its import."""

    id: str
    status: ImportStatus
    source: str = Field(description="Office or system that the list is from.")
    rows_total: int
    rows_accepted: int
    rows_rejected: int
    rows_duplicate: int
    failure_code: str | None = Field(default=None, description="Error code of a FAILED import.")
    failure_message: str | None = Field(default=None, description="The error in words, with what to do.")
    started_at: Moment
    started_by: By
    approved_by: By | None = None


class RowProblem(Answer):
    """Error in one cell of a list."""

    row: int = Field(description="Row as the spreadsheet counts it.")
    column: str = Field(description="Column as the list names it.")
    code: str
    message: str


class ProblemPage(Many[RowProblem]):
    """Page of problems in the order of rows."""


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
        """The import's id."""
        return self.import_id


class ImportAdvanced(Event):
    """A batch of rows was checked, while the import is RUNNING, or applied, while it is APPLYING; `row` is how far it is."""

    type: ClassVar[str] = "id.amanah.recipients.import.advanced.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    status: ImportStatus
    row: int

    def key(self) -> str:
        """The import's id."""
        return self.import_id


class ImportApplied(Event):
    """The staged rows of an import became versions on the register."""

    type: ClassVar[str] = "id.amanah.recipients.import.applied.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    recipients: int

    def key(self) -> str:
        """The import's id."""
        return self.import_id


class ImportStarted(Event):
    """The import of a list started."""

    type: ClassVar[str] = "id.amanah.recipients.import.started.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    source: str
    sha256: Sha256

    def key(self) -> str:
        """The import's id."""
        return self.import_id


class ImportApproved(Event):
    """A second person approved an import; its rows are being applied."""

    type: ClassVar[str] = "id.amanah.recipients.import.approved.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str

    def key(self) -> str:
        """The import's id."""
        return self.import_id


class ImportFailed(Event):
    """The list of an import could not be read."""

    type: ClassVar[str] = "id.amanah.recipients.import.failed.v1"
    topic: ClassVar[str] = RECIPIENTS.name
    import_id: str
    code: str

    def key(self) -> str:
        """The import's id."""
        return self.import_id


class CreateListUpload(RecipientsRequest[Upload]):
    """Creates an upload for a recipient list. The declared size and sha256 are binding."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    changes: ClassVar[bool] = True
    purpose: UploadPurpose
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size: int = Field(ge=0)
    sha256: Sha256


class ImportRecipients(RecipientsRequest[ImportView]):
    """Imports an uploaded list: checks every row and stages the accepted ones. The work continues after the answer."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    changes: ClassVar[bool] = True
    upload_id: str
    source: str = Field(min_length=1, max_length=100, description="Office or system that the list is from.")
    period: str | None = Field(default=None, max_length=50)


class ApproveImport(RecipientsRequest[ImportView]):
    """Approves an import, so that its rows become versions. The approver must not be the person who imported."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.APPROVER, Role.VERIFIER})
    changes: ClassVar[bool] = True
    import_id: str
    note: str | None = Field(default=None, max_length=1000)


class ImportsAnswer(Answer):
    """Imports found by id."""

    nodes: tuple[ImportView, ...] = ()


class GetImports(RecipientsRequest[ImportsAnswer]):
    """Returns imports by id, those in the viewer's scope."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListImports(Page[Many[ImportView]]):
    """Lists imports in the viewer's scope, the newest first."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    status: ImportStatus | None = None


class ListProblems(Page[ProblemPage]):
    """Lists the problems of an import: row, column and code, never the value; so an answer has no personal data."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    import_id: str
