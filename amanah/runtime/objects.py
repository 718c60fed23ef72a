"""Object store, and the only module that imports the MinIO SDK.

The SDK is synchronous: every call runs in a worker thread, off the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import MinioException
from minio.retention import Retention

from amanah.contracts.buckets import LOCKED, UPLOADS
from amanah.contracts.errors import AmanahError, NotFound, Refused, Unavailable

T = TypeVar("T")

_CHUNK = 1 << 20
_FULL = frozenset({"XMinioStorageFull", "InsufficientStorage", "StorageFull"})
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchUpload", "NotFound", "ResourceNotFound"})


def _translated(error: Exception) -> AmanahError:
    """Translates an error of the SDK."""
    code = getattr(error, "code", None)
    # Stores that answer errors as text/xml, not application/xml, reach us as InvalidResponseError with the status alone.
    status = (
        getattr(getattr(error, "response", None), "status", None)
        or getattr(error, "status_code", None)
        or getattr(error, "_code", None)
    )
    if code in _MISSING or status == 404:
        return NotFound("not_found.object")
    if code in _FULL or status == 507:
        return Refused("storage_full")
    if isinstance(error, MinioException):
        return Unavailable("unavailable.objects_answer", answer=code or status or "an error")
    return Unavailable("unavailable.objects")


class Objects:
    """Objects by bucket and key. Raises NotFound, Unavailable, and Refused("storage_full") when it answers 507."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str, *, public_endpoint: str | None = None) -> None:
        self._client = self._connect(endpoint, access_key, secret_key)
        # A presigned address must name the host that the client reaches, which may not be the one we reach.
        self._public = self._connect(public_endpoint, access_key, secret_key) if public_endpoint else self._client
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="objects")
        self._locks: dict[str, bool] = {}

    @staticmethod
    def _connect(endpoint: str, access_key: str, secret_key: str) -> Minio:
        parts = urlsplit(endpoint)
        pool = urllib3.PoolManager(
            maxsize=32,
            timeout=urllib3.Timeout(connect=3, read=30),
            # A whole PUT or a GET may be repeated: the store answers 500 when two writers make the same folder at once.
            retries=urllib3.Retry(
                total=4,
                connect=2,
                read=2,
                status=3,
                backoff_factor=0.1,
                status_forcelist=(500, 502, 503, 504),
                allowed_methods=None,
                raise_on_status=False,
                respect_retry_after_header=False,
            ),
        )
        return Minio(
            parts.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=parts.scheme == "https",
            region="us-east-1",
            http_client=pool,
        )

    async def _run(self, call: Callable[[], T]) -> T:
        def guarded() -> T:
            try:
                return call()
            except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
                raise _translated(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, guarded)

    async def ensure_buckets(self, *names: str) -> None:
        """Creates the buckets that are missing, those of LOCKED with object lock where the store has it."""

        def create(name: str) -> None:
            if self._client.bucket_exists(bucket_name=name):
                return
            try:
                self._client.make_bucket(bucket_name=name, object_lock=name in LOCKED)
            except MinioException:
                if name not in LOCKED:
                    raise
                self._client.make_bucket(bucket_name=name)

        for name in names:
            await self._run(lambda name=name: create(name))  # type: ignore[misc] # mypy cannot infer the default's type

    async def put(
        self, bucket: str, key: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> str | None:
        """Writes an object whole; readers see the old one or the new one, never a part. Its version, where there are any."""
        written = await self._run(
            lambda: self._client.put_object(
                bucket_name=bucket, object_name=key, data=BytesIO(data), length=len(data), content_type=content_type
            )
        )
        version: str | None = written.version_id
        return version

    async def put_file(self, bucket: str, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        """Writes an object of `size` bytes from a file, which is read from where it stands."""
        await self._run(
            lambda: self._client.put_object(
                bucket_name=bucket, object_name=key, data=file, length=size, content_type=content_type
            )
        )

    async def locks(self, bucket: str) -> bool:
        """Tells if the store can protect objects of the bucket from change and deletion.

        rclone answers the question for the lock as if it had one, but has no versions, without which there is no lock.
        """

        def ask() -> bool:
            if self._client.get_bucket_versioning(bucket_name=bucket).status != "Enabled":
                return False
            try:
                self._client.get_object_lock_config(bucket_name=bucket)
            except MinioException:
                return False
            return True

        if bucket not in self._locks:
            self._locks[bucket] = await self._run(ask)
        return self._locks[bucket]

    async def retain(self, bucket: str, key: str, version: str, until: datetime) -> None:
        """Protects a version from change and deletion until then; nobody can shorten it. Only for a bucket that `locks`.

        A store without object lock may take the request for a PUT and overwrite the object with it; rclone does.
        """
        if not await self.locks(bucket):
            raise ValueError(f"the store does not lock objects of {bucket}")
        await self._run(
            lambda: self._client.set_object_retention(
                bucket_name=bucket, object_name=key, version_id=version, config=Retention(COMPLIANCE, until)
            )
        )

    async def get(self, bucket: str, key: str, *, limit: int | None = None) -> bytes:
        """An object's bytes; at most `limit` + 1 of them, so that the caller sees when it is longer."""

        def read() -> bytes:
            response = self._client.get_object(bucket_name=bucket, object_name=key)
            try:
                return bytes(response.read(limit + 1 if limit is not None else None))
            finally:
                response.close()
                response.release_conn()

        return await self._run(read)

    async def open(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """An object's bytes in chunks of a megabyte."""
        response: Any = await self._run(lambda: self._client.get_object(bucket_name=bucket, object_name=key))
        try:
            while chunk := await self._run(lambda: response.read(_CHUNK)):
                yield bytes(chunk)
        finally:
            response.close()
            response.release_conn()

    async def delete(self, bucket: str, key: str, *, version: str | None = None) -> None:
        """Deletes an object, or that version of it; nothing happens when there is none."""
        await self._run(lambda: self._client.remove_object(bucket_name=bucket, object_name=key, version_id=version))

    async def clear(self, bucket: str, prefix: str) -> None:
        """Deletes every object whose key begins with `prefix`, and where the bucket locks, every version of them."""
        versions = await self.locks(bucket)

        def clear() -> None:
            found = self._client.list_objects(
                bucket_name=bucket, prefix=prefix, recursive=True, include_version=versions
            )
            for each in found:
                self._client.remove_object(
                    bucket_name=bucket, object_name=each.object_name or "", version_id=each.version_id
                )

        await self._run(clear)

    async def list(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys that begin with `prefix`."""
        return await self._run(
            lambda: [
                o.object_name or ""
                for o in self._client.list_objects(bucket_name=bucket, prefix=prefix, recursive=True)
            ]
        )

    async def presign_put(self, bucket: str, key: str, expires: timedelta) -> str:
        """An address that takes one PUT until `expires`. It binds neither size nor type: check what came."""
        return await self._run(
            lambda: self._public.presigned_put_object(bucket_name=bucket, object_name=key, expires=expires)
        )

    async def presign_get(self, bucket: str, key: str, expires: timedelta, *, filename: str | None = None) -> str:
        """An address to read an object until `expires`; browsers save it as `filename`."""
        headers: Any = {"response-content-disposition": f'attachment; filename="{filename}"'} if filename else None
        return await self._run(
            lambda: self._public.presigned_get_object(
                bucket_name=bucket, object_name=key, expires=expires, response_headers=headers
            )
        )

    async def ping(self) -> None:
        """Raises Unavailable when the store does not answer."""
        await self._run(lambda: self._client.bucket_exists(bucket_name=UPLOADS))

    def close(self) -> None:
        """Stops the worker threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
