"""Entries as they are listed and looked up."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.audit.entry import Subject
from amanah.contracts.message import Answer, Moment, Page


class AuditView(Answer):
    """One entry as auditors read it. `index` is its place in the log; `actor_name` is kept beside the log.

    `at` is when it happened by the clock of the service that did it, `logged_at` when the log took it in: that clock never
    runs backwards along the indexes.
    """

    id: str
    index: int
    at: Moment
    logged_at: Moment
    action: str
    outcome: str
    authority: str
    reason: str = ""
    service: str
    trace_id: str
    actor_id: str
    actor_name: str
    actor_role: str
    actor_area: str
    subject_type: str
    subject_id: str
    concerns: tuple[Subject, ...] = ()


class AuditPage(Answer):
    """A page of entries by the time they tell, the newest first.

    `end` is the cursor to go on after, when there may be `more`; a page without nodes has one, too. `total` is how many there
    are at least: counting ends at COUNTED, and where several conditions hold, when 500 entries have been looked at.
    """

    nodes: tuple[AuditView, ...] = ()
    cursors: tuple[str, ...] = ()
    end: str | None = None
    total: int = 0
    more: bool = False


COUNTED = 1_000


class ListEntries(Page[AuditPage]):
    """Entries whose actor or subject lies in the viewer's scope, newest first by `at`. All that is given must hold.

    `about` finds the whole history of a recipient, package, officer or anything else that has an id: entries whose subject,
    actor or concern it is. `action` is exact, or a prefix when it ends with `*` or `:`. `area` is the actor's or the
    subject's, with everything below it. `text` are words of the reason, each of which it must hold. `since` and `until`
    bound `at`. A page may hold fewer than `first` and yet have `more`: how much one page reads is bounded.
    """

    service: ClassVar[str] = "audit"
    roles: ClassVar[frozenset[Role]] = READERS
    actor_id: str | None = Field(default=None, max_length=100)
    subject_id: str | None = Field(default=None, max_length=200)
    about: str | None = Field(default=None, max_length=200)
    action: str | None = Field(default=None, max_length=100)
    authority: str | None = Field(default=None, max_length=200)
    area: AreaCode | None = None
    text: str | None = Field(default=None, max_length=200)
    since: datetime | None = None
    until: datetime | None = None


class EntriesByIds(AuditRequest[AuditPage]):
    """Entries by id, those the viewer may see."""

    roles: ClassVar[frozenset[Role]] = READERS
    ids: tuple[str, ...] = Field(max_length=500)
