"""`/log/`: the public audit log (C2SP tlog-tiles). Its files come from the object store, its checkpoint from the service.

The checkpoint in the object store is a copy, which follows the published one and for a moment may even go back.
"""

import asyncio
import time
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.audit.proofs import GetCheckpoint
from amanah.contracts.buckets import AUDIT
from amanah.contracts.errors import AmanahError, NotFound, Unavailable
from amanah.runtime.objects import Objects
from amanah.tlog import anchors, layout
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.layout import Malformed
from gateway.access.authenticator import ANONYMOUS, Authenticator
from gateway.context import Caller
from gateway.problems import with_problems

# A checkpoint is stale within seconds; tiles never change, partial ones either: what they hold follows from the path.
_FRESH = "public, max-age=1"
_FOREVER = "public, max-age=31536000, immutable"
_FRESH_SECONDS = 1.0
_TIMEOUT_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True)
class _Head:
    """Checkpoint as it is served, and parsed. The gateway does not know the log's keys: readers verify the signatures."""

    served: bytes
    checkpoint: Checkpoint

    @classmethod
    def read(cls, served: bytes) -> "_Head":
        """The head in a signed note. Raises Malformed."""
        return cls(served, Checkpoint.parse(Note.parse(served).text))

    def outgrows(self, other: "_Head") -> bool:
        """Checks that both are of one log, and that this one is larger."""
        return self.checkpoint.origin == other.checkpoint.origin and self.checkpoint.size > other.checkpoint.size


class PublicLog:
    """Serves the files of the log to anybody, also to pages of other origins, with a rate limit per address."""

    def __init__(self, authenticator: Authenticator, objects: Objects, client: Caller) -> None:
        self._authenticator = authenticator
        self._objects = objects
        self._client = client
        self._refreshing = asyncio.Lock()
        self._refreshed_at = -_FRESH_SECONDS
        self._head: _Head | None = None
        self._failure: AmanahError = Unavailable("unavailable.audit")

    def routes(self) -> list[Route]:
        """`GET /log/...`."""
        return [Route("/log/{path:path}", with_problems(self.file), methods=["GET"])]

    async def file(self, request: Request) -> Response:
        """Serves one file. Only paths of a log reach the store."""
        # Not the route's parameter: that lacks a line end at the end of the path.
        path = request.scope["path"].removeprefix("/log/")
        if not (layout.is_path(path) or anchors.is_path(path)):
            raise NotFound("not_found.log_file")
        await self._authenticator.limit_reader(request)
        head = path == layout.CHECKPOINT
        data = await (self._latest() if head else self._objects.get(AUDIT, path))
        text = path.endswith(layout.CHECKPOINT)
        return Response(
            data,
            media_type="text/plain; charset=utf-8" if text else "application/octet-stream",
            headers={
                "cache-control": _FRESH if head else _FOREVER,
                "access-control-allow-origin": "*",
                "x-content-type-options": "nosniff",
            },
        )

    async def _latest(self) -> bytes:
        """The published checkpoint, at most a second old; while the service is unavailable, the largest known one.

        It is never smaller than one that was served before. Raises the service's error when none is known.
        """
        async with self._refreshing:
            if time.monotonic() - self._refreshed_at >= _FRESH_SECONDS:
                try:
                    await self._refresh()
                finally:  # requests that wait for the lock use this answer too, or each of them would wait for its own
                    self._refreshed_at = time.monotonic()
            if self._head is None:
                raise self._failure.with_traceback(None)
            return self._head.served

    async def _refresh(self) -> None:
        try:
            answered = await self._ask()
        except AmanahError as failure:
            self._failure = failure
            copy = await self._copy()
            if copy is not None and (self._head is None or copy.outgrows(self._head)):
                self._head = copy
            if self._head is not None:
                size = self._head.checkpoint.size
                log.warning("the audit service gives no checkpoint; one known is served", why=failure.code, size=size)
            return
        if self._head is not None and self._head.outgrows(answered):
            sizes = {"size": answered.checkpoint.size, "served": self._head.checkpoint.size}
            log.warning("the audit service's checkpoint is smaller than one that was served, which is kept", **sizes)
        else:
            self._head = answered

    async def _ask(self) -> _Head:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return _Head.read((await self._client.call(GetCheckpoint(), ANONYMOUS)).text.encode())
        except TimeoutError:
            raise Unavailable("unavailable.audit") from None

    async def _copy(self) -> _Head | None:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return _Head.read(await self._objects.get(AUDIT, layout.CHECKPOINT))
        except (AmanahError, Malformed, TimeoutError):
            return None
