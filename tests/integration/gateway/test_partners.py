"""A partner is registered by the command line, gets tokens over HTTP, and is suspended; all of it on real stores."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner, Result

from amanah.cli.embedded import free_port
from amanah.cli.main import app
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
    assert account["partner"]["limits"] == {"eventsPerMinute": 6000, "pendingEvents": 50000}

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
    assert (await token(street, partner, second))[0] == 200

    done = await amanah("suspend", "PT Angkut", "--reason", "The contract ended")
    assert done.output.strip() == f"PT Angkut ({partner}): SUSPENDED, The contract ended"
    status, answer = await token(street, partner, second)
    assert (status, answer["code"]) == (403, "partner_suspended")
    assert "The contract ended" in answer["error_description"]
    # The token from before is valid, and of no use.
    _, answer = await street.graphql(bearer, PACKAGES)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "The contract ended" in answer["errors"][0]["message"]
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
