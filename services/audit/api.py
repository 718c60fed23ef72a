"""The audit service's nouns, lowest first, and the methods that they answer."""

from amanah.runtime.rpc import Handlers, handlers_of
from amanah.runtime.tables import tables_of
from services.audit import alarms, anchors, log, search, witnesses
from services.audit.log.files import LogFiles
from services.audit.log.heads import create_empty_log
from services.audit.search.insertion import update_stored_terms
from services.audit.store import Store

NOUNS = (alarms, witnesses, search, log, anchors)


def handlers(*, files: LogFiles) -> Handlers:
    """Returns the handler of each request; those that prove entries read the log's `files`."""
    return handlers_of(*NOUNS, files=files)


async def prepare(store: Store) -> None:
    """Creates the collections, the indexes, the bucket and the empty log, where they are missing; updates old search terms."""
    await store.outbox.prepare()
    await store.db.create(tables_of(*NOUNS))
    await update_stored_terms(store)
    await store.objects.ensure_buckets(store.bucket)
    await create_empty_log(store)
