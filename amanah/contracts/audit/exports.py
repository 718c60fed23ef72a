"""An export that its maker announces: so that the log itself tells who took what home, and on whose authority."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from amanah.contracts.actor import Role
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.message import Answer, Moment, rfc3339
from amanah.contracts.public_text import masked

EVERYTHING = "the whole log"

_OF = "; of "

AskedId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]+$", max_length=100)]
"""An id or a code as a filter of an export has it; no text in which somebody could be described."""


class ExportAnnounced(Answer):
    """The entry that announces an export; it has its place in the log, and a proof, some seconds later."""

    entry_id: str


class AnnounceExport(AuditRequest[ExportAnnounced]):
    """Says, in an entry of the log, who is about to export it, what of it, and on whose `authority` (a letter of assignment).

    Whoever may read the log anywhere may announce; the log is public, so that the announcement opens nothing. Without filters
    the whole log is announced. `since` is included, `until` is not. Refuses with reason_unfit.
    """

    roles: ClassVar[frozenset[Role]] = READERS
    changes: ClassVar[bool] = True
    authority: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="Letter of assignment for the export, such as ST-123/2026; it stands in the public log."
    )
    subjects: tuple[AskedId, ...] = Field(
        default=(),
        max_length=50,
        description="Ids of things, for the entries with any of them as subject, concern or actor.",
    )
    actor_id: AskedId | None = Field(default=None, description="Id of a person, for the entries of their actions.")
    since: Moment | None = Field(default=None, description="Earliest moment of an entry.")
    until: Moment | None = Field(default=None, description="Moment that the entries are before.")

    def told(self, size: int) -> str:
        """What the entry says was asked for, of a log of `size` published entries."""
        return f"{asked(self.subjects, self.actor_id, self.since, self.until)}{_OF}{size} entries"


def asked(subjects: Sequence[str], actor_id: str | None, since: datetime | None, until: datetime | None) -> str:
    """What an export asks for, in one line. It is public: numbers long enough to be somebody's are masked."""
    parts = [
        f"from {rfc3339(since)}" if since else "",
        f"before {rfc3339(until)}" if until else "",
        f"about {', '.join(subjects)}" if subjects else "",
        f"by {actor_id}" if actor_id else "",
    ]
    return masked("; ".join(filter(None, parts)) or EVERYTHING)


def asked_for(told: str) -> str:
    """What an announcement's entry says was asked for, without how large the log was then."""
    return told.rpartition(_OF)[0]
