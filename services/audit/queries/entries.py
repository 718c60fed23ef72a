"""The entries of the log, as auditors list and look them up."""

from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.audit import AuditPage, AuditView, EntriesByIds, ListEntries, Subject
from amanah.contracts.errors import BadInput
from amanah.mongo import Document
from services.audit.store import Store


async def list_entries(store: Store, actor: Actor, ask: ListEntries) -> AuditPage:
    """Entries whose actor or subject lies in the viewer's scope, the newest first."""
    found, total = await store.entries.page(actor.scope(ask.roles), _wanted(ask), ask.first + 1, _cursor(ask.after))
    shown = found[: ask.first]
    return AuditPage(
        nodes=tuple(map(_view, shown)),
        cursors=tuple(str(each["index"]) for each in shown),
        total=total,
        more=len(found) > ask.first,
    )


def _wanted(ask: ListEntries) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if ask.actor_id is not None:
        wanted["actorId"] = ask.actor_id
    if ask.subject_id is not None:
        wanted["subjectId"] = ask.subject_id
    if ask.action is not None:
        wanted["action"] = _action(ask.action)
    moments = {"$gte": ask.since, "$lt": ask.until}
    if given := {operator: moment for operator, moment in moments.items() if moment is not None}:
        wanted["at"] = given
    return wanted


def _action(text: str) -> str | dict[str, str]:
    prefix = text.removesuffix("*")
    return {"$gte": prefix, "$lt": prefix + "\uffff"} if text.endswith(("*", ":")) else text


def _cursor(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        raise BadInput("after: is no cursor of this list.", field="after")
    return int(after)


async def entries_by_ids(store: Store, actor: Actor, ask: EntriesByIds) -> AuditPage:
    """Those of the entries that the viewer may see."""
    found = await store.entries.by_ids(actor.scope(ask.roles), ask.ids)
    return AuditPage(nodes=tuple(map(_view, found)), total=len(found))


def _view(entry: Document) -> AuditView:
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
