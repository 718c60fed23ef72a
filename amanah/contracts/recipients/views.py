"""What is shown of recipients, imports and rosters."""

from datetime import date

from pydantic import Field

from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Location, Moment


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
    """A page of recipients; each cursor continues after its node. `own_list`: they are the viewer's own work."""

    nodes: tuple[RecipientView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False
    own_list: bool = False

    def shown(self) -> tuple[str, ...]:
        """All of them, unless they are on a list of the viewer's own."""
        return () if self.own_list else tuple(each.id for each in self.nodes)


class RevealedNik(Answer):
    """The sixteen digits of a recipient's NIK; kept out of what is printed of the answer."""

    nik: str = Field(repr=False)


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
    """Versions of `recipient_id`, the newest first."""

    recipient_id: str = ""
    nodes: tuple[VersionView, ...] = ()
    total: int = 0
    more: bool = False

    def shown(self) -> tuple[str, ...]:
        """The recipient."""
        return (self.recipient_id,) if self.recipient_id else ()


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
    started_at: Moment
    started_by: By
    approved_by: By | None = None


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
    proposed_at: Moment
    proposed_by: By
    approved_at: Moment | None = None
    approved_by: By | None = None
