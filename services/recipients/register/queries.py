"""Queries on the register. Each returns only recipients in the viewer's scope."""

from amanah.contracts.actor import Actor, Role
from amanah.contracts.errors import BadInput, NotFound, Refused
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RecipientPage, VersionPage
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from services.recipients.register.documents import RECIPIENTS, VERSIONS
from services.recipients.register.personal_data import nik_blind_index
from services.recipients.register.rules.nik import NIK, parse
from services.recipients.register.rules.records import words
from services.recipients.register.views import recipient_view, version_view
from services.recipients.store import Store, find_by_ids, in_scope, parse_number_cursor


@answers
async def list_recipients(store: Store, actor: Actor, ask: ListRecipients) -> RecipientPage:
    """Returns a page of recipients by area and id. Raises BadInput for an impossible NIK."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition: Condition = {"$and": [in_scope(scope), *_filters(store, ask)]}
    found = await store[RECIPIENTS].list(
        {"$and": [condition, _after(ask.after)]}, sort=[("area", 1), ("_id", 1)], limit=ask.first + 1
    )
    page = found[: ask.first]
    return RecipientPage(
        nodes=tuple(recipient_view(store, r) for r in page),
        cursors=tuple(f"{r['area']}~{r['_id']}" for r in page),
        total=await store[RECIPIENTS].count(condition),
        more=len(found) > ask.first,
    )


def _filters(store: Store, ask: ListRecipients) -> list[Condition]:
    filters: list[Condition] = []
    if ask.status is not None:
        filters.append({"status": ask.status})
    if ask.nik is not None:
        try:
            filters.append({"nikBlind": nik_blind_index(store.keys, parse(NIK, ask.nik))})
        except Refused as refused:
            raise BadInput.with_text(refused.code, refused.text, "nik") from None
    # Each word must begin a word of the name.
    filters += [{"words": {"$elemMatch": {"$gte": w, "$lt": w + "\uffff"}}} for w in words(ask.search or "")]
    return filters


def _after(cursor: str | None) -> Condition:
    if cursor is None:
        return {}
    area, tilde, identifier = cursor.partition("~")
    if not tilde:
        raise BadInput("bad_input.cursor", "after")
    return {"$or": [{"area": {"$gt": area}}, {"area": area, "_id": {"$gt": identifier}}]}


@answers
async def get_recipients(store: Store, actor: Actor, ask: GetRecipients) -> RecipientPage:
    """Returns recipients by id, in any order."""
    found = await find_by_ids(store[RECIPIENTS], ask.ids, in_scope(actor.scope(ask.roles)))
    own_list = ask.own_list and actor.has({Role.OFFICER})
    return RecipientPage(nodes=tuple(recipient_view(store, r) for r in found), total=len(found), own_list=own_list)


@answers
async def list_versions(store: Store, actor: Actor, ask: ListVersions) -> VersionPage:
    """Returns the versions of one recipient, the newest first; a cursor is the number of a version."""
    if not await find_by_ids(store[RECIPIENTS], [ask.recipient_id], in_scope(actor.scope(ask.roles))):
        raise NotFound("not_found.recipient")
    condition: Condition = {"recipient": ask.recipient_id}
    older = condition if ask.after is None else {**condition, "version": {"$lt": parse_number_cursor(ask.after)}}
    found = await store[VERSIONS].list(older, sort=[("version", -1)], limit=ask.first + 1)
    return VersionPage(
        recipient_id=ask.recipient_id,
        nodes=tuple(version_view(store, v) for v in found[: ask.first]),
        total=await store[VERSIONS].count(condition),
        more=len(found) > ask.first,
    )
