"""The audit trail: who did what, when, on what authority; and proofs of it."""

from datetime import datetime

import strawberry
from strawberry import Parent

from amanah.contracts.areas import is_code
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.exports import AnnounceExport
from amanah.contracts.audit.proofs import AuditProofView, GetProof
from amanah.contracts.audit.search import AuditView, EntriesByIds, ListEntries
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.derive import input_over, output, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_size


@output
class AuditActor:
    """Person who acted, in which role over which area."""

    id: strawberry.ID
    role: str
    area_code: strawberry.Private[str]
    known_name: strawberry.Private[str]

    @resolver
    async def name(self, info: Info) -> str:
        """Name of the actor, which is kept beside the log; the id if the name is not known."""
        return self.known_name or await info.context.loaders.names.load(self.id) or self.id

    @resolver
    def area(self, info: Info) -> Area | None:
        """Area of the role; null for the system itself."""
        return area(info.context.areas, self.area_code) if is_code(self.area_code) else None


@over(Subject)
class AuditSubject:
    """Record that an entry is about."""


@over(
    AuditView,
    without=("actor_id", "actor_name", "actor_role", "actor_area", "subject_type", "subject_id"),
    found_by=EntriesByIds,
)
class AuditEntry(Node):
    """One line of the audit log."""

    trace_id: str

    @resolver
    @staticmethod
    def actor(entry: Parent[AuditView]) -> AuditActor:
        """Person who acted."""
        return AuditActor(
            id=strawberry.ID(entry.actor_id),
            role=entry.actor_role,
            area_code=entry.actor_area,
            known_name=entry.actor_name,
        )

    @resolver
    @staticmethod
    def subject(entry: Parent[AuditView]) -> Subject:
        """Record that the action was done to."""
        return Subject(type=entry.subject_type, id=entry.subject_id)


@over(AuditProofView)
class AuditProof:
    """Inclusion proof of one audit entry, to be checked with the log's public key alone."""


@input_over(ListEntries, without=("first", "after"))
class AuditFilter:
    """Filter of audit entries. All conditions must hold."""

    about: strawberry.ID | None = None
    since: datetime | None = strawberry.field(name="from", default=None)
    until: datetime | None = strawberry.field(name="to", default=None)


@input_over(AnnounceExport)
class AnnounceExportInput:
    """Export of the log that is announced, and its authority. Without filters it is the whole log."""

    subjects: list[strawberry.ID] | None = None
    since: datetime | None = strawberry.field(name="from", default=None)
    until: datetime | None = strawberry.field(name="to", default=None)


@payload
class AnnounceExportPayload:
    """Entry of the announcement, or the errors of the input."""

    entry_id: strawberry.ID | None = None


@strawberry.type
class AuditQueries:
    """Queries on the audit trail."""

    @resolver
    async def audit_entries(
        self, info: Info, filter: AuditFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[AuditView]:
        """Entries whose actor acted for one of the viewer's areas, or whose subject lies there, by `at`, the newest first.

        How much one page reads is bounded: it may hold fewer than `first`, even none, and yet have a next one. `totalCount`
        counts no further than 1,000; with several conditions it is how many there are at least.
        """
        page = await info.context.call(request(ListEntries, filter, first=page_size(first), after=after))
        return connection(page.nodes, page.cursors, total=page.total, more=page.more, after=after, end=page.end)

    @resolver
    async def audit_proof(self, info: Info, entry_id: strawberry.ID) -> AuditProofView | None:
        """Proof that the entry is in the log."""
        return await info.context.call(GetProof(entry_id=entry_id))


@strawberry.type
class AuditMutations:
    """Mutations on the audit trail."""

    @resolver
    @with_user_errors
    async def announce_export(self, info: Info, input: AnnounceExportInput) -> AnnounceExportPayload:
        """Announces an export of the log, for those who may read it: an entry `audit:log:export` says who exports what, and on
        whose authority.

        The log itself is public under `/log/`; `amanah audit export` calls this first. `auditProof` of `entryId` proves the
        announcement some seconds later.
        """
        view = await info.context.call(request(AnnounceExport, input))
        return AnnounceExportPayload(entry_id=strawberry.ID(view.entry_id))
