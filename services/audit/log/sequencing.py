"""Sequencing: new entries get the next indexes of the log."""

from collections.abc import Sequence

from amanah.runtime.mongo import Tx
from services.audit.log.heads import take_indexes
from services.audit.search.insertion import insert_entries, select_unknown
from services.audit.search.rules.entry import NewEntry
from services.audit.store import Store


async def append_entries(store: Store, tx: Tx, entries: Sequence[NewEntry]) -> None:
    """Gives each entry the next index, in this order; an entry that has an index keeps it."""
    new = await select_unknown(store, tx, entries)
    if new:
        await insert_entries(store, tx, new, await take_indexes(store, tx, len(new)))
