"""Lookups of anchors and of their files."""

from collections.abc import Sequence

from amanah.tlog import anchors
from services.audit.anchors.documents import ANCHORS, UNWRITTEN, AnchorDocument
from services.audit.store import Store


async def anchor_exists(store: Store, name: str) -> bool:
    """Tests that an anchor with this name is stored."""
    return await store[ANCHORS].get({"_id": name}, projection={"_id": 1}) is not None


async def unstamped_anchors(store: Store, limit: int) -> Sequence[AnchorDocument]:
    """Returns at most `limit` anchors that wait for a time stamp, the latest first."""
    return await store[ANCHORS].list({"stamp": "wanted"}, sort=[("_id", -1)], limit=limit)


async def unwritten_files(store: Store) -> list[tuple[str, bytes]]:
    """Returns path and content of the files that are not in the bucket yet."""
    files = []
    for waiting in await store[UNWRITTEN].list({}):
        anchor = await store[ANCHORS].get({"_id": waiting["name"]})
        if anchor is not None:
            checkpoint = waiting["file"] == anchors.CHECKPOINT
            data = anchor["checkpoint"].encode() if checkpoint else bytes(anchor["answer"])
            files.append((waiting["_id"], data))
    return files
