"""Subscriptions on a real bus: what happens at a service reaches those who may see it, at whichever gateway they are."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from amanah.cli.embedded import free_port
from amanah.cli.process import serving
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.contracts.users import AccessRevoked
from amanah.runtime.identity import person_id
from gateway import app as gateway
from tests.integration.gateway.live.conftest import Town, example
from tests.waiting import eventually

VILLAGE = "32.01.15.2001"
ROUND = "rnd_5nrhcgnq4tr480b2fjmzqb1jyq"
CASES = "subscription { caseUpdated { id status area { code } } }"
PROGRESS = f'subscription {{ progressChanged(roundId: "{ROUND}") {{ asOf entitled delivered failed remaining }} }}'
FILE = """mutation($input: FileComplaintInput!) { fileComplaint(input: $input) {
  case { id } userErrors { code field } } }"""
UPDATE = """mutation($input: UpdateCaseInput!) { updateCase(input: $input) {
  case { id } userErrors { code field } } }"""
MANY = 500


async def complain(town: Town, token: str) -> str:
    given = {"clientId": str(uuid4()), "kind": "CONDUCT", "text": "Petugas tidak datang.", "area": VILLAGE}
    status, body = await town.street.graphql(token, FILE, input=given)
    assert status == 200, body
    found: str = body["data"]["fileComplaint"]["case"]["id"]
    return found


async def subscribe(socket: aiohttp.ClientWebSocketResponse, query: str) -> None:
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})


async def next_of(socket: aiohttp.ClientWebSocketResponse, within: float = 20) -> Any:
    told = await socket.receive_json(timeout=within)
    assert told["type"] == "next", told
    return told["payload"]["data"]


async def listening(town: Town, count: int) -> None:
    """Waits until the first gateway follows so many subscriptions, and the sessions of their connections."""

    async def enough() -> bool:
        _, _, body = await town.street.request("GET", "/metrics")
        line = next(x for x in body.decode().splitlines() if 'figure="listeners"' in x)
        return float(line.rpartition(" ")[2]) >= count

    await eventually(enough)


async def open_round(town: Town) -> None:
    """A round of some recipients in a village, as reporting knows it."""
    await town.publish(example("id.amanah.distribution.round.created.v1", round_id=ROUND, area="32.01"))
    await town.publish(
        example(
            "id.amanah.distribution.round.opened.v1",
            round_id=ROUND,
            villages=[{"area": VILLAGE, "count": 9, "quantities": [{"sku": "BERAS", "quantity": "90"}]}],
        )
    )
    token = town.street.token("Agus", "AUDITOR", "ID")
    query = f'{{ progress(roundId: "{ROUND}") {{ entitled }} }}'

    async def counted() -> bool:
        _, body = await town.street.graphql(token, query)
        return bool((body.get("data") or {}).get("progress") and body["data"]["progress"]["entitled"] == 9)

    await eventually(counted)


def handover(number: int) -> Any:
    entitlement = f"ent_{number:026}"
    return example(
        "id.amanah.distribution.handover.accepted.v1",
        handover_id=f"hov_{number:026}", entitlement_id=entitlement, round_id=ROUND, area=VILLAGE,
    )  # fmt: skip


async def test_a_complaint_reaches_its_supervisor_and_its_author_at_every_gateway(town: Town) -> None:
    street = town.street
    warga = street.token("Warga", "RECIPIENT", VILLAGE)
    sari, dewi = street.token("Sari", "SUPERVISOR", "32.01"), street.token("Dewi", "SUPERVISOR", "33")
    async with (
        town.socket(sari, 1) as supervisor, town.socket(dewi, 0) as elsewhere, town.events(warga, CASES, 1) as author,
        town.events(street.token("Tono", "RECIPIENT", VILLAGE), CASES, 0) as neighbour,
    ):  # fmt: skip
        await subscribe(supervisor, CASES)
        await subscribe(elsewhere, CASES)
        await listening(town, 4)
        case = await complain(town, warga)
        assert (await next_of(supervisor))["caseUpdated"] == {"id": case, "status": "OPEN", "area": {"code": VILLAGE}}
        told = await author()
        assert (told["event"], json.loads(told["data"])["data"]["caseUpdated"]["id"]) == ("next", case)
        # Those of another area, and another recipient of the village, get nothing.
        await elsewhere.send_json({"type": "ping"})
        assert (await elsewhere.receive_json())["type"] == "pong"
        silent = asyncio.ensure_future(neighbour())
        own = await complain(town, street.token("Tono", "RECIPIENT", VILLAGE))
        assert json.loads((await silent)["data"])["data"]["caseUpdated"]["id"] == own
        # It continues at the other gateway, where it was read in another process.
        position = told["id"]
    later = await complain(town, warga)
    async with town.events(warga, CASES, 0, **{"last-event-id": position}) as author:
        found = [json.loads((await author())["data"])["data"]["caseUpdated"]["id"]]
        while found[-1] != later:
            found.append(json.loads((await author())["data"])["data"]["caseUpdated"]["id"])
        assert own not in found


async def test_an_assignee_follows_a_case_wherever_they_work(town: Town) -> None:
    street = town.street
    async with town.socket(street.token("Budi", "OFFICER", "32.04.05")) as officer:
        await subscribe(officer, CASES)
        await listening(town, 2)
        case = await complain(town, street.token("Warga", "RECIPIENT", VILLAGE))
        for action, more in (("ASSIGN", {"assigneeId": person_id("Budi")}), ("RESOLVE", {"note": "Selesai."})):
            given = {"caseId": case, "action": action, **more}
            _, body = await street.graphql(street.token("Sari", "SUPERVISOR", "32"), UPDATE, input=given)
            assert body["data"]["updateCase"]["userErrors"] == [], body
            status = (await next_of(officer))["caseUpdated"]["status"]
            assert status == ("ASSIGNED" if action == "ASSIGN" else "RESOLVED")


async def test_a_supervisors_reading_is_on_the_audit_trail(town: Town) -> None:
    street = town.street
    async with town.socket(street.token("Sari", "SUPERVISOR", "32.01")) as socket:
        await subscribe(socket, CASES)
        await listening(town, 2)
        case = await complain(town, street.token("Warga", "RECIPIENT", VILLAGE))
        await next_of(socket)
    reader = await street.runtime.bus.subscribe([AUDIT_ENTRIES.name], group=None)
    read: list[dict[str, Any]] = []

    async def recorded() -> bool:
        read.extend(json.loads(message.value) for message in await reader.poll(timeout=0.1))
        return any(
            entry["actor"]["id"] == person_id("Sari") and case in json.dumps(entry) and "read" in entry["action"]
            for entry in read
        )

    await eventually(recorded)
    await reader.close()


async def test_revoked_access_ends_at_every_gateway_within_5_s(town: Town) -> None:
    token = town.street.token("Sari", "SUPERVISOR", "32.01")
    async with town.socket(token, 0) as one, town.socket(token, 1) as other:
        began = time.monotonic()
        await town.publish(AccessRevoked(user_id=person_id("Sari"), at="2026-11-24T03:00:00Z"))
        for socket in (one, other):
            end = await socket.receive(timeout=10)
            assert (end.type, end.data, end.extra) == (aiohttp.WSMsgType.CLOSE, 4401, "token_revoked")
        assert time.monotonic() - began < 5


async def test_progress_follows_what_reporting_has_counted(town: Town) -> None:
    await open_round(town)
    async with town.socket(town.street.token("Sari", "SUPERVISOR", "32")) as socket:
        await subscribe(socket, PROGRESS)
        await listening(town, 2)
        await town.publish(handover(1))
        figures = (await next_of(socket))["progressChanged"]
        assert (figures["entitled"], figures["delivered"], figures["remaining"]) == (9, 1, 8)


async def test_a_page_of_another_origin_is_refused(town: Town) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with town.socket(town.street.token("Sari", "AUDITOR", "ID"), origin="https://evil.example"):
            pass
    assert caught.value.status == 403


async def test_500_subscribers_of_one_gateway_get_a_change(town: Town) -> None:
    """25 people with 20 connections each; `pytest -s` shows how long it took."""
    await open_round(town)
    async with AsyncExitStack() as stack:
        sockets = []
        for person in range(MANY // 20):
            token = town.street.token(f"Pengawas {person}", "SUPERVISOR", "32" if person % 2 else "32.01")
            for _ in range(20):
                sockets.append(await stack.enter_async_context(town.socket(token)))
        for socket in sockets:
            await subscribe(socket, PROGRESS)
        await listening(town, 2 * MANY)
        began = time.monotonic()
        await town.publish(handover(2))
        told = await asyncio.gather(*(next_of(socket) for socket in sockets))
        print(f"{MANY} subscribers had the change after {time.monotonic() - began:.2f} s")
        assert {each["progressChanged"]["delivered"] for each in told} == {1}


async def test_a_gateway_that_stops_ends_its_streams(town: Town) -> None:
    """Streams have no end of their own; a restart must not wait for its deadline, and clients go elsewhere at once."""
    runtime, port = town.street.runtime, free_port()
    third = gateway.build(runtime)
    async with AsyncExitStack() as clients:
        async with third.running():
            async with serving(third, "127.0.0.1", port, runtime.settings.trusted_proxies):
                there = replace(town, urls=(f"http://127.0.0.1:{port}", town.urls[1]))
                socket = await clients.enter_async_context(there.socket(town.street.token("Sari", "AUDITOR", "ID")))
                events = await clients.enter_async_context(
                    there.events(town.street.token("Sari", "AUDITOR", "ID"), CASES)
                )
                began = time.monotonic()
            assert time.monotonic() - began < 5
        assert (await socket.receive(timeout=5)).data == 1012
        with pytest.raises(EOFError):
            await events()
