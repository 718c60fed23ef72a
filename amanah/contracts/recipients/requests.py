"""What recipients can be asked."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Many, Page, Sha256
from amanah.contracts.recipients.base import APPROVERS, READERS, REGISTRARS, REVEALERS, RecipientsRequest
from amanah.contracts.recipients.views import (
    ImportView,
    ProblemPage,
    RecipientPage,
    RevealedNik,
    RosterView,
    VersionPage,
)
from amanah.contracts.uploads import Upload, UploadPurpose


class CreateListUpload(RecipientsRequest[Upload]):
    """Where to PUT a recipient list. The declared size and sha256 are binding."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    changes: ClassVar[bool] = True
    purpose: UploadPurpose
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size: int = Field(ge=0)
    sha256: Sha256


class ImportRecipients(RecipientsRequest[ImportView]):
    """Reads an uploaded list, checks every row and stages what is right. The work goes on after the answer."""

    roles: ClassVar[frozenset[Role]] = REGISTRARS
    changes: ClassVar[bool] = True
    upload_id: str
    source: str = Field(min_length=1, max_length=100)
    period: str | None = Field(default=None, max_length=50)


class ApproveImport(RecipientsRequest[ImportView]):
    """Makes the staged rows versions on the register; by another person than the one who imported."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.APPROVER, Role.VERIFIER})
    changes: ClassVar[bool] = True
    import_id: str
    note: str | None = Field(default=None, max_length=1000)


class ImportsAnswer(Answer):
    """The imports found."""

    nodes: tuple[ImportView, ...] = ()


class GetImports(RecipientsRequest[ImportsAnswer]):
    """Imports by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)


class ListImports(Page[Many[ImportView]]):
    """Imports that the viewer may see, the newest first."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    status: str | None = Field(default=None, pattern=r"^(RUNNING|STAGED|APPLYING|APPLIED|FAILED)$")


class ListProblems(Page[ProblemPage]):
    """What was wrong with the rows of an import: row, column and code, never the value. So it shows nobody."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    import_id: str


class ListRecipients(Page[RecipientPage]):
    """Recipients in the viewer's scope. `nik` is matched exactly, `search` against the words of the name.

    The register is nobody's own list: each page is an entry of the audit log.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    area: AreaCode | None = None
    status: str | None = None
    search: str | None = Field(default=None, max_length=100)
    nik: str | None = Field(default=None, max_length=32)


class GetRecipients(RecipientsRequest[RecipientPage]):
    """Recipients by id, those the viewer may see; in any order.

    Each answer is an entry of the audit log, but for an officer's `own_list`: recipients whom distribution has named as the
    viewer's own work. The gateway says so, as it says who the viewer is; from anybody but an officer it counts for nothing.
    """

    roles: ClassVar[frozenset[Role]] = READERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=500)
    own_list: bool = False


class RevealNik(RecipientsRequest[RevealedNik]):
    """The full NIK of one recipient, for those who put people on the register and decide who they are, in their areas.

    Nobody else has to know it: not officers, who compare a card with the masked number, nor auditors, who read the log.
    Each call is an audit entry with its reason, before the answer. NotFound outside the viewer's scope; refuses with
    reason_unfit and reveals_spent.
    """

    roles: ClassVar[frozenset[Role]] = REVEALERS
    changes: ClassVar[bool] = True
    recipient_id: str = Field(max_length=64)
    reason: str = Field(min_length=10, max_length=300)


class ListVersions(Page[VersionPage]):
    """The history of one recipient, the newest version first. NotFound outside the viewer's scope.

    It tells former names, addresses and phones, which no day's work needs: it is an entry of the audit log for everybody.
    """

    service: ClassVar[str] = "recipients"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = READERS
    recipient_id: str


class ProposeRoster(RecipientsRequest[RosterView]):
    """Collects the active recipients of an area into a roster that waits for approval.

    `for_payment`: the program gives money, so that approval also keeps, sealed, whom to pay and where.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({Role.REGISTRAR, Role.SUPERVISOR, Role.ADMIN})
    changes: ClassVar[bool] = True
    program_id: str
    period: str = Field(min_length=1, max_length=50)
    area: AreaCode
    for_payment: bool = False


class ApproveRoster(RecipientsRequest[RosterView]):
    """Freezes a roster with its content hash, on the authority of a decree; by another person than the proposer."""

    roles: ClassVar[frozenset[Role]] = APPROVERS
    changes: ClassVar[bool] = True
    roster_id: str
    decree: str = Field(min_length=1, max_length=200)


class RostersAnswer(Answer):
    """The rosters found."""

    nodes: tuple[RosterView, ...] = ()


class ListRosters(Page[Many[RosterView]]):
    """Rosters of areas in the viewer's scope, the newest first."""

    service: ClassVar[str] = "recipients"
    roles: ClassVar[frozenset[Role]] = READERS
    program_id: str | None = None
    status: str | None = Field(default=None, pattern=r"^(PROPOSED|APPROVED|REJECTED)$")


class GetRosters(RecipientsRequest[RostersAnswer]):
    """Rosters by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=100)
