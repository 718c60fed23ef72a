"""What the audit service answers."""

from amanah.contracts.audit import (
    AnnounceExport,
    EntriesByIds,
    GetCheckpoint,
    GetEvidence,
    GetLogState,
    GetProof,
    ListEntries,
)
from amanah.rpc import Handlers
from services.audit.commands import announce_export
from services.audit.queries import entries, proofs

HANDLERS: Handlers = {
    AnnounceExport: announce_export,
    ListEntries: entries.list_entries,
    EntriesByIds: entries.entries_by_ids,
    GetProof: proofs.get_proof,
    GetEvidence: proofs.get_evidence,
    GetCheckpoint: proofs.get_checkpoint,
    GetLogState: proofs.get_log_state,
}
