"""Announcements of exports of the log, before the export begins."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, subjects_in
from amanah.contracts.audit.exports import AnnounceExport, ExportAnnounced
from amanah.contracts.public_text import fit_for_log
from amanah.runtime.rpc import answers
from services.audit.log.heads import read_published
from services.audit.store import Store


@answers
async def announce_export(store: Store, actor: Actor, ask: AnnounceExport) -> ExportAnnounced:
    """Records the announcement of an export. Its audit entry, the only change, is durable on return."""
    authority = fit_for_log(ask.authority, "authority")
    published = await read_published(store)
    entry_id = await store.outbox.record_entry(
        actor.anywhere(ask.roles),
        action=AuditAction.LOG_EXPORT,
        subject=Subject(type="Log", id=store.origin),
        concerns=subjects_in(ask),
        authority=authority,
        reason=ask.summary(published.checkpoint.size if published else 0),
    )
    return ExportAnnounced(entry_id=entry_id)
