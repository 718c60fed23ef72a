"""The subscriptions, followed with the clients from npm that pages use: graphql-ws and graphql-sse (needs Node 20)."""

import json
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amanah.cli.embedded import free_port
from amanah.cli.process import token
from tests.foreign.conftest import AMANAH
from tests.foreign.programs import running_process

NPM = Path(__file__).parent / "npm"
VILLAGE = "32.01.15.2001"

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The output of the clients of a gateway with everything behind it."""
    stack = ExitStack()
    data, url = tmp_path_factory.mktemp("npm") / "data", f"http://127.0.0.1:{free_port()}"
    with running_process(f"{url}/readyz", *AMANAH, "up", "--quiet", "--data", data, "--port", url.rpartition(":")[2]):
        tokens = (token(data, "SUPERVISOR", "32", "Sari"), token(data, "RECIPIENT", VILLAGE, "Warga"))
        # It may be over when it is used: the verifier has some leeway, and the connection ends at once.
        short = token(data, "SUPERVISOR", "32", "Sari", timedelta(seconds=15))
        command = ("node", "clients.mjs", f"{url}/graphql", *tokens, short, VILLAGE)
        done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        stream = stack.enter_context(_stream(url, tokens[0]))
        began = time.monotonic()
    found["stopped"] = time.monotonic() - began
    found["rest"] = stream.read()
    stack.close()
    return found


def _stream(url: str, token: str) -> Any:
    """An open event stream."""
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream", "content-type": "application/json"}
    body = json.dumps({"query": "subscription { caseUpdated { id } }"}).encode()
    return urllib.request.urlopen(urllib.request.Request(f"{url}/graphql", body, headers), timeout=30)


def test_both_clients_get_a_change(seen: dict[str, dict[str, dict[str, dict[str, str]]]]) -> None:
    for transport in ("ws", "sse"):
        assert seen[transport]["data"]["caseUpdated"]["status"] == "OPEN", transport


def test_both_clients_understand_a_refusal(seen: dict[str, object]) -> None:
    assert "document_invalid" in json.dumps(seen["wsRefused"])
    assert "document_invalid" in json.dumps(seen["sseRefused"])


def test_a_token_that_is_not_accepted_is_not_tried_again(seen: dict[str, object]) -> None:
    assert seen["stranger"] == {"code": 4401, "reason": "token_invalid", "attempts": 1}


def test_a_client_comes_back_with_a_new_token(seen: dict[str, dict[str, object]]) -> None:
    assert seen["renewed"]["closed"] == [4403, "token_expired"]
    assert seen["renewed"]["data"]


def test_an_open_stream_does_not_delay_the_end_of_the_process(seen: dict[str, Any]) -> None:
    assert b"complete" not in seen["rest"]  # so that clients take it up again
    assert seen["stopped"] < 8


def test_the_lock_file_names_no_address() -> None:
    assert '"resolved"' not in (NPM / "package-lock.json").read_text()
