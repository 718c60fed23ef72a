"""Lease: one holder at a time of a name, among all processes on one database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from amanah.runtime.mongo import Database, DuplicateKey

COLLECTION = "leases"


class Lease:
    """Lease called `name`. Its holder renews it by `hold` well before `seconds` are over, or loses it.

    A holder that was paused may believe for a while that it still holds: what it does must be harmless when done twice.
    """

    def __init__(self, db: Database, name: str, seconds: float = 15.0) -> None:
        self._leases = db[COLLECTION]
        self._name = name
        self._lifetime = timedelta(seconds=seconds)
        self._holder = uuid4().hex

    async def hold(self) -> bool:
        """Takes or renews the lease, and tells if it is ours."""
        now = datetime.now(UTC)
        mine_or_over = {"_id": self._name, "$or": [{"holder": self._holder}, {"until": {"$lt": now}}]}
        change = {"$set": {"holder": self._holder, "until": now + self._lifetime}}
        try:
            await self._leases.change(mine_or_over, change, upsert=True)
        except DuplicateKey:  # of another holder, and not over
            return False
        return True

    async def release(self) -> None:
        """Releases the lease, so that others can take it at once."""
        await self._leases.delete({"_id": self._name, "holder": self._holder})
