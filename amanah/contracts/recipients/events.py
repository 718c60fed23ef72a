"""What recipients announces."""

from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Event, Sha256, registry
from amanah.contracts.topics import RECIPIENTS


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


class RosterApproved(Event):
    """A roster is frozen. Its content is the object `bucket/key`: gzip of canonical JSON lines, one per recipient,
    `{"area","household","latitude_e6","longitude_e6","nik","recipientId","version"}` sorted by recipientId; `household`
    and `nik` are blind indexes (of "kk" and "nik"), `household` empty without a family card; older rosters have no `nik`.
    `hash` is the SHA-256 of the uncompressed content. A roster for payment has its payees in `bucket/payees_key` (see `payees`);
    `payees_hash` is the SHA-256 of that object's uncompressed content.
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
    payees_key: str | None = None
    payees_hash: Sha256 | None = None

    def key(self) -> str:
        """The roster."""
        return self.roster_id


EVENTS = registry(
    ImportStarted, ImportStaged, ImportFailed, ImportApproved, ImportApplied, RosterProposed, RosterApproved
)
