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
from services.recipients.rosters.views import roster_view
from services.recipients.store import Store, newest, within


@answers
async def get_rosters(store: Store, actor: Actor, ask: GetRosters) -> RostersAnswer:
    """Rosters by id."""
    found = await store.rosters_of(actor.scope(ask.roles), ask.ids)
    return RostersAnswer(nodes=tuple(roster_view(each) for each in found))


@answers
async def list_rosters(store: Store, actor: Actor, ask: ListRosters) -> Many[RosterView]:
    """See ListRosters."""
    wanted = {"program": ask.program_id, "status": ask.status}
    condition = within(actor.scope(ask.roles), {k: v for k, v in wanted.items() if v is not None})
    found, total, more = await newest(store.rosters, condition, ask.first, ask.after)
    return Many(
        nodes=tuple(roster_view(each) for each in found),
        cursors=tuple(each["_id"] for each in found),
        total=total,
        more=more,
    )


@answers
async def verify_roster(store: Store, _: Actor, ask: VerifyRoster) -> VerifiedRoster:
    """See VerifyRoster."""
    found = await store.rosters.get({"_id": ask.id, "status": RosterStatus.APPROVED})
    if found is None:
        raise NotFound("not_found.roster")
    return VerifiedRoster(
        id=found["_id"],
        period=found["period"],
        area=found["area"],
        size=found["size"],
        decree=found["decree"],
        approved_at=found["approvedAt"],
        hash=found["hash"],
    )
