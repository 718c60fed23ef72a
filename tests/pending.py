"""Messages that wait in an outbox, for tests that read what a command recorded."""

from amanah.runtime.bus.outbox import OUTBOX, PendingMessage
from amanah.runtime.mongo import Database


async def pending_messages(db: Database, topic: str | None = None) -> list[PendingMessage]:
    """Returns the messages that are not published yet, in order; of one topic, if it is given."""
    bundles = await db[OUTBOX].list({}, sort=[("order", 1)])
    return [m for bundle in bundles for m in bundle["messages"] if topic in (None, m["topic"])]
