"""Announcement of an export, so that the log itself shows who exported what, and on which authority."""

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

FilterId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]+$", max_length=100)]
"""Id or code in a filter of an export; free text, which could describe a person, does not fit."""


class ExportAnnounced(Answer):
    """Entry that announces an export. It has an index and a proof some seconds later."""

    entry_id: str


class AnnounceExport(AuditRequest[ExportAnnounced]):
    """Announces an export in an entry of the log: by whom, with which filters, on which `authority` (a letter of assignment).

    AUDITOR and ADMIN of any area may announce: the log is public, so the announcement grants nothing. Without filters it
    covers the whole log. `since` is inclusive, `until` exclusive. Refuses with reason_unfit.
    """

    roles: ClassVar[frozenset[Role]] = READERS
    changes: ClassVar[bool] = True
    authority: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="Letter of assignment for the export, such as ST-123/2026; it stands in the public log."
    )
    subjects: tuple[FilterId, ...] = Field(
        default=(),
        max_length=50,
        description="Ids of things, for the entries with any of them as subject, concern or actor.",
    )
    actor_id: FilterId | None = Field(default=None, description="Id of a person, for the entries of their actions.")
    since: Moment | None = Field(default=None, description="Earliest moment of an entry.")
    until: Moment | None = Field(default=None, description="Moment that the entries are before.")

    def summary(self, size: int) -> str:
        """Returns the reason of the entry: the filters, and the `size` of the published log."""
        return f"{describe_filters(self.subjects, self.actor_id, self.since, self.until)}{_OF}{size} entries"


def describe_filters(
    subjects: Sequence[str], actor_id: str | None, since: datetime | None, until: datetime | None
) -> str:
    """Returns the filters of an export in one line. It is public: numbers long enough to be a person's are masked."""
    parts = [
        f"from {rfc3339(since)}" if since else "",
        f"before {rfc3339(until)}" if until else "",
        f"about {', '.join(subjects)}" if subjects else "",
        f"by {actor_id}" if actor_id else "",
    ]
    return masked("; ".join(filter(None, parts)) or EVERYTHING)


def filters_of(summary: str) -> str:
    """Returns the filters in the summary of an announcement, without the size of the log."""
    return summary.rpartition(_OF)[0]
