"""The five roles as processes of their own, as on many machines: what docker-compose.yml starts, step by step."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from amanah.cli.embedded import free_port
from amanah.cli.process import OWNERS, token
from amanah.runtime.settings import Settings
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

AMANAH = (sys.executable, "-m", "amanah")


@dataclass
class Processes:
    """The running deployment: the gateway's address, the data folder that holds the keys, and each role's process."""

    url: str
    data: Path
    of: dict[str, "subprocess.Popen[bytes]"]
    ports: dict[str, int]


@pytest.fixture
async def processes(stores: Settings, tmp_path: Path) -> AsyncIterator[Processes]:
    ports = {role: free_port() for role in (*OWNERS, "gateway")}
    known = {
        "MONGO_URL": str(stores.mongo_url),
        "S3_ENDPOINT": str(stores.s3_endpoint),
        "S3_SECRET_KEY": str(stores.s3_secret_key),
        "AMANAH_DATA": str(tmp_path),
        "AMANAH_DATABASE_PREFIX": f"apart{os.getpid()}",
        "AMANAH_LOG_LEVEL": "warning",
        **{f"AMANAH_{owner.upper()}_URL": f"http://127.0.0.1:{ports[owner]}" for owner in OWNERS},
    }
    environment = {**os.environ, **known}
    applied = subprocess.run([*AMANAH, "topics", "apply", "--buckets"], env=environment, check=False, timeout=60)
    assert applied.returncode == 0
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for role, port in ports.items():
            running[role] = subprocess.Popen([*AMANAH, "serve", role, "--port", str(port)], env=environment)
        found = Processes(f"http://127.0.0.1:{ports['gateway']}", tmp_path, running, ports)
        await _ready(found)
        yield found
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
            process.wait()


async def _ready(found: Processes) -> None:
    async with aiohttp.ClientSession() as session:

        async def ready(role: str) -> bool:
            assert found.of[role].poll() is None, f"{role} ended"
            try:
                # The session's log bucket belongs to other tests: the audit service is ready with troubles.
                async with session.get(f"http://127.0.0.1:{found.ports[role]}/readyz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        for role in found.ports:
            await eventually(partial(ready, role), 60, every=0.1)


async def _ask(found: Processes, bearer: str, query: str, **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {bearer}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{found.url}/graphql", json={"query": query, "variables": variables}) as answer,
    ):
        body = await answer.json(content_type=None)
        assert "errors" not in body, body
        return body["data"]


CREATE = """mutation($input: CreateProgramInput!) { createProgram(input: $input) {
  program { id code } userErrors { code } } }"""


async def test_a_command_passes_through_gateway_and_service_and_all_stop_in_order(processes: Processes) -> None:
    supervisor = token(processes.data, "SUPERVISOR", "32.04", "Yulia")
    items = [{"sku": "BERAS", "name": "Beras", "unit": "kg", "quantityPerRecipient": "10"}]
    made = await _ask(processes, supervisor, CREATE, input={"code": "P1", "name": "Pangan", "items": items})
    assert made["createProgram"]["program"]["code"] == "P1"
    areas = await _ask(processes, supervisor, '{ areas(under: "32.04.15", first: 1) { totalCount } }')
    assert areas["areas"]["totalCount"] > 5

    began = time.monotonic()
    for process in processes.of.values():
        process.send_signal(signal.SIGTERM)
    codes = {role: await asyncio.to_thread(process.wait, 25) for role, process in processes.of.items()}
    assert set(codes.values()) == {0}, codes
    assert time.monotonic() - began < 20


async def test_a_service_without_its_stores_says_what_is_missing() -> None:
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("MONGO_", "S3_", "AMANAH_"))}
    done = await asyncio.to_thread(
        subprocess.run, [*AMANAH, "serve", "audit"], env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "MONGO_URL" in done.stderr
    assert "Traceback" not in done.stderr
