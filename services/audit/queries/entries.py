"""The entries of the log, as auditors list and look them up."""

from amanah.contracts.actor import Actor
from amanah.contracts.audit import AuditPage, AuditView, EntriesByIds, ListEntries, Subject
from amanah.contracts.errors import BadInput
from amanah.mongo import Document
from services.audit.domain.terms import (
    FIRST,
    LAST,
    Span,
    Wanted,
    about,
    by,
    does,
    is_place,
    moment,
    of,
    on_authority,
    says,
)
from services.audit.store import Store


async def list_entries(store: Store, actor: Actor, ask: ListEntries) -> AuditPage:
    """See ListEntries."""
    found = await store.entries.page(actor.scope(ask.roles), _wanted(ask), ask.first, _place(ask.after))
    return AuditPage(
        nodes=tuple(map(_view, found.entries)),
        cursors=tuple(each["order"] for each in found.entries),
        end=found.end,
        total=found.total,
        more=found.end is not None,
    )


def _wanted(ask: ListEntries) -> Wanted:
    terms: list[str] = []
    if ask.actor_id is not None:
        terms.append(by(ask.actor_id))
    if ask.subject_id is not None:
        terms.append(of(ask.subject_id))
    if ask.about is not None:
        terms.append(about(ask.about))
    if ask.authority is not None:
        terms.append(on_authority(ask.authority))
    if ask.text is not None:
        terms += _words(ask.text)
    prefix = ""
    if ask.action is not None:
        whole, prefix = _action(ask.action)
        terms += [does(whole)] if whole else []
    span = Span(
        moment(ask.since) if ask.since is not None else FIRST,
        moment(ask.until) if ask.until is not None else LAST,
    )
    return Wanted(tuple(terms), ask.area, prefix, span)


def _action(text: str) -> tuple[str, str]:
    """The term of an action, exact or up to a colon, if there is one; and what it has to begin with besides."""
    prefix = text.removesuffix("*")
    if prefix == text or prefix.endswith(":"):
        return prefix, ""
    return prefix[: prefix.rfind(":") + 1], prefix


def _words(text: str) -> list[str]:
    words = says(text)
    if not words:
        raise BadInput("text: name a word that the reason holds.", field="text")
    return words


def _place(after: str | None) -> str | None:
    if after is not None and not is_place(after):
        raise BadInput("after: is no cursor of this list.", field="after")
    return after


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
