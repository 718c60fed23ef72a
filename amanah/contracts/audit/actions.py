"""Actions of the audit log: one table, from which the docs, the words of an export and the tests derive.

docs/guide/audit-actions.md is written from it by `amanah actions`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

_SETTINGS_CHANGE = (
    "Settings", "mengubah pengaturan",
    "A service starts with other settings than before; `reason` names them, `before` and `after` are hashes of all settings",
)  # fmt: skip
_KEY_ROTATE = (
    "Key", "mengganti kunci",
    "A service starts with another set of keys (`master`, `service`, `issuer`, or `log` of audit) than before; fingerprints name them",
)  # fmt: skip


class AuditAction(StrEnum):
    """Action of an audit entry, `service:noun:verb`. An entry that was read may have another: of an older version, say.

    A member's name is its noun and verb, with the service before them where several services have the same.
    """

    subject: str
    """Type of the entry's subject."""
    indonesian: str
    """Words for the action in an export of the log."""
    description: str
    """Occasion on which the entry is written."""

    def __new__(cls, action: str, subject: str, indonesian: str, description: str) -> Self:
        """Makes the string `action` with its attributes."""
        member = str.__new__(cls, action)
        member._value_ = action
        member.subject = subject
        member.indonesian = indonesian
        member.description = description
        return member

    # fmt: off

    # Access: every service, for the requests that it gets

    SESSION_START = ("access:session:start", "User or Partner", "memulai sesi",
        "A token is used for the first time, at the gateway or by a partner on Kafka, or a partner signs its first request of a "
        "day; `origin` has the service")
    USER_CHANGE = ("access:user:change", "User or Partner", "mengubah peran pengguna",
        "A user signs in for the first time, or with other roles than before; `reason` lists the roles with their areas")
    TOKEN_REFUSE = ("access:token:refuse", "Token, with the error code as its id", "menolak token masuk",
        "A token, the secret or signature of a partner, or the secret of an SMS webhook, is not valid")
    CALL_REFUSE = ("access:call:refuse", "Request", "menolak panggilan antarlayanan",
        "A service is called without a valid signature, that is, not by the gateway")
    REQUEST_DENY = ("access:request:deny", "Request", "tidak mengizinkan permintaan",
        "The user's roles or areas do not allow a request; `concerns` has the ids in the request")
    REQUEST_REFUSE = ("access:request:refuse", "Request", "menolak permintaan",
        "A rule refuses a command; `concerns` has the ids in the request")
    ENTRIES_OMIT = ("access:entries:omit", "User, Topic or Address (`any`)", "tidak mencatat satu per satu entri selebihnya",
        "Refusals exceed the rate limit for their entries; `reason` counts those of the past minute that have no entry")
    PERSONAL_DATA_READ = ("access:personal-data:read", "Request", "membaca data pribadi",
        "A page shows personal data, or free text that may describe people, beyond the viewer's own list. `concerns` has the "
        "recipients, else the case, correction, alert, assignment (with its officer) or payment batch")

    # Recipients

    IMPORT_START = ("recipients:import:start", "RecipientImport", "memulai impor data penerima",
        "A list of recipients is uploaded for import")
    IMPORT_STAGE = ("recipients:import:stage", "RecipientImport", "menyiapkan impor data penerima",
        "The rows of the list are read and wait for approval")
    IMPORT_FAIL = ("recipients:import:fail", "RecipientImport", "mencatat kegagalan impor data penerima",
        "The list cannot be read; `reason` is the code")
    IMPORT_APPROVE = ("recipients:import:approve", "RecipientImport", "menyetujui impor data penerima",
        "A second person approves the import")
    IMPORT_APPLY_ROWS = ("recipients:import:apply-rows", "RecipientImport", "menerapkan baris impor data penerima",
        "A batch of rows becomes versions of recipients")
    IMPORT_APPLY = ("recipients:import:apply", "RecipientImport", "menerapkan impor data penerima",
        "All rows of the import are in the register")
    NIK_REVEAL = ("recipients:nik:reveal", "Recipient", "menampilkan NIK",
        "A full NIK is shown; `reason` is the viewer's")
    ROSTER_PROPOSE = ("recipients:roster:propose", "Roster", "mengusulkan daftar penerima",
        "A roster is proposed: the recipients of a program in a period")
    ROSTER_APPROVE = ("recipients:roster:approve", "Roster", "menyetujui daftar penerima",
        "A roster is approved on the authority of a decree; its content does not change any more")

    # Distribution

    PROGRAM_CREATE = ("distribution:program:create", "Program", "membuat program",
        "A program is created")
    PROGRAM_SET_THRESHOLDS = ("distribution:program:set-thresholds", "Program", "menetapkan ambang program",
        "The thresholds of a program's alert rules change; `reason` lists them")
    ROUND_CREATE = ("distribution:round:create", "Round", "membuat tahap penyaluran",
        "A round is created from an approved roster")
    ENTITLEMENT_CREATE = ("distribution:entitlement:create", "Round", "membuat hak penerima",
        "A batch of recipients gets entitlements in the round")
    ROUND_OPEN = ("distribution:round:open", "Round", "membuka tahap penyaluran",
        "All recipients of the roster have entitlements")
    OFFICER_ASSIGN = ("distribution:officer:assign", "Assignment", "menugaskan petugas",
        "An officer is assigned to an area for a period")
    ASSIGNMENT_END = ("distribution:assignment:end", "Assignment", "mengakhiri penugasan",
        "An assignment ends; in a reassignment, the first of two entries")
    PLACE_CREATE = ("distribution:place:create", "Place, the first of them", "membuat tempat",
        "Warehouses and distribution points are registered")
    ROUTE_SET = ("distribution:route:set", "Route", "menetapkan rute",
        "The expected duration of transports between two places is set")
    PACKAGE_CODES_ISSUE = ("distribution:package-codes:issue", "Round", "menerbitkan kode paket",
        "Unused package codes are issued")
    PACKAGE_CREATE = ("distribution:package:create", "Round", "membuat paket",
        "Packages are registered")
    PACKAGE_LABELS_PRINT = ("distribution:package-labels:print", "Round", "mencetak label paket",
        "A sheet of package labels is downloaded; `after` is its hash")
    PARTNER_ADD = ("distribution:partner:add", "Partner", "mendaftarkan mitra",
        "A partner is registered, with its credentials; `after` is a commitment to its record")
    PARTNER_CHANGE = ("distribution:partner:change", "Partner", "mengubah data mitra",
        "The contacts, places, packages, limits, users or webhook of a partner change; `reason` names the fields")
    PARTNER_WEBHOOK_PARK = ("distribution:partner-webhook:park", "Partner", "menghentikan webhook mitra",
        "Outcomes are not posted to a partner any more, because no attempt succeeded for three days")
    PARTNER_CREDENTIAL_ROTATE = ("distribution:partner-credential:rotate", "Partner", "mengganti kredensial mitra",
        "A partner gets a new secret; `reason` has its kind and the end of the earlier one")
    PARTNER_SUSPEND = ("distribution:partner:suspend", "Partner", "menangguhkan mitra",
        "A partner is suspended; `reason` is the administrator's")
    PARTNER_RESUME = ("distribution:partner:resume", "Partner", "mengaktifkan kembali mitra",
        "The suspension of a partner ends")
    CAPTURE_BEGIN = ("distribution:capture:begin", "CaptureJob", "memulai penerimaan dokumen mitra",
        "A partner submits an EPCIS document; `after` is its hash")
    PACKAGE_MOVE = ("distribution:package:move", "Package", "memindahkan paket",
        "A partner's event changes a package's custody")
    PARTNER_EVENT_REJECT = ("distribution:partner-event:reject", "PartnerEvent", "menolak peristiwa dari mitra",
        "A partner's event is rejected; `reason` is the code")
    PARTNER_EVENT_KEEP = ("distribution:partner-event:keep", "PartnerEvent", "menyimpan peristiwa dari mitra",
        "A partner's event is kept that has no effect on a package")
    PACKAGE_SPLIT = ("distribution:package:split", "Package", "memecah paket",
        "A package is split into several")
    PACKAGE_LOST = ("distribution:package:lost", "Package", "mencatat kehilangan paket",
        "Goods of a package are recorded as lost")
    PACKAGE_DAMAGED = ("distribution:package:damaged", "Package", "mencatat kerusakan paket",
        "Goods of a package are recorded as damaged")
    PACKAGE_RETURNED = ("distribution:package:returned", "Package", "mencatat pengembalian paket",
        "Goods of a package are recorded as returned")
    CUSTODY_BALANCE = ("distribution:custody:balance", "Round", "menghitung neraca barang titipan",
        "Custody balances of places and transports change")
    HANDOVER_ACCEPT = ("distribution:handover:accept", "Entitlement", "menerima serah terima",
        "A handover is recorded and accepted")
    HANDOVER_FAIL = ("distribution:handover:fail", "Entitlement", "mencatat kegagalan serah terima",
        "An officer could not hand over; `reason` is the officer's")
    HANDOVER_CONFIRM = ("distribution:handover:confirm", "Handover, or Entitlement without one", "mengonfirmasi serah terima",
        "The recipient answers by SMS that the goods arrived")
    HANDOVER_DISPUTE = ("distribution:handover:dispute", "Handover", "menyanggah serah terima",
        "A complaint disputes a handover")
    HANDOVER_UPHOLD = ("distribution:handover:uphold", "Handover", "menguatkan serah terima",
        "The case about a disputed handover is resolved without a correction")
    ENTITLEMENT_REOPEN = ("distribution:entitlement:reopen", "Entitlement", "membuka kembali hak penerima",
        "An entitlement may be handed over again after a failure or a reversal")
    CORRECTION_PROPOSE = ("distribution:correction:propose", "Correction", "mengusulkan koreksi",
        "A correction of a handover is proposed")
    CORRECTION_APPROVE = ("distribution:correction:approve", "Correction", "menyetujui koreksi",
        "A correction is approved; the handover is reversed")
    CORRECTION_REJECT = ("distribution:correction:reject", "Correction", "menolak koreksi",
        "A correction is rejected; the handover stands")
    PHOTO_VIEW = ("distribution:photo:view", "Round", "melihat foto",
        "Addresses of evidence photos of one village are issued; a viewer's repeated view on the same day has no entry")
    PHOTO_REVEAL = ("distribution:photo:reveal", "Handover", "menampilkan foto",
        "The address of an original photo is issued; `reason` is the viewer's")
    CODES_REVEAL = ("distribution:codes:reveal", "Round", "menampilkan kode konfirmasi",
        "A page of confirmation codes is shown")
    ALERT_RAISE = ("distribution:alert:raise", "Alert", "menimbulkan peringatan",
        "An alert rule finds a deviation")
    ALERT_SETTLE = ("distribution:alert:settle", "Alert", "menyelesaikan peringatan",
        "The deviation of an alert is gone")
    ALERT_ACKNOWLEDGE = ("distribution:alert:acknowledge", "Alert", "menanggapi peringatan",
        "A person acknowledges an alert")
    ALERT_ESCALATE = ("distribution:alert:escalate", "Alert", "menaikkan peringatan",
        "A person opens a case from an alert")
    ALERT_DISMISS = ("distribution:alert:dismiss", "Alert", "menutup tanpa tindak lanjut peringatan",
        "A person dismisses an alert with a note")
    CASE_OPEN = ("distribution:case:open", "Case", "membuka pengaduan",
        "A complaint is filed, or an alert escalated")
    CASE_ASSIGN = ("distribution:case:assign", "Case", "menugaskan pengaduan",
        "A case is assigned to a person")
    CASE_NOTE = ("distribution:case:note", "Case", "mencatat pengaduan",
        "A note is added to a case")
    CASE_ESCALATE = ("distribution:case:escalate", "Case", "menaikkan pengaduan",
        "A case goes to the next level, by a person or because it is overdue")
    CASE_RESOLVE = ("distribution:case:resolve", "Case", "menyelesaikan pengaduan",
        "A case is resolved")
    CASE_REOPEN = ("distribution:case:reopen", "Case", "membuka kembali pengaduan",
        "A resolved case is reopened")
    CONTACT_REVEAL = ("distribution:contact:reveal", "Case", "menampilkan kontak pelapor",
        "The contact of a complainant is shown")
    ATTACHMENT_REVEAL = ("distribution:attachment:reveal", "Case", "menampilkan lampiran",
        "The addresses of a case's attachments are issued")
    SMS_RECEIVE = ("distribution:sms:receive", "Sms", "menerima SMS",
        "An SMS arrives; `reason` is the outcome. What the SMS changes has an entry of its own")

    # Payments

    PAYMENT_BATCH_COLLECT = ("distribution:payment-batch:collect", "PaymentBatch", "mengumpulkan kelompok pembayaran",
        "A payment batch is started")
    PAYMENT_INCLUDE = ("distribution:payment:include", "PaymentBatch", "memasukkan pembayaran",
        "Recipients are included in the batch")
    PAYMENT_BATCH_PROPOSE = ("distribution:payment-batch:propose", "PaymentBatch", "mengusulkan kelompok pembayaran",
        "A batch is complete, with its count, sum and hash, and waits for approval")
    PAYMENT_BATCH_APPROVE = ("distribution:payment-batch:approve", "PaymentBatch", "menyetujui kelompok pembayaran",
        "A second person approves a batch")
    PAYMENT_BATCH_REJECT = ("distribution:payment-batch:reject", "PaymentBatch", "menolak kelompok pembayaran",
        "A person rejects a batch")
    PAYMENT_BATCH_FAIL = ("distribution:payment-batch:fail", "PaymentBatch", "mencatat kegagalan kelompok pembayaran",
        "A batch cannot be completed; `reason` is the code")
    PAYMENT_RELEASE = ("distribution:payment:release", "PaymentBatch", "melepaskan pembayaran",
        "Recipients of a rejected or failed batch may be in another batch")
    PAYMENT_FILE_WRITE = ("distribution:payment-file:write", "PaymentBatch", "menulis berkas pembayaran",
        "A payment file for the bank is written; `after` is its hash")
    PAYMENT_BATCH_EXPORT = ("distribution:payment-batch:export", "PaymentBatch", "mengekspor kelompok pembayaran",
        "All payment files of a batch are written")
    PAYMENT_FILE_OPEN = ("distribution:payment-file:open", "PaymentBatch", "membuka berkas pembayaran",
        "Addresses of payment files are issued")
    PAYMENT_FILE_DELETE = ("distribution:payment-file:delete", "PaymentBatch", "menghapus berkas pembayaran",
        "Payment files are deleted at the end of their retention")
    PAYMENT_STATUS_IMPORT = ("distribution:payment-status:import", "PaymentStatusImport", "mengimpor status pembayaran",
        "A bank's report is uploaded")
    PAYMENT_SETTLE = ("distribution:payment:settle", "PaymentBatch", "menyelesaikan pembayaran",
        "A part of the report's lines is applied")
    PAYMENT_STATUS_TAKE = ("distribution:payment-status:take", "PaymentStatusImport", "menerapkan status pembayaran",
        "All lines of the report are applied; `reason` has the counts")
    PAYMENT_STATUS_FAIL = ("distribution:payment-status:fail", "PaymentStatusImport", "mencatat kegagalan status pembayaran",
        "The report cannot be applied; `reason` is the code")
    PAYMENT_CONFIRM = ("distribution:payment:confirm", "Entitlement", "mengonfirmasi pembayaran",
        "The recipient confirms a payment, by SMS or to an officer")

    # Reporting

    REPORT_REQUEST = ("reporting:report:request", "Report", "meminta laporan",
        "A report is requested")
    REPORT_GENERATE = ("reporting:report:generate", "Report", "membuat laporan",
        "A report's file is generated, by its hash (`after`), or could not be; `reason` is then the code")
    REPORT_OPEN = ("reporting:report:open", "Report", "membuka laporan",
        "Addresses of report files are issued; listing reports has no entry")

    # Audit

    CHECKPOINT_DATE = ("audit:checkpoint:date", "Checkpoint", "menandai tanggal checkpoint log audit",
        "The first checkpoint of a day is kept, or of a shorter period where checkpoints are time-stamped")
    CHECKPOINT_STAMP = ("audit:checkpoint:stamp", "Checkpoint", "memberi cap waktu pada checkpoint log audit",
        "A time-stamping authority has stamped a kept checkpoint")
    LOG_ALARM = ("audit:log:alarm", "Log", "memberi peringatan atas log audit",
        "A check of the log fails; `reason` is the rule")
    LOG_SETTLE = ("audit:log:settle", "Log", "menyelesaikan log audit",
        "The check of the log passes again")
    LOG_EXPORT = ("audit:log:export", "Log", "mengekspor log audit",
        "A person announces an export of the log; `reason` has the filters, `authority` the letter of assignment")

    # Operation

    RECIPIENTS_SETTINGS_CHANGE = ("recipients:settings:change", *_SETTINGS_CHANGE)
    DISTRIBUTION_SETTINGS_CHANGE = ("distribution:settings:change", *_SETTINGS_CHANGE)
    REPORTING_SETTINGS_CHANGE = ("reporting:settings:change", *_SETTINGS_CHANGE)
    AUDIT_SETTINGS_CHANGE = ("audit:settings:change", *_SETTINGS_CHANGE)
    GATEWAY_SETTINGS_CHANGE = ("gateway:settings:change", *_SETTINGS_CHANGE)
    RECIPIENTS_KEY_ROTATE = ("recipients:key:rotate", *_KEY_ROTATE)
    DISTRIBUTION_KEY_ROTATE = ("distribution:key:rotate", *_KEY_ROTATE)
    REPORTING_KEY_ROTATE = ("reporting:key:rotate", *_KEY_ROTATE)
    AUDIT_KEY_ROTATE = ("audit:key:rotate", *_KEY_ROTATE)
    GATEWAY_KEY_ROTATE = ("gateway:key:rotate", *_KEY_ROTATE)
    LETTER_PARK = ("bus:letter:park", "Message", "menahan pesan yang tertahan",
        "A message cannot be consumed and becomes a dead letter; `reason` is the code")
    LETTER_SHOW = ("bus:letter:show", "DeadLetter", "melihat pesan yang tertahan",
        "An operator reads a dead letter")
    LETTER_REPLAY = ("bus:letter:replay", "DeadLetter", "mengirim ulang pesan yang tertahan",
        "An operator sends a dead letter again")

    # fmt: on


ACTIONS: Mapping[str, AuditAction] = {str(action): action for action in AuditAction}
"""Actions by their strings."""
