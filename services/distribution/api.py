"""The RPC table of distribution: which function answers which request."""

from amanah.contracts import distribution as contract
from amanah.rpc import Handlers
from services.distribution import queries
from services.distribution.commands import (
    assignments,
    capture,
    failures,
    handovers,
    logistics,
    programs,
    rounds,
    uploads,
)

HANDLERS: Handlers = {
    contract.CreateProgram: programs.create_program,
    contract.GetPrograms: queries.get_programs,
    contract.CreateRound: rounds.create_round,
    contract.GetRounds: queries.get_rounds,
    contract.AssignOfficer: assignments.assign_officer,
    contract.ListMyAssignments: queries.list_my_assignments,
    contract.GetTallies: queries.get_tallies,
    contract.ListEntitlements: queries.list_entitlements,
    contract.GetEntitlements: queries.get_entitlements,
    contract.CreatePlaces: logistics.create_places,
    contract.CreatePackages: logistics.create_packages,
    contract.GetPackage: queries.get_package,
    contract.ListPackageHistory: queries.list_package_history,
    contract.CaptureEvents: capture.capture_events,
    contract.GetCapture: queries.get_capture,
    contract.CreateEvidenceUpload: uploads.create_evidence_upload,
    contract.RecordHandover: handovers.record_handover,
    contract.SyncHandovers: handovers.sync_handovers,
    contract.RecordFailedHandover: failures.record_failed_handover,
    contract.GetHandovers: queries.get_handovers,
    contract.ListAlerts: queries.list_alerts,
}
