"""`/log/`: the public audit log (C2SP tlog-tiles). Its files come from the object store, its checkpoint from the service.

The checkpoint in the object store is a copy, which follows the published one and for a moment may even go back.
"""

import asyncio
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.audit import GetCheckpoint
from amanah.contracts.errors import NotFound, Unavailable
from amanah.objects import AUDIT, Objects
from amanah.tlog import anchors, layout
from gateway.context import Caller
from gateway.door import ANYBODY
from gateway.problems import with_problems

# A checkpoint is stale within seconds; tiles never change, partial ones either: what they hold follows from the path.
_FRESH = "public, max-age=1"
_FOREVER = "public, max-age=31536000, immutable"
_FRESH_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0


class PublicLog:
    """Serves the files of the log to anybody, also to pages of other origins."""

    def __init__(self, objects: Objects, client: Caller) -> None:
        self._objects = objects
        self._client = client
        self._asking = asyncio.Lock()
        self._asked = -_FRESH_SECONDS
        self._checkpoint = b""

    def routes(self) -> list[Route]:
        """`GET /log/...`."""
        return [Route("/log/{path:path}", with_problems(self.file), methods=["GET"])]

    async def file(self, request: Request) -> Response:
        """One file; nothing but a log's own paths reaches the store."""
        path = request.path_params["path"]
        if not (layout.is_path(path) or anchors.is_path(path)):
            raise NotFound("The log has no such file.")
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
        """The published checkpoint, at most a second old; while the service does not answer, the last one known."""
        async with self._asking:
            if time.monotonic() - self._asked >= _FRESH_SECONDS:
                self._checkpoint = await self._ask() or self._checkpoint or await self._copy()
                self._asked = time.monotonic()
            return self._checkpoint

    async def _ask(self) -> bytes | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return (await self._client.call(GetCheckpoint(), ANYBODY)).text.encode()
        except (Unavailable, TimeoutError):
            return None

    async def _copy(self) -> bytes:
        return await self._objects.get(AUDIT, layout.CHECKPOINT)
