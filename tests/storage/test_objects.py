"""The object store: whole objects, presigned addresses, and errors of ours."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.buckets import AUDIT, ORIGINALS, UPLOADS
from amanah.contracts.errors import NotFound, Refused, Unavailable
from amanah.runtime.objects import Objects

HOUR = timedelta(hours=1)


@pytest.fixture
def key() -> str:
    return f"test/{uuid.uuid4().hex}"


async def test_what_is_put_is_read_back_whole_and_in_chunks(objects: Objects, key: str) -> None:
    data = bytes(range(256)) * 5000
    await objects.put(AUDIT, key, data)
    assert await objects.get(AUDIT, key) == data
    assert b"".join([chunk async for chunk in objects.open(AUDIT, key)]) == data
    assert key in await objects.list(AUDIT, "test/")


async def test_a_limit_shows_that_there_is_more(objects: Objects, key: str) -> None:
    await objects.put(AUDIT, key, b"x" * 100)
    assert len(await objects.get(AUDIT, key, limit=10)) == 11


async def test_what_is_not_there_is_not_found(objects: Objects, key: str) -> None:
    assert await objects.list(AUDIT, key) == []
    with pytest.raises(NotFound):
        await objects.get(AUDIT, key)
    await objects.delete(AUDIT, key)


async def test_a_client_puts_and_gets_by_presigned_address(objects: Objects, key: str) -> None:
    async with aiohttp.ClientSession() as client:
        put = await objects.presign_put(UPLOADS, key, HOUR)
        async with client.put(put, data=b"photo", headers={"Content-Type": "image/jpeg"}) as answer:
            assert answer.status == 200
        address = await objects.presign_get(UPLOADS, key, HOUR, filename="foto.jpg")
        async with client.get(address) as answer:
            assert await answer.read() == b"photo"
            assert "foto.jpg" in answer.headers["Content-Disposition"]


async def test_an_address_for_one_key_is_none_for_another(objects: Objects, key: str) -> None:
    put = await objects.presign_put(UPLOADS, key, HOUR)
    async with aiohttp.ClientSession() as client, client.put(put.replace(key, key + "x"), data=b"x") as answer:
        assert answer.status == 403


@pytest.fixture
async def full_disk() -> AsyncIterator[str]:
    """An object store whose disk is full: every write is answered by 507."""

    async def answer(request: Request) -> Response:
        return Response(status_code=507 if request.method == "PUT" else 200)

    async with served(answer) as address:
        yield address


@asynccontextmanager
async def served(answer: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[str]:
    """The address of a store that answers so."""
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "PUT", "HEAD", "DELETE"])])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


async def test_a_full_disk_is_told_as_such(full_disk: str, key: str) -> None:
    objects = Objects(full_disk, "key", "secretsecret")
    with pytest.raises(Refused) as refused:
        await objects.put(AUDIT, key, b"x")
    assert refused.value.code == "storage_full"
    objects.close()


async def test_a_store_that_is_not_there_is_unavailable(key: str) -> None:
    objects = Objects("http://127.0.0.1:9", "key", "secretsecret")
    with pytest.raises(Unavailable):
        await objects.put(AUDIT, key, b"x")
    objects.close()


async def test_the_store_of_one_machine_has_no_object_lock_though_it_says_so(objects: Objects, key: str) -> None:
    assert await objects.put(ORIGINALS, key, b"a photo") is None, "no version"
    assert await objects.locks(ORIGINALS) is False
    with pytest.raises(ValueError, match="does not lock"):
        await objects.retain(ORIGINALS, key, "v1", datetime.now(UTC) + HOUR)
    assert await objects.get(ORIGINALS, key) == b"a photo"


async def test_a_store_with_object_lock_is_asked_to_retain_the_version(key: str) -> None:
    asked: list[tuple[str, str, str]] = []

    async def answer(request: Request) -> Response:
        query, body = dict(request.query_params), (await request.body()).decode(errors="replace")
        lock = request.headers.get("x-amz-bucket-object-lock-enabled", "")
        asked.append((request.method, "&".join(f"{k}={v}" for k, v in sorted(query.items())), lock or body))
        if "versioning" in query:
            return xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        if "object-lock" in query:
            return xml(
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
            )
        if request.method == "HEAD":
            return Response(status_code=404)
        return Response(headers={"x-amz-version-id": "v1", "ETag": '"0"'})

    def xml(text: str) -> Response:
        return Response(text, media_type="application/xml")

    until = datetime(2036, 1, 1, tzinfo=UTC)
    async with served(answer) as address:
        objects = Objects(address, "key", "secretsecret")
        await objects.ensure_buckets(ORIGINALS)
        assert ("PUT", "", "true") in asked, "made with object lock"
        assert await objects.put(ORIGINALS, key, b"a photo") == "v1"
        assert await objects.locks(ORIGINALS) is True
        await objects.retain(ORIGINALS, key, "v1", until)
        method, query, body = asked[-1]
        assert (method, query) == ("PUT", "retention=&versionId=v1")
        assert "<Mode>COMPLIANCE</Mode>" in body
        assert "2036-01-01T00:00:00" in body
        await objects.delete(ORIGINALS, key, version="v1")
        assert asked[-1][:2] == ("DELETE", "versionId=v1")
        objects.close()


async def test_everything_below_a_prefix_is_cleared_and_nothing_beside_it(objects: Objects, key: str) -> None:
    for name in ("tile.p/1", "tile.p/255", "tile", "tile.px"):
        await objects.put(AUDIT, f"{key}/{name}", b"x")
    await objects.clear(AUDIT, f"{key}/tile.p/")
    await objects.clear(AUDIT, f"{key}/none.p/")
    assert sorted(await objects.list(AUDIT, f"{key}/")) == [f"{key}/tile", f"{key}/tile.px"]


async def test_where_there_are_versions_all_of_them_are_cleared(key: str) -> None:
    asked: list[tuple[str, str]] = []

    async def answer(request: Request) -> Response:
        query = dict(request.query_params)
        if "versioning" in query:
            return xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        if "object-lock" in query:
            return xml("<ObjectLockConfiguration/>")
        if "versions" in query:
            assert query["prefix"] == f"{key}/"
            found = "".join(
                f"<Version><Key>{key}/1</Key><VersionId>{v}</VersionId><IsLatest>false</IsLatest>"
                "<LastModified>2026-11-24T03:00:00.000Z</LastModified><ETag>0</ETag><Size>1</Size></Version>"
                for v in ("v1", "v2")
            )
            return xml(
                f"<ListVersionsResult><Name>{AUDIT}</Name><IsTruncated>false</IsTruncated>{found}</ListVersionsResult>"
            )
        if request.method == "DELETE":
            asked.append((request.url.path, query["versionId"]))
        return Response(status_code=204)

    def xml(text: str) -> Response:
        return Response(text, media_type="application/xml")

    async with served(answer) as address:
        objects = Objects(address, "key", "secretsecret")
        await objects.clear(AUDIT, f"{key}/")
        objects.close()
    assert asked == [(f"/{AUDIT}/{key}/1", "v1"), (f"/{AUDIT}/{key}/1", "v2")]
