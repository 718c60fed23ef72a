"""What the gateway keeps: who has been here, and which sessions have begun."""

from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring, commitment
from amanah.runtime.mongo import Database
from amanah.runtime.tables import Document, index


class Store:
    """The gateway's own database.

    `users`: `{_id, name, grants: [{role, area, until}], since}`; `sessions`: `{_id: token id, user, since, until}`, gone
    once the token has expired.
    """

    def __init__(self, db: Database, outbox: Outbox, keys: Keyring) -> None:
        self._keys = keys
        self.db = db
        self.outbox = outbox
        self.users = db["users"]
        self.sessions = db["sessions"]

    async def prepare(self) -> None:
        """Creates what is missing."""
        await self.users.ensure_indexes([index("grants.role", "name", "_id")])
        await self.sessions.ensure_indexes([index("until", expire_after=0)])
        await self.outbox.prepare()

    def seal(self, user: Document | None) -> str:
        """The commitment to which roles a user has over which areas; empty for nobody."""
        if user is None:
            return ""
        return commitment(self._keys.subject_key(user["_id"]), {"grants": [f"{r} {a}" for r, a in held(user)]})


def held(user: Document) -> list[tuple[str, str]]:
    """The roles of a user, each with its area, in order."""
    return sorted({(grant["role"], grant["area"]) for grant in user["grants"]})
