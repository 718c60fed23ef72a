"""Entries as the contract shows them."""

from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.search import AuditView
from services.audit.search.documents import EntryDocument


def entry_view(entry: EntryDocument) -> AuditView:
    """Returns an entry without its actor's name, which only the gateway knows."""
    return AuditView(
        id=entry["_id"],
        index=entry["index"],
        at=entry["at"],
        logged_at=entry["loggedAt"],
        action=entry["action"],
        outcome=entry["outcome"],
        authority=entry["authority"],
        reason=entry["reason"],
        service=entry["service"],
        trace_id=entry["trace"],
        actor_id=entry["actorId"],
        actor_name="",
        actor_role=entry["actorRole"],
        actor_area=entry["actorArea"],
        subject_type=entry["subjectType"],
        subject_id=entry["subjectId"],
        concerns=tuple(Subject(**each) for each in entry["concerns"]),
    )
