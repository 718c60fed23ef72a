"""Search of entries."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.audit.entry import Subject
from amanah.contracts.message import Answer, Many, Moment, Page


class AuditView(Answer):
    """One entry as auditors read it. `actor_name` is kept beside the log."""

    id: str
    index: int = Field(description="Place of the entry in the log.")
    at: Moment = Field(description="Time of the action by the clock of the service that did it.")
    logged_at: Moment = Field(
        description="Time at which the log accepted the entry. This clock never runs backwards along `index`."
    )
    action: str = Field(description="Action as `service:noun:verb`.")
    outcome: str
    authority: str
    reason: str = ""
    service: str
    trace_id: str = Field(description="Id of the request's trace.")
    actor_id: str
    actor_name: str
    actor_role: str
    actor_area: str
    subject_type: str
    subject_id: str
    concerns: tuple[Subject, ...] = Field(
        default=(),
        description="Related things: recipient and package of a handover, or the people on a page that was read.",
    )


class AuditPage(Many[AuditView]):
    """Page of entries by their own time, the newest first.

    `end` is the cursor of the next page if there may be `more`; a page without nodes has one, too. `total` is a lower bound:
    counting ends at COUNTED and, with several conditions, after 500 entries.
    """

    end: str | None = None


COUNTED = 1_000
"""Entries up to which a search counts."""


class ListEntries(Page[AuditPage]):
    """Lists entries whose actor or subject lies in the viewer's scope, newest first by `at`. All given filters must match.

    A page may have fewer than `first` entries and still have `more`: the work per page is bounded.
    """

    service: ClassVar[str] = "audit"
    roles: ClassVar[frozenset[Role]] = READERS
    actor_id: str | None = Field(default=None, max_length=100, description="Id of the actor.")
    subject_id: str | None = Field(default=None, max_length=200, description="Id of the subject.")
    about: str | None = Field(
        default=None,
        max_length=200,
        description="Id of a recipient, package, officer or anything else, for its whole history: entries with it as subject, "
        "actor or one of `concerns`.",
    )
    action: str | None = Field(
        default=None,
        max_length=100,
        description="Exact action, or a prefix that ends with `*` or `:`, such as `recipients:*`.",
    )
    authority: str | None = Field(
        default=None, max_length=200, description="Decree, assignment or request that allowed the action, in any case."
    )
    area: AreaCode | None = Field(
        default=None, description="Area of the actor or of the subject, with everything below it."
    )
    text: str | None = Field(
        default=None, max_length=200, description="Whole words of the reason, in any order and in any case."
    )
    since: datetime | None = Field(default=None, description="Earliest `at`.")
    until: datetime | None = Field(default=None, description="Moment that `at` is before.")


class EntriesByIds(AuditRequest[AuditPage]):
    """Returns entries by id, if the viewer may see them."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=500)
