"""Audit entries as a filtered list, and by id."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit.search import AuditPage, EntriesByIds, ListEntries
from amanah.contracts.errors import BadInput
from amanah.runtime.rpc import answers
from services.audit.search.documents import ENTRIES
from services.audit.search.lookup import find_entries
from services.audit.search.pages import find_page
from services.audit.search.rules import terms
from services.audit.search.rules.terms import FIRST, LAST, OrderRange, SearchFilters
from services.audit.search.views import entry_view
from services.audit.store import Store


@answers
async def list_entries(store: Store, actor: Actor, ask: ListEntries) -> AuditPage:
    """Returns a page of the entries that match the filters, the newest first."""
    if ask.after is not None and not terms.is_order(ask.after):
        raise BadInput("bad_input.cursor", "after")
    page = await find_page(store[ENTRIES], actor.scope(ask.roles), _filters(ask), ask.first, ask.after)
    return AuditPage(
        nodes=tuple(map(entry_view, page.entries)),
        cursors=tuple(each["order"] for each in page.entries),
        end=page.end,
        total=page.total,
        more=page.end is not None,
    )


def _filters(ask: ListEntries) -> SearchFilters:
    given = [
        (ask.actor_id, terms.actor_term), (ask.subject_id, terms.subject_term), (ask.about, terms.about_term), (ask.authority, terms.authority_term),
    ]  # fmt: skip
    every = [term(value) for value, term in given if value is not None]
    prefix = ""
    if ask.action is not None:
        whole, prefix = _action(ask.action)
        every += [terms.action_term(whole)] if whole else []
    if ask.text is not None:
        every += _words(ask.text)
    since, until = (None if at is None else terms.order_at(at) for at in (ask.since, ask.until))
    return SearchFilters(tuple(every), ask.area, prefix, OrderRange(since or FIRST, until or LAST))


def _action(text: str) -> tuple[str, str]:
    """Returns an action's term, exact or up to a colon, if it has one, and a prefix that no term covers."""
    prefix = text.removesuffix("*")
    if prefix == text or prefix.endswith(":"):
        return prefix, ""
    return prefix[: prefix.rfind(":") + 1], prefix


def _words(text: str) -> list[str]:
    words = terms.word_terms(text)
    if not words:
        raise BadInput("bad_input.search_text", "text")
    return words


@answers
async def entries_by_ids(store: Store, actor: Actor, ask: EntriesByIds) -> AuditPage:
    """Returns entries by id, those the viewer may see."""
    found = await find_entries(store, actor.scope(ask.roles), ask.ids)
    return AuditPage(nodes=tuple(map(entry_view, found)), total=len(found))
