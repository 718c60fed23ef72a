"""`PUT /uploads/{id}`: files go through the gateway to an object store that browsers do not reach.

The address that `createUpload` answers with is signed by the gateway: it holds for one upload, of the declared size, for as long as
the store's own address would. With a store that browsers reach, `AMANAH_GATEWAY_UPLOADS=store` answers with the store's own
presigned address, and no file passes here.
"""

import hmac
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.buckets import UPLOADS
from amanah.contracts.errors import BadInput, Forbidden
from amanah.contracts.uploads import Upload
from amanah.runtime.crypto import Keyring
from amanah.runtime.objects import Objects
from gateway.limits import TooLarge
from gateway.problems import with_problems

_PURPOSE = "upload address"
_IN_MEMORY = 1_000_000


class UploadRoute:
    """Signs addresses of uploads, and passes the files on that come to them."""

    def __init__(self, objects: Objects, keys: Keyring, public_url: str) -> None:
        self._objects = objects
        self._keys = keys
        self._public_url = public_url.rstrip("/")

    def address(self, upload: Upload, size: int) -> Upload:
        """The upload with an address here; `size` is the declared size in bytes."""
        until = int(upload.expires_at.timestamp())
        query = urlencode({"size": size, "until": until, "signature": self._signature(upload.id, size, until)})
        return upload.model_copy(update={"url": f"{self._public_url}/uploads/{upload.id}?{query}"})

    def routes(self) -> list[Route]:
        """`PUT /uploads/{id}`."""
        return [Route("/uploads/{id}", with_problems(self.put), methods=["PUT"])]

    async def put(self, request: Request) -> Response:
        """Stores a file under its upload. Refuses another size than declared, and an address that is forged or has expired."""
        upload_id = request.path_params["id"]
        size = self._declared(upload_id, request)
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            received = 0
            async for part in request.stream():
                received += len(part)
                if received > size:
                    raise TooLarge("too_large", limit=size)
                file.write(part)
            if received < size:
                raise BadInput("upload_address.size", size=size, received=received)
            file.seek(0)
            content_type = request.headers.get("content-type", "application/octet-stream")
            await self._objects.put_file(UPLOADS, upload_id, cast(BinaryIO, file), size, content_type)
        return Response(status_code=200)

    def _declared(self, upload_id: str, request: Request) -> int:
        """The size that a signed address declares. Raises Forbidden."""
        query = request.query_params
        try:
            size, until = int(query["size"]), int(query["until"])
        except (KeyError, ValueError):
            raise Forbidden("upload_address") from None
        if not hmac.compare_digest(self._signature(upload_id, size, until), query.get("signature", "")):
            raise Forbidden("upload_address")
        if until < datetime.now(UTC).timestamp():
            raise Forbidden("upload_address.expired")
        return size

    def _signature(self, upload_id: str, size: int, until: int) -> str:
        return self._keys.blind(f"{upload_id} {size} {until}", _PURPOSE)
