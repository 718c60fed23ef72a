"""What the audit service answers."""

from amanah.contracts.audit import EntriesByIds, GetLogState, GetProof, ListEntries
from amanah.rpc import Handlers
from services.audit import queries

HANDLERS: Handlers = {
    ListEntries: queries.list_entries,
    EntriesByIds: queries.entries_by_ids,
    GetProof: queries.get_proof,
    GetLogState: queries.get_log_state,
}
