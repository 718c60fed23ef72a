"""Bodies that are too large or too slow, on raw sockets: the client reads an answer, whatever it still sends."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from gateway import limits

LARGE = 50_000_000
PART = b" " * 65_536
PATH = "/partners/v1/capture"


class Connection:
    """A connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Status, headers and body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, json.loads(body)


@pytest.fixture
async def connection(street: Any) -> AsyncIterator[Connection]:
    host, _, port = street.url.removeprefix("http://").partition(":")
    found = Connection(*await asyncio.open_connection(host, int(port)))
    yield found
    found.writer.close()


def head(street: Any, *lines: str, path: str = PATH, token: bool = True, media_type: str = "application/json") -> bytes:
    bearer = [f"Authorization: Bearer {street.token('Truk', 'LOGISTICS', '32.01')}"] if token else []
    fields = ["Host: amanah", f"Content-Type: {media_type}", *bearer, *lines]
    return "\r\n".join([f"POST {path} HTTP/1.1", *fields, "", ""]).encode()


def parts(size: int) -> list[bytes]:
    return [PART] * (size // len(PART)) + [b" " * (size % len(PART))]


CLOSING = ["Connection: close", f"Content-Length: {LARGE}"]


@pytest.mark.parametrize("path", [PATH, "/epcis/v2/capture", "/epcis/v2/events"])
@pytest.mark.parametrize("lines", [[f"Content-Length: {LARGE}"], CLOSING], ids=["keep-alive", "close"])
async def test_fifty_megabytes_have_an_answer_after_all_is_sent(
    street: Any, connection: Connection, path: str, lines: list[str]
) -> None:
    await connection.send(head(street, *lines, path=path), *parts(LARGE))
    status, headers, body = await connection.answer()
    assert (status, body["code"], headers["connection"]) == (413, "too_large", "close")
    assert await connection.reader.read() == b""


async def test_a_declared_size_is_answered_before_anything_is_sent(street: Any, connection: Connection) -> None:
    await connection.send(head(street, f"Content-Length: {LARGE}"))
    async with asyncio.timeout(2):
        status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (413, "close")


async def test_a_client_that_expects_a_word_first_sends_nothing(street: Any, connection: Connection) -> None:
    await connection.send(head(street, f"Content-Length: {LARGE}", "Expect: 100-continue"))
    async with asyncio.timeout(2):
        status, _, _ = await connection.answer()
        assert await connection.reader.read() == b""
    assert status == 413


async def test_a_chunked_body_is_bounded_too(street: Any, connection: Connection) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(PART), PART)
    await connection.send(head(street, "Transfer-Encoding: chunked"), *[chunk] * 200, b"0\r\n\r\n")
    status, headers, body = await connection.answer()
    assert (status, body["code"], headers["connection"]) == (413, "too_large", "close")


@pytest.mark.parametrize(
    ("token", "media_type", "status"), [(False, "application/json", 401), (True, "text/plain", 415)]
)
async def test_a_refusal_by_the_headers_is_read_after_a_large_body(
    street: Any, connection: Connection, token: bool, media_type: str, status: int
) -> None:
    await connection.send(head(street, *CLOSING, token=token, media_type=media_type), *parts(LARGE))
    found, _, _ = await connection.answer()
    assert found == status


async def test_a_connection_serves_on_after_a_small_refused_body(street: Any, connection: Connection) -> None:
    refused = head(street, "Content-Length: 200000", media_type="text/plain")
    await connection.send(refused, *parts(200_000), refused, *parts(200_000))
    assert [(await connection.answer())[0] for _ in range(2)] == [415, 415]


async def test_no_more_than_a_bound_is_discarded(
    street: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_DISCARD_BYTES", 1_000_000)
    with pytest.raises(ConnectionError):
        await connection.send(head(street, f"Content-Length: {LARGE}"), *parts(LARGE))


async def test_a_body_that_does_not_come_is_refused_in_time(
    street: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.partners.documents.BODY_SECONDS", 0.2)
    await connection.send(head(street, "Content-Length: 1000"), b'{"type"')
    async with asyncio.timeout(5):
        status, headers, body = await connection.answer()
    assert (status, body["code"], headers["connection"]) == (408, "body_slow", "close")


async def test_graphql_answers_a_large_body_too(street: Any, connection: Connection) -> None:
    await connection.send(head(street, *CLOSING, path="/graphql"), *parts(LARGE))
    status, _, body = await connection.answer()
    assert (status, body["errors"][0]["extensions"]["reason"]) == (413, "too_large")


async def test_a_client_that_goes_away_is_no_fault(
    street: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, left = asyncio.Event(), asyncio.Event()

    async def watched(request: Request, limit: int) -> bytes:
        reading.set()
        try:
            return await limits.read_body(request, limit)
        finally:
            left.set()

    monkeypatch.setattr("gateway.partners.documents.read_body", watched)
    with capture_logs() as logs:
        await connection.send(head(street, "Content-Length: 1000"), b'{"type"')
        async with asyncio.timeout(10):
            await reading.wait()
            connection.writer.close()
            await left.wait()
    assert [log for log in logs if log["log_level"] == "error"] == []
