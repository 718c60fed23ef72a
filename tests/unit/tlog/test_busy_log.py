"""A log that has too many requests is waited for as it asks, and not for ever."""

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
    """Answers with the refusals it was given, the last of them for ever where it says so, and then with the file."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Log = self.server  # type: ignore[assignment]
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
    """What was waited, which takes no time."""
    waited: list[float] = []
    clock = SimpleNamespace(sleep=waited.append)
    monkeypatch.setattr("amanah.cli.audit.sources.time", clock)
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_asked_again_when_it_says(log: Log, waits: list[float], status: int) -> None:
    log.refusals = [(status, "2")] * 20 + [(status, "0")]
    assert reader(log.url)("checkpoint") == b"the file"
    assert [wait for wait in waits if wait] == [2] * 20 + [1]


@pytest.mark.parametrize("after", ["301", "86400", "9" * 5000])
def test_nobody_waits_longer_than_they_have_patience(log: Log, waits: list[float], after: str) -> None:
    log.always = 429, after
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert sum(waits) == 0
    assert log.asked == 1


def test_patience_ends(log: Log, waits: list[float]) -> None:
    log.always = 429, "60"
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert sum(waits) == 300


@pytest.mark.parametrize("after", [None, "soon", "-1", "1.5"])
def test_who_does_not_say_when_is_not_waited_for(log: Log, waits: list[float], after: str | None) -> None:
    log.always = 429, after
    with pytest.raises(Unreachable, match="answered 429"):
        reader(log.url)("checkpoint")
    assert log.asked == 1
