"""A partner is registered by the command line, gets tokens over HTTP, and is suspended; all of it on real stores."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner, Result

from amanah.cli.embedded import free_port
from amanah.cli.main import app
from amanah.cli.partners import make_sandbox
from amanah.contracts.errors import Unauthenticated
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.tables import tables_of
from gateway import access
from gateway.access.commands import use_signature
from gateway.access.store import Store

PACKAGES = "{ packages { totalCount } }"


class CommandLine:
    """`amanah partners` with the token of an administrator."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    async def __call__(self, *words: str) -> Result:
        environment = {"AMANAH_TOKEN": self.token}
        command = ["partners", *words, "--url", self.url]
        return await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)

    async def json(self, *words: str) -> Any:
        done = await self(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


@pytest.fixture
def amanah(street: Any) -> CommandLine:
    return CommandLine(street.url, street.token("Adi", "ADMIN", "32"))


async def token(street: Any, name: str, secret: str) -> tuple[int, Any]:
    form = {"grant_type": "client_credentials"}
    headers = {"Authorization": aiohttp.encode_basic_auth(name, secret)}
    status, _, body = await street.request("POST", "/oauth2/token", data=form, headers=headers)
    return status, json.loads(body)


async def test_from_registration_to_suspension(street: Any, amanah: CommandLine) -> None:
    account = await amanah.json(
        "add", "PT Angkut", "--area", "32.01", "--contact", "Siti", "--packages", "B-", "--sandbox"
    )
    partner = account["partner"]["id"]
    secret = next(c["secret"] for c in account["credentials"] if c["kind"] == "OAUTH2")
    assert account["partner"]["limits"] == {"eventsPerMinute": 60000, "pendingEvents": 50000}

    status, answer = await token(street, partner, secret)
    assert status == 200, answer
    bearer = answer["access_token"]
    assert await street.graphql(bearer, PACKAGES) == (200, {"data": {"packages": {"totalCount": 0}}})
    status, answer = await token(street, partner, "guess")
    assert (status, answer["error"]) == (401, "invalid_client")
    (refused,) = await street.entries(1, "access:token:refuse")
    assert refused["subject"] == {"type": "Token", "id": "client_invalid"}
    sessions = await street.entries(2, "access:session:start")
    assert [each["subject"]["type"] for each in sessions] == ["User", "Partner"]
    assert sessions[1]["subject"]["id"] == partner

    rotated = await amanah.json("rotate", "pt  angkut", "--kind", "OAUTH2", "--now")
    assert (await token(street, partner, secret))[0] == 401
    second = rotated["credentials"][0]["secret"]
    # A token of a secret that was ended is of no use, for reading neither.
    captures = {"headers": {"authorization": f"Bearer {bearer}"}}
    for method, more in (("GET", captures), ("POST", captures | {"json": document(shipped(1))})):
        status, _, body = await street.request(method, "/epcis/v2/capture", **more)
        assert (status, json.loads(body)["code"]) == (401, "token_revoked"), method
    _, answer = await street.graphql(bearer, PACKAGES)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    status, answer = await token(street, partner, second)
    assert status == 200
    bearer = answer["access_token"]
    assert await street.graphql(bearer, PACKAGES) == (200, {"data": {"packages": {"totalCount": 0}}})

    done = await amanah("suspend", "PT Angkut", "--reason", "The contract ended")
    assert done.output.strip() == f"PT Angkut ({partner}): SUSPENDED, The contract ended"
    status, answer = await token(street, partner, second)
    assert (status, answer["code"]) == (403, "partner_suspended")
    assert "The contract ended" in answer["error_description"]
    # The token from before is valid, and of no use.
    _, answer = await street.graphql(bearer, PACKAGES)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "The contract ended" in answer["errors"][0]["message"]
    for path in ("/epcis/v2/capture", "/partners/v1/capture", "/epcis/v2/events"):
        body = shipped(1) if path.endswith("events") else document(shipped(1))
        more = {"json": body, "headers": {"authorization": f"Bearer {bearer}"}}
        status, _, content = await street.request("POST", path, **more)
        assert (status, json.loads(content)["code"]) == (403, "partner_suspended"), path
    assert (await amanah("resume", partner)).output.strip() == f"PT Angkut ({partner}): ACTIVE"
    assert (await token(street, partner, second))[0] == 200
    assert (await street.graphql(bearer, PACKAGES))[0] == 200


async def test_the_command_line_reads_well(street: Any, amanah: CommandLine) -> None:
    assert (await amanah("list")).output == "No partners in this area.\n"
    added = await amanah("add", "PT Angkut", "--area", "32.01", "--place", "POS-1", "--events-per-minute", "10")
    assert added.exit_code == 0
    lines = added.output.splitlines()
    assert lines[0].startswith("PT Angkut (ptn_")
    assert lines[0].endswith("area 32.01: ACTIVE")
    assert "OAUTH2: client id and secret for POST /oauth2/token" in lines
    assert lines[-1].startswith("Secrets are shown this once.")
    again = await amanah("add", "pt angkut", "--area", "32.01")
    assert (again.exit_code, again.stderr.startswith("partner_name_taken: ")) == (1, True)
    listed = (await amanah("list")).output.splitlines()
    assert [word for word in listed[0].split(" ") if word] == [
        "partner", "id", "area", "status", "events/min", "places", "packages", "credentials",
    ]  # fmt: skip
    assert "POS-1" in listed[1]
    assert "OAUTH2, HMAC, KAFKA" in listed[1]
    (shown,) = await amanah.json("list")
    assert "secret" not in json.dumps(shown)
    missing = await amanah("resume", "Nobody")
    assert (missing.exit_code, "amanah partners list" in missing.stderr) == (1, True)
    officer = CommandLine(street.url, street.token("Sari", "SUPERVISOR", "32"))
    assert (await officer("list")).exit_code == 1
    nowhere = CommandLine(f"http://127.0.0.1:{free_port()}", "")
    assert (await nowhere("list")).exit_code == 2


async def test_a_signature_is_used_once_however_many_try(street: Any) -> None:
    runtime = street.runtime
    store = Store(runtime.database("gateway"), Outbox(runtime.database("gateway"), "gateway"), runtime.keys)
    await store.db.create(tables_of(access))
    until = datetime.now(UTC) + timedelta(minutes=10)
    asks = (use_signature(store, "ptn_1", "nonce-of-one", until) for _ in range(64))
    done = await asyncio.gather(*asks, return_exceptions=True)
    assert len([each for each in done if each is None]) == 1
    assert {each.code for each in done if isinstance(each, Unauthenticated)} == {"signature_replayed"}
    await use_signature(store, "ptn_2", "nonce-of-one", until)


def shipped(number: int, **more: Any) -> dict[str, Any]:
    """An event of the sandbox, an hour ago."""
    return {
        "type": "ObjectEvent", "eventID": f"urn:x:{number}", "action": "OBSERVE", "bizStep": "shipping",
        "eventTime": (datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=number)).isoformat(),
        "eventTimeZoneOffset": "+00:00", "epcList": [f"urn:amanah:package:SANDBOX-{number:03}"],
    } | more  # fmt: skip


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": datetime.now(UTC).isoformat(), "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


async def test_a_capture_over_the_limit_is_told_when_to_come_back(street: Any, amanah: CommandLine) -> None:
    account = await amanah.json(
        "add", "Slow", "--area", "32", "--sandbox", "--events-per-minute", "2", "--pending-events", "3"
    )  # fmt: skip
    secret = next(c["secret"] for c in account["credentials"] if c["kind"] == "OAUTH2")
    bearer = (await token(street, account["partner"]["id"], secret))[1]["access_token"]
    headers = {"authorization": f"Bearer {bearer}"}
    first = document(*(shipped(n) for n in range(1, 6)))  # more than may wait, but nothing waits
    assert (await street.request("POST", "/partners/v1/capture", json=first, headers=headers))[0] == 202
    status, answered, body = await street.request(
        "POST", "/partners/v1/capture", json=document(shipped(7)), headers=headers
    )
    assert (status, json.loads(body)["code"], answered["retry-after"]) == (429, "too_many_pending", "60")


async def test_a_webhook_is_set_by_the_command_line(street: Any, amanah: CommandLine) -> None:
    await amanah("add", "PT Angkut", "--area", "32.01")
    missing = await amanah("webhook", "PT Angkut")
    assert (missing.exit_code, "--to" in missing.stderr) == (1, True)
    private = await amanah("webhook", "PT Angkut", "--to", "https://127.0.0.1/")
    assert (private.exit_code, private.stderr.startswith("webhook_address: ")) == (1, True)
    done = await amanah("webhook", "PT Angkut", "--to", "https://partner.example/outcomes")
    assert done.exit_code == 0, done.stderr
    assert "outcomes are posted to https://partner.example/outcomes" in done.output
    off = await amanah.json("webhook", "PT Angkut", "--off")
    assert off["partner"]["webhook"] == {"url": "https://partner.example/outcomes", "active": False, "parkedAt": None}
    on = await amanah.json("webhook", "PT Angkut")
    assert (on["partner"]["webhook"]["active"], on["credentials"]) == (True, [])
    rotated = await amanah.json("rotate", "PT Angkut", "--kind", "WEBHOOK")
    assert rotated["credentials"][0]["secret"].startswith("whsec_")


async def test_the_sandbox_is_made_once_and_a_file_is_simulated_there(
    street: Any, amanah: CommandLine, tmp_path: Path
) -> None:
    admin = street.token("Sandbox administrator", "ADMIN", "ID")
    first = await make_sandbox(street.url, admin)
    words = first.split()
    partner = words[2].strip("(),")
    secret, bearer = words[words.index("OAUTH2") + 1], words[words.index("TOKEN") + 1]
    again = await make_sandbox(street.url, admin)
    assert partner in again
    assert secret not in again
    file = tmp_path / "events.json"
    file.write_text(json.dumps(document(shipped(2), shipped(1), shipped(101))))

    def simulate(*more: str, **environment: str) -> Result:
        command = ["partners", "simulate", str(file), "--url", street.url, *more]
        return CliRunner().invoke(app, command, env={"AMANAH_TOKEN": "", **environment})

    done = await asyncio.to_thread(simulate, "--speed", "0", AMANAH_TOKEN=bearer)
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert [line.split()[1:3] for line in lines[:3]] == [
        ["accepted", "urn:x:1"], ["accepted", "urn:x:2"], ["rejected", "urn:x:101:"],
    ]  # fmt: skip
    assert "unknown_package at /epcisBody/eventList/2/epcList/0" in lines[2]
    assert lines[3] == "2 accepted, 0 known already, 1 rejected, 0 invalid and not sent."
    file.write_text(
        json.dumps(document(shipped(2, eventTime="2026-01-01T00:00:00Z"), shipped(1, eventTime="2026-01-01T00:10:00Z")))
    )
    client = ("--client-id", partner, "--client-secret", secret)
    for _ in range(2):  # with new ids each time
        done = await asyncio.to_thread(simulate, "--speed", "6000", "--now", *client)
        assert (done.exit_code, done.stdout.splitlines()[-1].split(",")[0]) == (0, "2 accepted"), done.output
    file.write_text("no events")
    assert (await asyncio.to_thread(simulate, *client)).exit_code == 2
    file.write_text(json.dumps(shipped(3)))
    wrong = await asyncio.to_thread(simulate, "--client-id", partner, "--client-secret", "guess")
    assert (wrong.exit_code, wrong.stderr.startswith("client_invalid: ")) == (2, True)
