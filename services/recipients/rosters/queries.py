"""Queries on rosters."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.message import Many
from amanah.contracts.rosters import (
    GetRosters,
    ListRosters,
    RostersAnswer,
    RosterStatus,
    RosterView,
    VerifiedRoster,
    VerifyRoster,
)
from amanah.runtime.rpc import answers
from services.recipients.rosters.documents import ROSTERS
from services.recipients.rosters.views import roster_view, verified_roster
from services.recipients.store import Store, find_by_ids, in_scope, newest_page


@answers
async def get_rosters(store: Store, actor: Actor, ask: GetRosters) -> RostersAnswer:
    """Returns rosters by id, those of areas in the viewer's scope."""
    found = await find_by_ids(store[ROSTERS], ask.ids, in_scope(actor.scope(ask.roles)))
    return RostersAnswer(nodes=tuple(roster_view(each) for each in found))


@answers
async def list_rosters(store: Store, actor: Actor, ask: ListRosters) -> Many[RosterView]:
    """Returns a page of rosters of areas in the viewer's scope, the newest first."""
    wanted = {"program": ask.program_id, "status": ask.status}
    filters = {field: value for field, value in wanted.items() if value is not None}
    condition = {"$and": [filters, in_scope(actor.scope(ask.roles))]}
    return await newest_page(store[ROSTERS], condition, roster_view, first=ask.first, after=ask.after)


@answers
async def verify_roster(store: Store, _: Actor, ask: VerifyRoster) -> VerifiedRoster:
    """Returns the public facts of an approved roster."""
    found = await store[ROSTERS].get({"_id": ask.id, "status": RosterStatus.APPROVED})
    if found is None:
        raise NotFound("not_found.roster")
    return verified_roster(found)
