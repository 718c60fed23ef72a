"""The audit trail: who did what, when, on what authority; and proofs of it."""

from datetime import datetime

import strawberry

from amanah.contracts.areas import is_code
from amanah.contracts.audit.exports import AnnounceExport
from amanah.contracts.audit.proofs import AuditProofView, GetProof
from amanah.contracts.audit.search import AuditView, ListEntries
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.derive import over, resolver
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode


@strawberry.type(description="Who acted, in which role over which area.")
class AuditActor:
    """The actor of an entry."""

    id: strawberry.ID
    role: str
    area_code: strawberry.Private[str]
    known_name: strawberry.Private[str]

    @resolved("The actor's name as it is kept beside the log, which holds none; the id of who is not known.")
    async def name(self, info: Info) -> str:
        """The actor's name."""
        return self.known_name or await info.context.loaders.names.load(self.id) or self.id

    @resolved("Over which area the role is; none for the house itself.")
    def area(self, info: Info) -> Area | None:
        """The area of the role."""
        return area(info.context.areas, self.area_code) if is_code(self.area_code) else None


@strawberry.type(description="What an entry is about.")
class AuditSubject:
    """The subject of an entry."""

    type: str
    id: strawberry.ID


@strawberry.type(description="One line of the audit log. `index` is its place in the log.")
class AuditEntry(Node):
    """One entry."""

    index: int
    at: datetime = strawberry.field(description="When it happened, by the clock of the service that did it.")
    logged_at: datetime = strawberry.field(
        description="When the log took it in. This clock never runs backwards along `index`."
    )
    action: str
    outcome: str
    authority: str
    reason: str
    service: str
    trace_id: str
    actor: AuditActor
    subject: AuditSubject
    concerns: list[AuditSubject] = strawberry.field(
        description="What else it touches: the recipient and the package of a handover, the people on a page that was read."
    )


@over(AuditProofView)
class AuditProof:
    """Inclusion proof of one audit entry, to be checked with the log's public key alone."""


@strawberry.input(description="Which entries: all that is given must hold.")
class AuditFilter:
    """Which entries."""

    actor_id: strawberry.ID | None = strawberry.field(default=None, description="Who acted.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="What it was done to.")
    about: strawberry.ID | None = strawberry.field(
        default=None,
        description="The whole history of a recipient, package, officer or anything else with an id: its subject, actor or "
        "one of its `concerns`.",
    )
    action: str | None = strawberry.field(
        default=None, description="The exact action, or how it begins, with a `*` or `:` at the end: `recipients:*`."
    )
    authority: str | None = strawberry.field(
        default=None,
        description="The decree, assignment or request that allowed it; upper and lower case are the same.",
    )
    area: AreaCode | None = strawberry.field(
        default=None, description="Where: the actor's area or the subject's, with everything below it."
    )
    text: str | None = strawberry.field(
        default=None, description="Words of the reason, in any order; whole words, upper and lower case are the same."
    )
    from_: datetime | None = strawberry.field(name="from", default=None, description="`at` is this moment or later.")
    to: datetime | None = strawberry.field(default=None, description="`at` is before this moment.")


@strawberry.input(
    description="What is about to be exported, and on whose authority. Without filters it is the whole log."
)
class AnnounceExportInput:
    """An export that is announced."""

    authority: str = strawberry.field(
        description="The letter of assignment on which you export, such as ST-123/2026; it stands in the public log."
    )
    subjects: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Entries about any of these: as subject, concern or actor."
    )
    actor_id: strawberry.ID | None = strawberry.field(default=None, description="Entries of what this person did.")
    from_: datetime | None = strawberry.field(name="from", default=None, description="Entries from this moment on.")
    to: datetime | None = strawberry.field(default=None, description="Entries before this moment.")


@strawberry.type
class AnnounceExportPayload:
    """The announcement's entry, or what to mend."""

    entry_id: strawberry.ID | None
    user_errors: list[UserError]


def audit_entry(view: AuditView) -> AuditEntry:
    """The entry of a view."""
    return AuditEntry(
        id=strawberry.ID(view.id),
        index=view.index,
        at=view.at,
        logged_at=view.logged_at,
        action=view.action,
        outcome=view.outcome,
        authority=view.authority,
        reason=view.reason,
        service=view.service,
        trace_id=view.trace_id,
        actor=AuditActor(
            id=strawberry.ID(view.actor_id), role=view.actor_role, area_code=view.actor_area, known_name=view.actor_name
        ),
        subject=AuditSubject(type=view.subject_type, id=strawberry.ID(view.subject_id)),
        concerns=[AuditSubject(type=each.type, id=strawberry.ID(each.id)) for each in view.concerns],
    )


@strawberry.type
class AuditQueries:
    """Queries on the audit trail."""

    @resolved(
        "Entries whose actor acted for one of the viewer's areas, or whose subject lies there, by `at`, the newest first. How "
        "much one page reads is bounded: it may hold fewer than `first`, even none, and yet have a next one. `totalCount` "
        "counts no further than 1,000; with several conditions it is how many there are at least."
    )
    async def audit_entries(
        self, info: Info, filter: AuditFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[AuditEntry]:
        """A page of entries."""
        which = filter or AuditFilter()
        page = await info.context.call(
            ListEntries(
                actor_id=which.actor_id,
                subject_id=which.subject_id,
                about=which.about,
                action=which.action,
                authority=which.authority,
                area=which.area,
                text=which.text,
                since=which.from_,
                until=which.to,
                first=page_size(first),
                after=after,
            )
        )
        entries = [audit_entry(view) for view in page.nodes]
        return connection(entries, page.cursors, total=page.total, more=page.more, after=after, end=page.end)

    @resolver
    async def audit_proof(self, info: Info, entry_id: strawberry.ID) -> AuditProofView | None:
        """Proof that the entry is in the log."""
        return await info.context.call(GetProof(entry_id=entry_id))


@strawberry.type
class AuditMutations:
    """Mutations on the audit trail."""

    @resolved(
        "Announces an export of the log, for those who may read it: an entry `audit:log:export` says who exports what, and on "
        "whose authority. The log itself is public under `/log/`; `amanah audit export` calls this first. `auditProof` of "
        "`entryId` proves the announcement, some seconds later."
    )
    async def announce_export(self, info: Info, input: AnnounceExportInput) -> AnnounceExportPayload:
        """Announces an export."""
        entry_id, errors = await attempt(
            lambda: info.context.call(
                AnnounceExport(
                    authority=input.authority,
                    subjects=tuple(input.subjects or ()),
                    actor_id=input.actor_id,
                    since=input.from_,
                    until=input.to,
                )
            ),
            lambda view: strawberry.ID(view.entry_id),
        )
        return AnnounceExportPayload(entry_id=entry_id, user_errors=errors)
