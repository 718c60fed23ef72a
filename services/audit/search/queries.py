"""Audit entries as a filtered list, and by id."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.search import AuditPage, AuditView, EntriesByIds, ListEntries
from amanah.contracts.errors import BadInput
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.audit.search.rules import terms
from services.audit.search.rules.terms import FIRST, LAST, Span, Wanted
from services.audit.store import Store


@answers
async def list_entries(store: Store, actor: Actor, ask: ListEntries) -> AuditPage:
    """Returns a page of the entries that match the filters, the newest first."""
    found = await store.entries.page(actor.scope(ask.roles), _wanted(ask), ask.first, _place(ask.after))
    return AuditPage(
        nodes=tuple(map(_view, found.entries)),
        cursors=tuple(each["order"] for each in found.entries),
        end=found.end,
        total=found.total,
        more=found.end is not None,
    )


def _wanted(ask: ListEntries) -> Wanted:
    given = [
        (ask.actor_id, terms.by), (ask.subject_id, terms.of), (ask.about, terms.about), (ask.authority, terms.on_authority),
    ]  # fmt: skip
    every = [term(value) for value, term in given if value is not None]
    prefix = ""
    if ask.action is not None:
        whole, prefix = _action(ask.action)
        every += [terms.does(whole)] if whole else []
    if ask.text is not None:
        every += _words(ask.text)
    since, until = (None if at is None else terms.moment(at) for at in (ask.since, ask.until))
    return Wanted(tuple(every), ask.area, prefix, Span(since or FIRST, until or LAST))


def _action(text: str) -> tuple[str, str]:
    """The term of an action, exact or up to a colon, if there is one; and what it has to begin with besides."""
    prefix = text.removesuffix("*")
    if prefix == text or prefix.endswith(":"):
        return prefix, ""
    return prefix[: prefix.rfind(":") + 1], prefix


def _words(text: str) -> list[str]:
    words = terms.says(text)
    if not words:
        raise BadInput("bad_input.search_text", "text")
    return words


def _place(after: str | None) -> str | None:
    if after is not None and not terms.is_place(after):
        raise BadInput("bad_input.cursor", "after")
    return after


@answers
async def entries_by_ids(store: Store, actor: Actor, ask: EntriesByIds) -> AuditPage:
    """Returns entries by id, those the viewer may see."""
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
