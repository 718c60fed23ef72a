"""What the audit service answers."""

from amanah.contracts.audit.exports import AnnounceExport
from amanah.contracts.audit.proofs import GetCheckpoint, GetEvidence, GetLogState, GetProof
from amanah.contracts.audit.search import EntriesByIds, ListEntries
from amanah.runtime.rpc import Handlers
from services.audit.log import queries as proofs
from services.audit.log.commands import announce_export
from services.audit.search import queries as entries

HANDLERS: Handlers = {
    AnnounceExport: announce_export,
    ListEntries: entries.list_entries,
    EntriesByIds: entries.entries_by_ids,
    GetProof: proofs.get_proof,
    GetEvidence: proofs.get_evidence,
    GetCheckpoint: proofs.get_checkpoint,
    GetLogState: proofs.get_log_state,
}
