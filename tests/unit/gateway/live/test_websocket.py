"""The protocol graphql-transport-ws: its messages, and every way in which a connection ends."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amanah.contracts.alerts import AlertPage, AlertView, GetAlerts
from amanah.contracts.users import AccessRevoked
from amanah.runtime.identity import person_id
from gateway.changes import feed
from gateway.live import streams, websocket
from tests.unit.gateway.live.conftest import VILLAGE, LiveHouse, alert_raised
from tests.waiting import eventually

Build = Callable[..., LiveHouse]

ALERTS = "subscription { alertRaised { id } }"


def answer(ask: GetAlerts, _: object) -> AlertPage:
    fields: dict[str, Any] = {
        "rule": "silent_round", "severity": "HIGH", "at": "2026-11-24T03:00:00Z", "area": VILLAGE, "detail": "x",
        "subject_type": "Round", "subject_id": "rnd_1", "status": "OPEN",
    }  # fmt: skip
    return AlertPage(nodes=tuple(AlertView(id=i, **fields) for i in ask.ids))


@pytest.fixture
def build(live: Build) -> Build:
    """Builds a gateway whose owner knows every alert."""

    def made(**settings: Any) -> LiveHouse:
        house = live(**settings)
        house.owners.answers[GetAlerts] = answer
        return house

    return made


@pytest.fixture
def house(build: Build) -> LiveHouse:
    return build()


async def test_a_subscription_runs_until_the_client_completes_it(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await socket.init(house.token())
        await socket.follow(ALERTS, "a")
        house.happens(alert_raised(1))
        expected = {"id": "a", "type": "next", "payload": {"data": {"alertRaised": {"id": "alr_1"}}}}
        assert await socket.next() == expected
        socket.say({"type": "complete", "id": "a"})
        assert await socket.nothing()
        await eventually(lambda: house.listeners == 1)  # the watch over the session
        house.happens(alert_raised(2))
        assert await socket.nothing()
        socket.subscribe(ALERTS, "a")  # the id is free again
        assert await socket.nothing()
        house.happens(alert_raised(3))
        assert (await socket.next())["payload"]["data"]["alertRaised"]["id"] == "alr_3"


async def test_everything_of_a_closed_connection_is_freed(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.subscribe(ALERTS, "a")
        await socket.follow(ALERTS, "b")
        assert house.listeners == 3
    assert house.listeners == 0


async def test_a_ping_is_answered_with_its_payload(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.say({"type": "ping", "payload": {"n": 1}})
        assert await socket.next() == {"type": "pong", "payload": {"n": 1}}
        socket.say({"type": "pong"})
        assert await socket.nothing()


async def test_the_token_may_come_in_the_header_of_the_handshake(house: LiveHouse) -> None:
    async with house.socket(token=house.token()) as socket:
        socket.say({"type": "connection_init"})
        assert await socket.next() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "token_missing"),
        ({}, "token_missing"),
        ({"authorization": "Bearer nonsense"}, "token_invalid"),
        ({"authorization": "Basic abc"}, "token_missing"),
    ],
)
async def test_a_token_that_is_not_accepted(house: LiveHouse, payload: Any, reason: str) -> None:
    async with house.socket() as socket:
        socket.say({"type": "connection_init", "payload": payload})
        assert await socket.next() == (4401, reason)


async def test_an_expired_token_is_refused(house: LiveHouse) -> None:
    async with house.socket() as socket:
        token = house.token(lifetime=timedelta(minutes=-5))
        socket.say({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await socket.next() == (4401, "token_expired")
    assert house.visits.refusals == ["token_expired"]


async def test_the_connection_ends_with_its_token(house: LiveHouse) -> None:
    async with house.socket() as socket:
        # The verifier grants some seconds of leeway; a connection does not outlive its token.
        await socket.init(house.token(lifetime=timedelta(seconds=0)))
        assert await socket.next() == (4403, "token_expired")
    assert house.listeners == 0


async def test_revoked_access_ends_the_connections_of_that_user(house: LiveHouse) -> None:
    async with house.socket() as revoked, house.socket() as other:
        await revoked.init(house.token("Sari"))
        await other.init(house.token("Dewi"))
        house.happens(AccessRevoked(user_id=person_id("Sari"), at="2026-11-24T03:00:00Z"))
        assert await revoked.next() == (4401, "token_revoked")
        assert await other.nothing()


@pytest.mark.parametrize(
    "message",
    [
        "no json", "[]", "1", {}, {"type": "start"}, {"type": 1}, {"type": "subscribe", "id": "", "payload": {"query": "x"}},
        {"type": "subscribe", "id": "x" * 200, "payload": {"query": "x"}}, {"type": "subscribe", "payload": {"query": "x"}},
        {"type": "subscribe", "id": "1"}, {"type": "subscribe", "id": "1", "payload": []},
        {"type": "subscribe", "id": "1", "payload": {"query": 1}},
        {"type": "subscribe", "id": "1", "payload": {"query": "x", "variables": []}},
        {"type": "complete", "id": 1},
    ],
)  # fmt: skip
async def test_a_message_of_another_form_ends_the_connection(house: LiveHouse, message: Any) -> None:
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.say(message)
        assert await socket.next() == (4400, "Invalid message")


async def test_a_message_that_is_too_large_ends_the_connection(build: Build) -> None:
    house = build(body_bytes=1_000)
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.subscribe(ALERTS + " " * 1_000)
        assert (await socket.next())[0] == 4400


async def test_the_protocols_other_codes(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.socket() as socket:
        socket.subscribe(ALERTS)
        assert (await socket.next())[0] == 4401
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.say({"type": "connection_init"})
        assert (await socket.next())[0] == 4429
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.subscribe(ALERTS)
        socket.subscribe(ALERTS)
        assert (await socket.next())[0] == 4409
    async with house.socket(protocols=("graphql-ws",)) as socket:
        assert (await socket.next())[0] == 4406
    monkeypatch.setattr(websocket, "_INIT_SECONDS", 0)
    async with house.socket() as socket:
        assert (await socket.next())[0] == 4408


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("", True), ("https://amanah.test", True), ("https://app.example.org", True), ("https://evil.example", False),
        ("null", False), ("https://app.example.org.evil.example", False),
    ],
)  # fmt: skip
async def test_pages_of_other_origins_are_refused(build: Build, origin: str, accepted: bool) -> None:
    house = build(origins=("https://app.example.org",))
    async with house.socket(origin=origin) as socket:
        if accepted:
            await socket.init(house.token())
        else:
            assert await socket.next() == (1008, "")


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ("{ viewer { name } }", "BAD_USER_INPUT", "bad_input"),
        ('mutation { revealNik(input: {recipientId: "r", reason: "x"}) { nik } }', "BAD_USER_INPUT", "bad_input"),
        ("subscription { nothing }", "BAD_USER_INPUT", "document_invalid"),
        ("subscription {", "BAD_USER_INPUT", "document_syntax"),
        (
            f"subscription {{ alertRaised {{ {' '.join(f'a{n}: id' for n in range(31))} }} }}",
            "TOO_COSTLY",
            "too_costly",
        ),
        ("subscription { alertRaised { area { " + "parent { " * 12 + "code" + " }" * 15, "TOO_COSTLY", "too_costly"),
        ("subscription { a: alertRaised { id } b: alertRaised { id } }", "BAD_USER_INPUT", "document_invalid"),
    ],
)
async def test_an_operation_that_is_refused(house: LiveHouse, query: str, code: str, reason: str) -> None:
    async with house.socket() as socket:
        await socket.init(house.token())
        socket.subscribe(query)
        told = await socket.next()
        assert (told["id"], told["type"]) == ("1", "error")
        extensions = told["payload"][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == (code, reason)
        assert extensions["requestId"]
        assert await socket.nothing()


async def test_a_viewer_has_so_many_subscriptions(build: Build) -> None:
    house = build(subscriptions=2)
    async with house.socket() as first, house.socket() as second:
        await first.init(house.token("Sari"))
        await second.init(house.token("Sari"))
        await first.follow(ALERTS, "1")
        await second.follow(ALERTS, "2")
        second.subscribe(ALERTS, "3")
        told = await second.next()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "THROTTLED")
        assert told["payload"][0]["extensions"]["reason"] == "subscription_limit"
        async with house.socket() as third:
            third.say({"type": "connection_init", "payload": {"Authorization": f"Bearer {house.token('Sari')}"}})
            assert await third.next() == (1013, "subscription_limit")
        async with house.socket() as other:
            await other.init(house.token("Dewi"))
        first.say({"type": "complete", "id": "1"})
        assert await first.nothing()
        await second.follow(ALERTS, "4")


async def test_subscribing_counts_against_the_rate(build: Build) -> None:
    house = build(rate="2/hour")
    async with house.socket() as socket:
        await socket.init(house.token())
        await socket.follow(ALERTS, "1")
        socket.subscribe(ALERTS, "2")
        assert (await socket.next())["payload"][0]["extensions"]["code"] == "THROTTLED"


async def test_a_reader_that_falls_behind_is_dropped(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PENDING", 5)
    async with house.socket() as socket:
        await socket.init(house.token())
        await socket.follow(ALERTS)
        socket.open.clear()
        house.happens(alert_raised(0))
        await eventually(lambda: house.owners.callers)
        await asyncio.sleep(0)
        for number in range(1, 8):
            house.happens(alert_raised(number))
        socket.open.set()
        found = [await socket.next()]
        while isinstance(found[-1], dict):
            found.append(await socket.next())
        assert found[-1] == (1013, "slow_reader")


async def test_a_reader_that_takes_nothing_is_dropped(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "SEND_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "_CLOSE_SECONDS", 0.05)
    async with house.socket() as socket:
        await socket.init(house.token())
        await socket.follow(ALERTS)
        socket.open.clear()
        house.happens(alert_raised(1))
        await eventually(lambda: house.listeners == 0)


async def test_a_fault_ends_the_subscription_without_its_text(house: LiveHouse) -> None:
    def fails(*_: object) -> AlertPage:
        raise RuntimeError("secret of the house")

    house.owners.answers[GetAlerts] = fails
    async with house.socket() as socket:
        await socket.init(house.token())
        await socket.follow(ALERTS)
        house.happens(alert_raised(1))
        told = await socket.next()
        assert told["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in str(told)
        assert await socket.next() == {"id": "1", "type": "complete"}


async def test_a_subscription_by_post_alone_is_refused(house: LiveHouse) -> None:
    told = await house.graphql(ALERTS)
    assert told.error["reason"] == "bad_input"
    assert "event-stream" in told.json["errors"][0]["message"]
