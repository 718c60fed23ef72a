"""The RPC table of distribution: which function answers which request."""

from amanah.contracts.alerts import GetAlerts, ListAlerts, UpdateAlert
from amanah.contracts.assignments import (
    AssignOfficer,
    EndAssignment,
    GetAssignmentBundle,
    GetAssignments,
    GetTallies,
    ListAssignments,
    ListMyAssignments,
    ListWork,
    ReassignOfficer,
)
from amanah.contracts.cases import (
    FileComplaint,
    GetCases,
    ListAttachments,
    ListCaseEvents,
    ListCases,
    RevealContact,
    UpdateCase,
)
from amanah.contracts.corrections import (
    ApproveCorrection,
    GetCorrections,
    ListCorrections,
    ProposeCorrection,
    RejectCorrection,
    ReopenEntitlement,
)
from amanah.contracts.custody.custody import (
    GetReconciliation,
    ListLegBalances,
    ListPlaceBalances,
    RecordPackageLoss,
    SetRoute,
    SplitPackage,
)
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import (
    CreatePackages,
    CreatePlaces,
    GetPackage,
    GetPackages,
    GetPlaces,
    ListPackageHistory,
    ListPackages,
    ListPlaces,
)
from amanah.contracts.evidence import CreateEvidenceUpload, GetPhotoLinks, RevealOriginal
from amanah.contracts.handovers.handovers import (
    GetHandovers,
    ListHandovers,
    RecordFailedHandover,
    RecordHandover,
    SyncHandovers,
)
from amanah.contracts.handovers.public import VerifyHandover
from amanah.contracts.partner_events import CaptureEvents, GetCapture
from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    ConfirmPayment,
    ExportPayments,
    GetPaymentBatches,
    GetPaymentStatusImport,
    ImportPaymentStatus,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    RejectPaymentBatch,
)
from amanah.contracts.rounds import (
    CreateProgram,
    CreateRound,
    GetEntitlements,
    GetPrograms,
    GetRounds,
    ListEntitlements,
    ListPrograms,
    ListRounds,
    SetThresholds,
)
from amanah.contracts.sms import ListConfirmationCodes, ReceiveSms
from amanah.runtime.rpc import Handlers
from services.distribution.alerts import commands as alert_updates
from services.distribution.alerts.queries import get_alerts, list_alerts
from services.distribution.assignments import commands as assignments
from services.distribution.assignments.queries import bundles, schedule
from services.distribution.assignments.queries.entitlements import get_entitlements, list_entitlements
from services.distribution.cases import queries as casebook
from services.distribution.cases.commands import cases, complaints
from services.distribution.corrections.commands import corrections, reopening
from services.distribution.corrections.queries import get_corrections, list_corrections
from services.distribution.custody.commands import labels, losses, routes, splits
from services.distribution.custody.commands import packages as logistics
from services.distribution.custody.queries import reconciliation as reconciling
from services.distribution.custody.queries.packages import (
    get_package,
    get_packages,
    get_places,
    list_package_history,
    list_packages,
    list_places,
)
from services.distribution.evidence import commands as photos
from services.distribution.evidence.commands import create_evidence_upload
from services.distribution.handovers import public_view as verifying
from services.distribution.handovers import queries as handover_queries
from services.distribution.handovers.commands import failures
from services.distribution.handovers.commands import record as handovers
from services.distribution.partner_events import capture
from services.distribution.partner_events.queries import get_capture
from services.distribution.payments import queries as payment_queries
from services.distribution.payments.commands import bank_reports as settling
from services.distribution.payments.commands import confirm as confirming
from services.distribution.payments.commands import decide as deciding
from services.distribution.payments.commands import export as exporting
from services.distribution.payments.commands import propose as proposing
from services.distribution.rounds.commands import codes, programs, rounds
from services.distribution.rounds.queries import get_programs, get_rounds, list_programs, list_rounds
from services.distribution.sms import commands as sms

HANDLERS: Handlers = {
    CreateProgram: programs.create_program,
    GetPrograms: get_programs,
    ListPrograms: list_programs,
    CreateRound: rounds.create_round,
    GetRounds: get_rounds,
    ListRounds: list_rounds,
    AssignOfficer: assignments.assign_officer,
    ReassignOfficer: assignments.reassign_officer,
    EndAssignment: assignments.end_assignment,
    ListMyAssignments: schedule.list_my_assignments,
    ListAssignments: schedule.list_assignments,
    GetAssignments: schedule.get_assignments,
    GetTallies: schedule.get_tallies,
    ListWork: schedule.list_work,
    GetAssignmentBundle: bundles.get_assignment_bundle,
    ListEntitlements: list_entitlements,
    GetEntitlements: get_entitlements,
    CreatePlaces: logistics.create_places,
    GetPlaces: get_places,
    ListPlaces: list_places,
    CreatePackages: logistics.create_packages,
    GetPackage: get_package,
    GetPackages: get_packages,
    ListPackages: list_packages,
    ListPackageHistory: list_package_history,
    IssuePackageCodes: labels.issue_package_codes,
    MakePackageLabels: labels.make_package_labels,
    SplitPackage: splits.split_package,
    RecordPackageLoss: losses.record_package_loss,
    SetRoute: routes.set_route,
    GetReconciliation: reconciling.get_reconciliation,
    ListPlaceBalances: reconciling.list_place_balances,
    ListLegBalances: reconciling.list_leg_balances,
    CaptureEvents: capture.capture_events,
    GetCapture: get_capture,
    CreateEvidenceUpload: create_evidence_upload,
    RecordHandover: handovers.record_handover,
    SyncHandovers: handovers.sync_handovers,
    RecordFailedHandover: failures.record_failed_handover,
    GetHandovers: handover_queries.get_handovers,
    ListHandovers: handover_queries.list_handovers,
    VerifyHandover: verifying.verify_handover,
    GetPhotoLinks: photos.get_photo_links,
    RevealOriginal: photos.reveal_original,
    ProposeCorrection: corrections.propose_correction,
    ApproveCorrection: corrections.approve_correction,
    RejectCorrection: corrections.reject_correction,
    ListCorrections: list_corrections,
    GetCorrections: get_corrections,
    ReopenEntitlement: reopening.reopen_entitlement,
    SetThresholds: programs.set_thresholds,
    ListAlerts: list_alerts,
    ExportPayments: proposing.export_payments,
    ApprovePaymentBatch: deciding.approve_payment_batch,
    RejectPaymentBatch: deciding.reject_payment_batch,
    OpenPaymentFiles: exporting.open_payment_files,
    ImportPaymentStatus: settling.import_payment_status,
    ConfirmPayment: confirming.record_confirmation,
    ListPaymentBatches: payment_queries.list_payment_batches,
    GetPaymentBatches: payment_queries.get_payment_batches,
    ListPayments: payment_queries.list_payments,
    GetPaymentStatusImport: payment_queries.get_payment_status_import,
    GetAlerts: get_alerts,
    UpdateAlert: alert_updates.update_alert,
    FileComplaint: complaints.file_complaint,
    UpdateCase: cases.update_case,
    RevealContact: cases.reveal_contact,
    ListCases: casebook.list_cases,
    GetCases: casebook.get_cases,
    ListCaseEvents: casebook.list_case_events,
    ListAttachments: cases.list_attachments,
    ReceiveSms: sms.receive_sms,
    ListConfirmationCodes: codes.list_confirmation_codes,
}
