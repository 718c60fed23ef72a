"""Uploads through the gateway: pages of allowed origins may send them, and only what was declared is stored."""

import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from amanah.contracts.buckets import UPLOADS
from tests.integration.gateway.conftest import Street

ORIGIN = "https://app.example.org"
CONTENT = b"\xff\xd8\xff" + bytes(500_000)
CREATE = """mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url method headers { name value } }
  userErrors { code } } }"""


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the gateway, before it starts."""
    monkeypatch.setenv("AMANAH_GATEWAY_UPLOADS", "gateway")
    monkeypatch.setenv("AMANAH_GATEWAY_ORIGINS", f'["{ORIGIN}"]')


async def created(street: Street, content: bytes = CONTENT) -> tuple[str, str]:
    """Id and address, without the host, of an upload of `content`."""
    given = {
        "purpose": "EVIDENCE_PHOTO", "filename": "a.jpg", "contentType": "image/jpeg", "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    _, body = await street.graphql(street.token("Sari", "OFFICER", "32.01.05"), CREATE, input=given)
    upload = body["data"]["createUpload"]["upload"]
    address = urlsplit(upload["url"])
    return upload["id"], f"{address.path}?{address.query}"


async def test_a_page_of_another_origin_sends_a_file(street: Street) -> None:
    upload_id, path = await created(street)
    asked = {
        "Origin": ORIGIN, "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,traceparent,x-device-id",
    }  # fmt: skip
    status, headers, _ = await street.request("OPTIONS", path, headers=asked)
    assert (status, headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "PUT" in headers["access-control-allow-methods"]
    assert "traceparent" in headers["access-control-allow-headers"]
    sent: dict[str, Any] = {"data": CONTENT, "headers": {"Origin": ORIGIN, "Content-Type": "image/jpeg"}}
    status, headers, _ = await street.request("PUT", path, **sent)
    assert (status, headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert await street.runtime.objects.get(UPLOADS, upload_id) == CONTENT


async def test_a_page_of_a_strange_origin_may_not(street: Street) -> None:
    _, path = await created(street)
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    status, headers, _ = await street.request("OPTIONS", path, headers=asked)
    assert status == 400
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("changes", [{"size": "9999999"}, {"until": "9999999999"}, {"signature": "0" * 64}])
async def test_an_altered_address_stores_nothing(street: Street, changes: dict[str, str]) -> None:
    upload_id, path = await created(street)
    bare, _, query = path.partition("?")
    altered = {name: values[0] for name, values in parse_qs(query).items()} | changes
    status, _, body = await street.request("PUT", f"{bare}?{urlencode(altered)}", data=CONTENT)
    assert (status, b'"upload_address"' in body) == (403, True)
    assert upload_id not in await street.runtime.objects.list(UPLOADS)


@pytest.mark.parametrize(("content", "status"), [(CONTENT + b"x", 413), (CONTENT[:-1], 400)])
async def test_a_file_of_another_size_is_refused(street: Street, content: bytes, status: int) -> None:
    upload_id, path = await created(street)
    found, _, _ = await street.request("PUT", path, data=content)
    assert found == status
    assert upload_id not in await street.runtime.objects.list(UPLOADS)
