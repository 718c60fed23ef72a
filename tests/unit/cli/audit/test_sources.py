"""Reading from a busy log: Retry-After is followed up to a limit."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from amanah.cli.audit.sources import reader
from amanah.cli.log_copy import Unreachable

Refusal = tuple[int, str | None]


class Busy(BaseHTTPRequestHandler):
    """Answers with the given refusals, then with `always` if it is set, or with the file."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Log)
        server.asked += 1
        status, after = server.refusals.pop(0) if server.refusals else server.always or (200, None)
        self.send_response(status)
        if after is not None:
            self.send_header("Retry-After", after)
        body = b"the file" if status == 200 else b"too many requests"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Log(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Busy)
        self.asked = 0
        self.refusals: list[Refusal] = []
        self.always: Refusal | None = None
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def log() -> Iterator[Log]:
    server = Log()
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been slept."""
    waited: list[float] = []
    clock = SimpleNamespace(sleep=waited.append)
    monkeypatch.setattr("amanah.cli.audit.sources.time", clock)
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_followed(log: Log, waits: list[float], status: int) -> None:
    log.refusals = [*[(status, "2")] * 20, (status, "0")]
    assert reader(log.url)("checkpoint") == b"the file"
    assert [wait for wait in waits if wait] == [2] * 20 + [1]


@pytest.mark.parametrize("after", ["301", "86400", "9" * 5000])
def test_a_retry_after_beyond_the_limit_is_not_followed(log: Log, waits: list[float], after: str) -> None:
    log.always = 429, after
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert sum(waits) == 0
    assert log.asked == 1


def test_the_total_wait_is_limited(log: Log, waits: list[float]) -> None:
    log.always = 429, "60"
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert sum(waits) == 300


@pytest.mark.parametrize("after", [None, "soon", "-1", "1.5"])
def test_without_a_valid_retry_after_there_is_no_wait(log: Log, waits: list[float], after: str | None) -> None:
    log.always = 429, after
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert log.asked == 1
