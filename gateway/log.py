"""`/log/`: the public audit log (C2SP tlog-tiles), as it stands in the object store."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.errors import NotFound
from amanah.objects import AUDIT, Objects
from amanah.tlog import layout
from gateway.problems import with_problems

# A checkpoint is stale within seconds; tiles never change, partial ones either: what they hold follows from the path.
_FRESH = "public, max-age=1"
_FOREVER = "public, max-age=31536000, immutable"


class PublicLog:
    """Serves the files of the log to anybody, also to pages of other origins."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def routes(self) -> list[Route]:
        """`GET /log/...`."""
        return [Route("/log/{path:path}", with_problems(self.file), methods=["GET"])]

    async def file(self, request: Request) -> Response:
        """One file; nothing but a log's own paths reaches the store."""
        path = request.path_params["path"]
        if not layout.is_path(path):
            raise NotFound("The log has no such file.")
        data = await self._objects.get(AUDIT, path)
        head = path == layout.CHECKPOINT
        return Response(
            data,
            media_type="text/plain; charset=utf-8" if head else "application/octet-stream",
            headers={
                "cache-control": _FRESH if head else _FOREVER,
                "access-control-allow-origin": "*",
                "x-content-type-options": "nosniff",
            },
        )
