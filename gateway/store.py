"""What the gateway keeps: who has been here, and which sessions have begun."""

from amanah.bus.outbox import Outbox
from amanah.mongo import Database, index


class Store:
    """The gateway's own database.

    `users`: `{_id, name, grants: [{role, area, until}], since}`; `sessions`: `{_id: token id, user, since, until}`, gone
    once the token has expired.
    """

    def __init__(self, db: Database, outbox: Outbox) -> None:
        self.db = db
        self.outbox = outbox
        self.users = db["users"]
        self.sessions = db["sessions"]

    async def prepare(self) -> None:
        """Creates what is missing."""
        await self.users.ensure_indexes([index("grants.role", "name", "_id")])
        await self.sessions.ensure_indexes([index("until", expire_after=0)])
        await self.outbox.prepare()
