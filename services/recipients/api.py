"""The recipients service's nouns, lowest first, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from amanah.runtime.tables import tables_of
from services.recipients import duplicates, imports, register, rosters
from services.recipients.store import Store

# A noun imports only nouns before it; imports and rosters do not import each other.
NOUNS = (duplicates, register, imports, rosters)
HANDLERS = handlers_of(*NOUNS)


async def prepare(store: Store) -> None:
    """Creates the collections and indexes that are missing; a transaction cannot create a collection."""
    await store.db.create(tables_of(*NOUNS))
    await store.uploads.prepare()
    await store.outbox.prepare()
