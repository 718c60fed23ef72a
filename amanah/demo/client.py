"""A small client of the public API, as any frontend or partner could write it."""

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from amanah.demo.documents import operations

Data = dict[str, Any]

_PATIENCE = 60.0
_LATER = {"THROTTLED", "UNAVAILABLE", "CONFLICT"}


class ApiError(Exception):
    """An error that the API answered: a `userErrors` entry, or the code of a top-level error."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation} was refused: {code}: {message}")
        self.code = code
        self.message = message


class Api:
    """The gateway at `url`. All users share its connections."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url.rstrip("/")

    async def ask(self, token: str | None, operation: str, variables: Data) -> Data:
        """The answer's `data`. Retries while the server is busy. Raises ApiError for anything else."""
        body = {"query": operations()[operation], "operationName": operation, "variables": variables}
        deadline = time.monotonic() + _PATIENCE
        pause = 0.1
        while True:
            try:
                answer, wait = await self._post(body, token)
            except aiohttp.ClientConnectionError:
                answer, wait = {"errors": [{"message": "no connection", "extensions": {"code": "UNAVAILABLE"}}]}, None
            errors = answer.get("errors")
            if not errors:
                data: Data = answer["data"]
                return data
            code = errors[0].get("extensions", {}).get("code", "INTERNAL")
            if code not in _LATER or time.monotonic() > deadline:
                raise ApiError(operation, code, errors[0].get("message", ""))
            await asyncio.sleep(wait if wait is not None else pause)
            pause = min(pause * 2, 2.0)

    async def _post(self, body: Data, token: str | None) -> tuple[Data, float | None]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            text = await response.text()
            try:
                answer = json.loads(text)
            except ValueError as error:
                raise ApiError(body["operationName"], str(response.status), text[:200]) from error
            wait = response.headers.get("Retry-After")
            return answer, float(wait) if wait and wait.isdigit() else None

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a public or presigned URL."""
        async with self.session.get(url) as response:
            response.raise_for_status()
            return await response.read()


@dataclass(frozen=True)
class UploadFile:
    """A file as its sender declares it; `content` may be something else for those who cheat."""

    purpose: str
    filename: str
    content_type: str
    declared: bytes
    content: bytes | None


@dataclass(frozen=True)
class ApiUser:
    """A user of the API, with a token."""

    api: Api
    name: str
    role: str
    token: str

    async def ask(self, operation: str, **variables: Any) -> Data:
        """Runs a query."""
        return await self.api.ask(self.token, operation, variables)

    async def do(self, operation: str, **fields: Any) -> Data:
        """Runs a mutation with one `input` and gives its payload; tries again while a fact is still on its way.

        Raises ApiError for a `userErrors` entry.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            (payload,) = (await self.api.ask(self.token, operation, {"input": fields})).values()
            errors = payload["userErrors"]
            if not errors:
                result: Data = payload
                return result
            if errors[0]["code"] != "not_yet" or time.monotonic() > deadline:
                raise ApiError(operation, errors[0]["code"], errors[0]["message"])
            await asyncio.sleep(0.5)

    async def upload(self, sent: UploadFile) -> str:
        """Declares a file, puts its bytes straight into the object store, and gives the upload's id."""
        payload = await self.do(
            "CreateUpload",
            purpose=sent.purpose,
            filename=sent.filename,
            contentType=sent.content_type,
            size=len(sent.declared),
            sha256=hashlib.sha256(sent.declared).hexdigest(),
        )
        upload = payload["upload"]
        if sent.content is not None:
            headers = {header["name"]: header["value"] for header in upload["headers"]}
            async with self.api.session.request(
                upload["method"], upload["url"], data=sent.content, headers=headers
            ) as response:
                if response.status >= 300:
                    raise ApiError("the upload", str(response.status), (await response.text())[:200])
        identifier: str = upload["id"]
        return identifier

    async def capture(self, document: Data | bytes) -> Data:
        """Sends an EPCIS document and waits for the result of each event."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url = f"{self.api.url}/partners/v1/capture"
        async with self.api.session.post(url, data=body, headers=headers) as response:
            if response.status not in (200, 202):
                raise ApiError("the capture", str(response.status), (await response.text())[:300])
            job: Data = await response.json(content_type=None)
        deadline = time.monotonic() + _PATIENCE
        while job.get("running") and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            async with self.api.session.get(f"{url}/{job['id']}", headers=headers) as response:
                job = await response.json(content_type=None)
        return job

    async def download(self, url: str, path: Path) -> str:
        """Saves the file at `url` and returns its SHA-256."""
        content = await self.api.fetch(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()
