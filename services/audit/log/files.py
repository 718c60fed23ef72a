"""The log's files in the bucket (C2SP tlog-tiles).

The bucket's `checkpoint` is a copy of the published one, so that the bucket alone is a whole log. An object store compares
nothing before it writes: a writer that was paused may set the copy back, but never the published checkpoint.
"""

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from amanah.contracts.errors import NotFound, Unavailable
from amanah.tlog import layout, proofs
from amanah.tlog.layout import WIDTH, Span
from services.audit.log.rules import replaced_partials
from services.audit.store import Store

_CACHED_TILES = 256
_RETRY_AFTER_S = (0.05, 0.2)


class LogFiles:
    """Reads and writes the log's files. One instance a process: it caches full tiles."""

    def __init__(self, store: Store) -> None:
        self._objects = store.objects
        self._bucket = store.bucket
        self._retention = timedelta(days=round(365.25 * store.settings.files_kept_years))
        self._checkpoint_version: str | None = None
        self._tiles: OrderedDict[Span, tuple[bytes, ...]] = OrderedDict()

    async def paths(self) -> list[str]:
        """Returns the paths of all files."""
        return await self._objects.list(self._bucket)

    async def read(self, path: str) -> bytes:
        """Reads a file. Raises NotFound, also for a path that no file of a log has."""
        if not layout.is_path(path):
            raise NotFound("not_found.log_file")
        return await self._objects.get(self._bucket, path)

    async def write(self, path: str, data: bytes) -> None:
        """Writes a file; a repeated write changes nothing. Where the store has object lock, full files are retained."""
        kind = "text/plain; charset=utf-8" if path == layout.CHECKPOINT else "application/octet-stream"
        version = await self._put(path, data, kind)
        if version is None or not await self._objects.locks(self._bucket):
            return
        if path == layout.CHECKPOINT:
            # It is written twice a second: where there are versions, only the last one is of any use.
            if self._checkpoint_version is not None:
                await self._objects.delete(self._bucket, path, version=self._checkpoint_version)
            self._checkpoint_version = version
        elif (span := layout.parse_path(path)) is not None and span.width == WIDTH:
            await self._objects.retain(self._bucket, path, version, datetime.now(UTC) + self._retention)

    async def _put(self, path: str, data: bytes, kind: str) -> str | None:
        for pause in _RETRY_AFTER_S:
            try:
                return await self._objects.put(self._bucket, path, data, kind)
            except Unavailable:
                # rclone's S3 answers 500 now and then when two writes make one folder at the same moment.
                await asyncio.sleep(pause)
        return await self._objects.put(self._bucket, path, data, kind)

    async def delete_partials(self, bundle: int) -> None:
        """Deletes the partial files of a full bundle, and of the tiles that it completes."""
        for prefix in replaced_partials(bundle):
            await self._objects.clear(self._bucket, prefix)

    async def tile(self, span: Span) -> tuple[bytes, ...]:
        """Returns the hashes of a tile. Full tiles never change, and some are cached.

        A partial tile may be deleted once the full one exists, which begins with the same hashes. Raises NotFound and
        Malformed.
        """
        full = Span(span.level, span.number, WIDTH)
        if full in self._tiles:
            self._tiles.move_to_end(full)
            return self._tiles[full][: span.width]
        try:
            hashes = layout.split_hashes(await self.read(span.path), span.width)
        except NotFound:
            if span == full:
                raise
            return (await self.tile(full))[: span.width]
        if span == full:
            self._tiles[full] = hashes
            if len(self._tiles) > _CACHED_TILES:
                self._tiles.popitem(last=False)
        return hashes

    async def prove_consistency(self, old: int, size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """Returns the log's root at `old` entries, and the consistency proof from there to `size` (0 < old <= size).

        Raises NotFound and Malformed when a tile is lost.
        """
        path = [(0, old), *proofs.consistency_path(old, size)]
        tiles = {span: await self.tile(span) for span in proofs.required_tiles(path, size)}
        root, *proof = proofs.build(path, lambda node: node.root_in(tiles[node.tile(size)]))
        return root, tuple(proof)
