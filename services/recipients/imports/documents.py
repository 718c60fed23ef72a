"""Stored imports, their staged rows and their problems, with their indexes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict, TypeGuard

from amanah.contracts.audit.entry import Subject
from amanah.contracts.imports import ImportStatus
from amanah.runtime.tables import Table, index
from services.recipients.imports.rules.problems import Problem
from services.recipients.register.documents import BlindIndexes, PersonDocument, RecordDocument


class ActingDocument(PersonDocument):
    """A person in the role and area in which they acted."""

    area: str


class ImportDocument(TypedDict):
    """An import and its progress. `_id`: import.

    `granted` are the areas in which its rows may lie, `areas` those in which they lie as far as is known, `common` the
    smallest area that holds every row staged so far. `readTo` counts the rows that were read, `appliedTo` is the last
    row applied. `leaseBy` and `leaseUntil` are the lease of the instance that works on it.
    """

    _id: str
    status: ImportStatus
    source: str
    period: str | None
    upload: str
    sha256: str
    by: ActingDocument
    at: datetime
    granted: list[str]
    areas: list[str]
    common: NotRequired[str | None]
    rowsInSheet: int | None
    readTo: int
    nikLabel: str
    rowsTotal: int
    rowsAccepted: int
    rowsRejected: int
    rowsDuplicate: int
    failureCode: str | None
    failureMessage: str | None
    approvedBy: ActingDocument | None
    note: str | None
    appliedTo: int
    recipients: int
    leaseBy: str | None
    leaseUntil: datetime


_OfImport = TypedDict("_OfImport", {"_id": str, "import": str, "row": int})


class StagedRowDocument(_OfImport, BlindIndexes):
    """An accepted row of a list, until it is applied. `_id`: `import:row`.

    A row that is the `same` as an earlier one or the register has these fields alone.
    """

    same: bool


class ChangedRowDocument(StagedRowDocument, RecordDocument):
    """A staged row that makes a new version of the recipient `owner`."""

    owner: str


class ProblemDocument(_OfImport):
    """A wrong cell, the n-th of its row. `_id`: `import:row:n`."""

    n: int
    column: str
    code: str


IMPORTS = Table("imports", ImportDocument, index("status", "leaseUntil"), index("areas", "_id"))
STAGED_ROWS = Table(
    "staged_rows",
    StagedRowDocument,
    index("import", "row"),
    index("import", "nikBlind"),
    index("import", "personBlind"),
)
IMPORT_PROBLEMS = Table("import_problems", ProblemDocument, index("import", "row", "n"))


def is_changed(row: StagedRowDocument) -> TypeGuard[ChangedRowDocument]:
    """True for a staged row that makes a new version."""
    return not row["same"]


def problem_documents(import_id: str, problems: Sequence[Problem]) -> list[ProblemDocument]:
    """Problems as they are stored: by row, and by their order within the row."""
    count: dict[int, int] = {}
    documents: list[ProblemDocument] = []
    for problem in problems:
        n = count[problem.row] = count.get(problem.row, -1) + 1
        documents.append(
            {
                "_id": f"{import_id}:{problem.row:07}:{n:02}",
                "import": import_id,
                "row": problem.row,
                "n": n,
                "column": problem.column,
                "code": problem.code,
            }
        )
    return documents


def import_subject(document: ImportDocument) -> Subject:
    """An import as audit entries name it."""
    return Subject(type="RecipientImport", id=document["_id"])
