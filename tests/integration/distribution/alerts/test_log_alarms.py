"""Faults of the audit log become alerts of the nation, which are settled when they are over."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.alerts import AlertView, ListAlerts, UpdateAlert
from amanah.contracts.audit.events import LogAlarmed
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import NotFound
from amanah.runtime.bus.consumer import Poison, Received
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.queries import list_alerts
from services.distribution.cases.documents import CASES
from services.distribution.reactions import follow_log_alarm
from services.distribution.store import Store
from tests.integration.distribution.scene import Scene

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ORIGIN = "amanah.local/log"


async def alarm(store: Store, rule: str, once: str, *, settled: bool = False) -> None:
    event = LogAlarmed(origin=ORIGIN, rule=rule, once=once, at=NOW, detail="Two witnesses.", settled=settled)
    about = Envelope(
        id="evt_1", source="/amanah/audit", type=event.type, subject=ORIGIN, time=NOW, actor_id=SYSTEM.id,
        actor_role=SYSTEM.role, actor_area=SYSTEM.area,
    )  # fmt: skip
    received = Received(event, about, event.topic, 0, 0)
    await store.db.transaction(lambda tx: follow_log_alarm(store, tx, received))


async def alerts(store: Store, viewer: Actor) -> list[AlertView]:
    return list((await list_alerts(store, viewer, ListAlerts())).nodes)


async def test_who_oversees_the_nation_sees_it_and_nobody_else(store: Store, person: Callable[..., Actor]) -> None:
    await alarm(store, "log_forked", "first")
    await alarm(store, "log_forked", "first")
    for viewer in (person("Budi", AUDITOR="ID"), person("Tini", ADMIN="ID")):
        (alert,) = await alerts(store, viewer)
        assert (alert.rule, alert.severity, alert.area, alert.status) == ("log_forked", "CRITICAL", "ID", "OPEN")
        assert (alert.subject_type, alert.subject_id, alert.detail) == ("Log", ORIGIN, "Two witnesses.")
    assert await alerts(store, person("Rina", AUDITOR="32", SUPERVISOR="31")) == []


async def test_it_is_settled_and_comes_again_as_another(store: Store, person: Callable[..., Actor]) -> None:
    auditor = person("Budi", AUDITOR="ID")
    await alarm(store, "log_unwitnessed", "first")
    await alarm(store, "log_unwitnessed", "first", settled=True)
    await alarm(store, "log_unwitnessed", "second")
    assert [(alert.severity, alert.status) for alert in await alerts(store, auditor)] == [
        ("HIGH", "OPEN"),
        ("HIGH", "SETTLED"),
    ]


async def test_it_can_be_made_a_case_which_is_about_no_round(
    scene: Scene, store: Store, person: Callable[..., Actor]
) -> None:
    admin = person("Tini", ADMIN="ID", SUPERVISOR="ID")
    await alarm(store, "log_behind", "first")
    (alert,) = await alerts(store, admin)
    with pytest.raises(NotFound):
        await scene.answer(person("Rina", SUPERVISOR="32"), UpdateAlert(alert_id=alert.id, action="ACKNOWLEDGE"))
    escalated = await scene.answer(admin, UpdateAlert(alert_id=alert.id, action="ESCALATE"))
    (case,) = await store[CASES].list({})
    assert (escalated.case_id, case["round"], case["area"], case["level"]) == (case["_id"], None, "ID", "NATIONAL")


async def test_a_rule_that_is_not_known_is_parked(store: Store) -> None:
    with pytest.raises(Poison):
        await alarm(store, "log_flooded", "first")
    assert await store[ALERTS].count({}) == 0
