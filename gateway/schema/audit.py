"""The audit trail: who did what, when, on what authority; and proofs of it."""

from datetime import datetime

import strawberry

from amanah.contracts import audit as contract
from amanah.contracts.areas import is_code
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.fields import resolved
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, connection, page_size


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
    at: datetime
    action: str
    outcome: str
    authority: str
    reason: str
    service: str
    trace_id: str
    actor: AuditActor
    subject: AuditSubject


@strawberry.type(description="What an outsider needs to check one entry with the log's public key and nothing else.")
class AuditProof:
    """An inclusion proof."""

    index: int
    tree_size: int
    leaf: str = strawberry.field(description="The entry's text; its UTF-8 bytes are the leaf.")
    checkpoint: str = strawberry.field(description="The signed checkpoint that the proof leads to.")
    proof: str = strawberry.field(description="The proof as c2sp.org/tlog-proof@v1 text.")


@strawberry.input(description="Which entries. `action` is exact, or a prefix when it ends with `*` or `:`.")
class AuditFilter:
    """Which entries."""

    actor_id: strawberry.ID | None = None
    subject_id: strawberry.ID | None = None
    action: str | None = None
    from_: datetime | None = strawberry.field(name="from", default=None)
    to: datetime | None = None


def audit_entry(view: contract.AuditView) -> AuditEntry:
    """The entry of a view."""
    return AuditEntry(
        id=strawberry.ID(view.id),
        index=view.index,
        at=view.at,
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
    )


def audit_proof(view: contract.AuditProofView | contract.Evidence) -> AuditProof:
    """The proof of a view."""
    return AuditProof(
        index=view.index, tree_size=view.tree_size, leaf=view.leaf, checkpoint=view.checkpoint, proof=view.proof
    )


@strawberry.type
class AuditQueries:
    """Queries on the audit trail."""

    @resolved("Entries whose actor or subject lies in the viewer's areas, the newest first.")
    async def audit_entries(
        self, info: Info, filter: AuditFilter | None = None, first: int | None = PAGE, after: str | None = None
    ) -> Connection[AuditEntry]:
        """A page of entries."""
        which = filter or AuditFilter()
        page = await info.context.call(
            contract.ListEntries(
                actor_id=which.actor_id,
                subject_id=which.subject_id,
                action=which.action,
                since=which.from_,
                until=which.to,
                first=page_size(first),
                after=after,
            )
        )
        entries = [audit_entry(view) for view in page.nodes]
        return connection(entries, page.cursors, total=page.total, more=page.more, after=after)

    @resolved("A proof that the entry is in the log.")
    async def audit_proof(self, info: Info, entry_id: strawberry.ID) -> AuditProof | None:
        """A proof for one entry."""
        view = await info.context.call(contract.GetProof(entry_id=entry_id))
        return audit_proof(view)
