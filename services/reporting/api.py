"""The reporting service's nouns, lowest first, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from amanah.runtime.tables import tables_of
from services.reporting import figures, map, reports
from services.reporting.store import Store

NOUNS = (figures, map, reports)
HANDLERS = handlers_of(*NOUNS)


async def prepare(store: Store) -> None:
    """Creates the collections and indexes that are missing."""
    await store.outbox.prepare()
    await store.db.create(tables_of(*NOUNS))
