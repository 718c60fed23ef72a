"""What reads the register. Every question sees only what lies in the viewer's scope."""

from amanah.contracts.actor import Actor, Role
from amanah.contracts.errors import BadInput, NotFound, Refused
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RecipientPage, VersionPage
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from services.recipients.register.documents import nik_blind
from services.recipients.register.rules.nik import NIK, read
from services.recipients.register.rules.register import words
from services.recipients.register.views import _number, _version_view, recipient_view
from services.recipients.store import Store, within


@answers
async def list_recipients(store: Store, actor: Actor, ask: ListRecipients) -> RecipientPage:
    """A page of recipients by area and id. Raises BadInput for a NIK that cannot be one."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = within(scope, {"$and": [{}, *_filters(store, ask)]})
    found = await store.recipients.list(
        {"$and": [condition, _after(ask.after)]}, sort=[("area", 1), ("_id", 1)], limit=ask.first + 1
    )
    shown = found[: ask.first]
    return RecipientPage(
        nodes=tuple(recipient_view(store, r) for r in shown),
        cursors=tuple(f"{r['area']}~{r['_id']}" for r in shown),
        total=await store.recipients.count(condition),
        more=len(found) > ask.first,
    )


def _filters(store: Store, ask: ListRecipients) -> list[Condition]:
    filters: list[Condition] = []
    if ask.status is not None:
        filters.append({"status": ask.status})
    if ask.nik is not None:
        try:
            filters.append({"nikBlind": nik_blind(store.keys, read(NIK, ask.nik))})
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
    """Recipients by id."""
    found = await store.recipients_of(actor.scope(ask.roles), ask.ids)
    own_list = ask.own_list and actor.has({Role.OFFICER})
    return RecipientPage(nodes=tuple(recipient_view(store, r) for r in found), total=len(found), own_list=own_list)


@answers
async def list_versions(store: Store, actor: Actor, ask: ListVersions) -> VersionPage:
    """The history of one recipient; a cursor is a version's number."""
    if not await store.recipients_of(actor.scope(ask.roles), [ask.recipient_id]):
        raise NotFound("not_found.recipient")
    condition: Document = {"recipient": ask.recipient_id}
    older = condition if ask.after is None else condition | {"version": {"$lt": _number(ask.after)}}
    found = await store.versions.list(older, sort=[("version", -1)], limit=ask.first + 1)
    return VersionPage(
        recipient_id=ask.recipient_id,
        nodes=tuple(_version_view(store, v) for v in found[: ask.first]),
        total=await store.versions.count(condition),
        more=len(found) > ask.first,
    )
