"""Reactions to events of other services and to messages of partners: rosters, alarms of the audit log, EPCIS documents."""

from collections.abc import Mapping

from amanah.contracts.areas import NATION
from amanah.contracts.audit.events import LogAlarmed
from amanah.contracts.message import Event
from amanah.contracts.rosters import RosterApproved, RosterProposed
from amanah.contracts.topics import LOGISTICS_INTAKE
from amanah.runtime.bus.consumer import Poison, RawReaction, Reaction, Received
from amanah.runtime.mongo import Tx
from services.distribution.alerts.raising import NewAlert, raise_alert, settle_alert
from services.distribution.alerts.rules import ALERT_RULES
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.rounds.documents import ROSTERS
from services.distribution.store import Store


async def keep_proposed_roster(store: Store, tx: Tx, received: Received[RosterProposed]) -> None:
    """Stores a roster that waits for approval, so that a round over it is refused with the right reason."""
    event = received.event
    await store[ROSTERS].change(
        {"_id": event.roster_id},
        {
            "$setOnInsert": {
                "program": event.program_id,
                "period": event.period,
                "area": event.area,
                "size": event.size,
                "approved": False,
            }
        },
        upsert=True,
        tx=tx,
    )


async def keep_approved_roster(store: Store, tx: Tx, received: Received[RosterApproved]) -> None:
    """Stores an approved roster; a round may be opened over it from now on."""
    event = received.event
    await store[ROSTERS].put(
        {
            "_id": event.roster_id,
            "program": event.program_id,
            "period": event.period,
            "area": event.area,
            "size": event.size,
            "approved": True,
            "hash": event.hash,
            "decree": event.decree,
            "bucket": event.bucket,
            "key": event.object_key,
            "payees": {"key": event.payees_key, "hash": event.payees_hash or ""} if event.payees_key else None,
        },
        tx=tx,
    )


async def follow_log_alarm(store: Store, tx: Tx, received: Received[LogAlarmed]) -> None:
    """Raises the alert about a fault of the audit log, for the whole country; settles it when the fault is over."""
    event = received.event
    rule = ALERT_RULES.get(event.rule)
    if rule is None:
        raise Poison("undecodable.log_rule")
    if event.settled:
        await settle_alert(store, tx, rule.code, event.origin, event.once, event.at)
        return
    alert = NewAlert(rule, event.at, NATION, None, event.detail, "Log", event.origin, event.once)
    await raise_alert(store, tx, alert)


REACTIONS: Mapping[type[Event], Reaction] = {
    RosterProposed: keep_proposed_roster,
    RosterApproved: keep_approved_roster,
    LogAlarmed: follow_log_alarm,
}


def raw_reactions(intake: Intake) -> Mapping[str, RawReaction]:
    """Returns the reactions to messages that are no events of ours, by topic."""
    return {LOGISTICS_INTAKE.name: intake.sort}
