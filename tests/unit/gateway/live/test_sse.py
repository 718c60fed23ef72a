"""The protocol graphql-sse with distinct connections: events, their ids, and where a stream continues."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amanah.contracts.actor import Role
from amanah.contracts.alerts import GetAlerts
from amanah.contracts.users import AccessRevoked
from amanah.runtime.identity import person_id
from gateway.changes import feed, history
from gateway.live import sse
from tests.unit.gateway.live.conftest import LiveHouse, alert_raised
from tests.unit.gateway.live.test_websocket import answer
from tests.waiting import eventually

Build = Callable[..., LiveHouse]

ALERTS = "subscription { alertRaised { id } }"


@pytest.fixture
def house(live: Build) -> LiveHouse:
    built = live()
    built.owners.answers[GetAlerts] = answer
    return built


def alert(event: Any) -> str:
    assert event["event"] == "next"
    return str(json.loads(event["data"])["data"]["alertRaised"]["id"])


async def test_each_change_is_an_event_with_an_id(house: LiveHouse) -> None:
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        assert stream.status == 200
        house.happens(alert_raised(1), "evt_a")
        first = await stream.next()
        assert first is not None
        assert alert(first) == "alr_1"
        assert first["id"].startswith("evt_a.")
        house.happens(alert_raised(2))
        assert alert(await stream.next()) == "alr_2"
    assert house.listeners == 0


async def test_nothing_is_missed_once_the_response_has_begun(house: LiveHouse) -> None:
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        for number in range(50):
            house.happens(alert_raised(number))
        assert [alert(await stream.next()) for _ in range(50)] == [f"alr_{n}" for n in range(50)]


async def test_a_stream_continues_after_the_last_event(house: LiveHouse) -> None:
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        house.happens(alert_raised(1))
        last = await stream.next()
        assert last is not None
    for number in (2, 3):
        house.happens(alert_raised(number))
    house.happens(alert_raised(4, area="33.01.01.2001"))
    async with house.events(ALERTS, last_event_id=last["id"]) as stream:
        assert [alert(await stream.next()) for _ in range(2)] == ["alr_2", "alr_3"]
        house.happens(alert_raised(5))
        assert alert(await stream.next()) == "alr_5"


async def test_a_position_of_another_gateway_overlaps(house: LiveHouse) -> None:
    now = time.time_ns() // 1_000_000
    for number, before in ((1, 60_000), (2, 1_000), (3, 900), (4, 0)):
        house.happens(alert_raised(number), f"evt_{number}", now - before)
    async with house.events(ALERTS, last_event_id="evt_3.000000") as stream:
        # What was published about the same time may have come in another order there.
        assert [alert(await stream.next()) for _ in range(2)] == ["alr_2", "alr_4"]


@pytest.mark.parametrize("position", ["evt_unknown.000000", "nonsense", "x" * 5_000, "."])
async def test_an_unknown_position_is_answered_with_reset(house: LiveHouse, position: str) -> None:
    async with house.events(ALERTS, last_event_id=position) as stream:
        assert await stream.next() == {"event": "reset", "data": "{}"}
        await eventually(lambda: house.listeners == 2)
        house.happens(alert_raised(1))
        assert alert(await stream.next()) == "alr_1"


async def test_the_history_is_bounded_in_number_and_time(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHANGES", 3)
    for number in range(5):
        house.happens(alert_raised(number), f"evt_{number}")
    known = [n for n in range(5) if f"evt_{n}" in house.feed.history]
    assert known == [2, 3, 4]
    house.happens(alert_raised(5), "evt_old", time.time_ns() // 1_000_000 - history.MINUTES * 60_000 - 1)
    house.happens(alert_raised(6), "evt_new")
    assert "evt_new" in house.feed.history


async def test_a_silent_stream_moves_its_position_on(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_KEEP_ALIVE_SECONDS", 0.01)
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        house.happens(alert_raised(1, area="33.01.01.2001"), "evt_elsewhere")
        found = await stream.next()
        assert found is not None
        assert (set(found), found["id"].startswith("evt_elsewhere.")) == ({"id"}, True)


async def test_a_refused_operation_is_an_event(house: LiveHouse) -> None:
    for query, code in (("subscription { nothing }", "BAD_USER_INPUT"), ("{ viewer { name } }", "BAD_USER_INPUT")):
        async with house.events(query) as stream:
            told = await stream.next()
            assert told is not None
            body = json.loads(told["data"])
            assert (told["event"], body["errors"][0]["extensions"]["code"]) == ("next", code)
            assert "data" not in body
            assert await stream.next() == {"event": "complete", "data": ""}
            assert await stream.next() is None


async def test_a_missing_role_is_an_event(house: LiveHouse) -> None:
    async with house.events(ALERTS, token=house.token("Warga", Role.RECIPIENT)) as stream:
        told = await stream.next()
        assert told is not None
        assert json.loads(told["data"])["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_without_a_valid_token_there_is_no_stream(house: LiveHouse) -> None:
    async with house.events(ALERTS, token="nonsense") as stream:
        body = json.loads(await stream.text())
        assert stream.status == 401
        assert body["errors"][0]["extensions"]["reason"] == "token_invalid"


@pytest.mark.parametrize(("headers", "status"), [({"content_type": "text/plain"}, 400)])
async def test_another_media_type_is_refused(house: LiveHouse, headers: dict[str, str], status: int) -> None:
    async with house.events(ALERTS, **headers) as stream:
        await stream.text()
        assert stream.status == status


async def test_the_end_of_the_token_ends_the_stream_with_its_reason(house: LiveHouse) -> None:
    token = house.token(lifetime=timedelta(seconds=0))
    async with house.events(ALERTS, token=token) as stream:
        told = await stream.next()
        assert told is not None
        extensions = json.loads(told["data"])["errors"][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("UNAUTHENTICATED", "token_expired")
        assert await stream.next() == {"event": "complete", "data": ""}
        assert await stream.next() is None
    assert house.listeners == 0


async def test_revoked_access_ends_the_stream(house: LiveHouse) -> None:
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        house.happens(AccessRevoked(user_id=person_id("Sari"), at="2026-11-24T03:00:00Z"))
        told = await stream.next()
        assert told is not None
        assert json.loads(told["data"])["errors"][0]["extensions"]["reason"] == "token_revoked"


async def test_a_reader_that_falls_behind_is_told_so(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PENDING", 5)
    async with house.events(ALERTS) as stream:
        await stream.started.wait()
        for number in range(7):
            house.happens(alert_raised(number))
        told = await stream.next()
        assert told is not None
        extensions = json.loads(told["data"])["errors"][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("THROTTLED", "slow_reader")
        assert await stream.next() == {"event": "complete", "data": ""}
    assert house.listeners == 0


async def test_streams_count_as_subscriptions(live: Build) -> None:
    house = live(subscriptions=1)
    async with house.events(ALERTS) as first:
        await first.started.wait()
        async with house.events(ALERTS) as second:
            body = json.loads(await second.text())
            assert second.status == 429
            assert body["errors"][0]["extensions"]["reason"] == "subscription_limit"
    async with house.events(ALERTS) as third:
        await third.started.wait()


async def test_a_request_for_no_events_is_answered_as_ever(house: LiveHouse) -> None:
    reply = await house.send("GET", "/graphql?query=%7B%20viewer%20%7B%20name%20%7D%20%7D")
    assert reply.status == 200
