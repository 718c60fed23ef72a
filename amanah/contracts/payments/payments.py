"""Payments of cash rounds: batches that one person proposes and another approves, their files, and bank reports.

Money is whole rupiah, as an integer.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import MANAGERS, DistributionRequest
from amanah.contracts.message import Answer, Many, Model, Moment, Page, Sha256
from amanah.contracts.recipients import By

PAYMENT_APPROVERS = MANAGERS | {Role.APPROVER}
PAYMENT_READERS = PAYMENT_APPROVERS | {Role.AUDITOR}
CONFIRMERS = MANAGERS | {Role.OFFICER}

AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{5,34}$")]


class PaymentFormat(StrEnum):
    """ISO 20022 pain.001.001.09 (XML), or a disburse message of G2P Connect 1.0 (JSON)."""

    PAIN_001 = "PAIN_001"
    G2P_CONNECT = "G2P_CONNECT"


class BatchStatus(StrEnum):
    """Status of a payment batch. Files are written once a second person approved; a FAILED one says why in `failure`."""

    COLLECTING = "COLLECTING"
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    EXPORTED = "EXPORTED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"


class PaymentStatus(StrEnum):
    """Status of a payment. RELEASED from a batch that was not paid; that and REJECTED may be in another batch."""

    INCLUDED = "INCLUDED"
    PAID = "PAID"
    REJECTED = "REJECTED"
    RELEASED = "RELEASED"


class PaymentWay(StrEnum):
    """Way of a payment: into an account, or at the post office for a recipient who has none."""

    ACCOUNT = "ACCOUNT"
    POST = "POST"


class PaymentStatusImportStatus(StrEnum):
    """Status of a bank's report. RUNNING while it is processed; a FAILED one says why in `failure`."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class Debtor(Model):
    """Account that pays."""

    name: str = Field(min_length=1, max_length=140, description="Name of the account's holder.")
    account: AccountNumber = Field(description="Account number.")
    bank: str = Field(min_length=2, max_length=60, description="Bank: its code of three digits, its BIC or its name.")


class Signatory(By):
    """Person who proposed or decided, in the role they acted in."""


class PaymentFile(Answer):
    """File of a payment batch."""

    number: int
    name: str
    sha256: Sha256
    size: int
    count: int = Field(description="Number of payments in the file.")
    total: int = Field(description="Sum of the payments in rupiah.")
    url: str | None = Field(
        default=None, description="Address of the file until `expiresAt`; only in the answer of openPaymentFiles."
    )
    expires_at: Moment | None = None


class PaymentBatchView(Answer):
    """Entitlements of a cash round that are paid together. One person proposes the batch, another approves it."""

    id: str
    round_id: str
    area: AreaCode
    format: PaymentFormat
    status: BatchStatus
    execution_date: date = Field(description="Day on which the bank is to pay.")
    count: int = Field(description="Number of payments.")
    total: int = Field(description="Sum of the payments in rupiah.")
    at_post: int = Field(description="Number of recipients without an account, who are paid at the post office.")
    paid: int = Field(description="Number of payments that the bank reported as paid.")
    paid_total: int = Field(description="Sum of those in rupiah.")
    rejected: int = Field(description="Number of payments that the bank rejected.")
    hash: Sha256 | None = Field(description="SHA-256 over all entitlements with their amounts, once it is proposed.")
    failure: str | None = Field(description="Error code of a FAILED batch.")
    proposed_at: Moment
    proposed_by: Signatory
    decided_at: Moment | None = Field(description="Time of the approval or rejection.")
    decided_by: Signatory | None = Field(description="Person who approved or rejected it.")
    authority: str | None = Field(description="Decree or request that allows the payment.")
    reason: str | None = Field(description="Reason of the rejection.")
    files: tuple[PaymentFile, ...]

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the batch if it was rejected with a reason, which may name people."""
        return (self.id,) if self.reason else ()


class PaymentBatchPage(Many[PaymentBatchView]):
    """Page of batches, the newest first."""


class ExportPayments(DistributionRequest[PaymentBatchView]):
    """Proposes a batch of all entitlements of a cash round in the area that are neither delivered nor in a batch.

    Each entitlement is in one live batch at most; one that the bank rejected may be in another. The same proposal again
    answers the first while it waits for its decision. Refuses with round_unknown, round_not_open, not_cash,
    payees_missing, area_outside_round, execution_past and nothing_to_pay.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    round_id: str
    area: AreaCode | None = None
    format: PaymentFormat
    debtor: Debtor
    execution_date: date = Field(description="Day on which the bank is to pay.")


class ApprovePaymentBatch(DistributionRequest[PaymentBatchView]):
    """Approves a proposed batch on an authority; by another person than the proposer. Its files are then written.

    Refuses with same_person and batch_not_proposed.
    """

    roles: ClassVar[frozenset[Role]] = PAYMENT_APPROVERS
    changes: ClassVar[bool] = True
    batch_id: str
    authority: str = Field(min_length=1, max_length=200, description="Decree or request that allows the payment.")


class RejectPaymentBatch(DistributionRequest[PaymentBatchView]):
    """Rejects a proposed batch; its entitlements may be in another. The proposer may do so, too."""

    roles: ClassVar[frozenset[Role]] = PAYMENT_APPROVERS
    changes: ClassVar[bool] = True
    batch_id: str
    reason: str = Field(min_length=1, max_length=500, description="Reason of the rejection.")


class OpenPaymentFiles(DistributionRequest[PaymentBatchView]):
    """Returns the addresses of an exported batch's files. They have names and accounts: each call is an audit entry.

    Refuses with batch_not_exported and files_gone.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    batch_id: str


class StatusProblem(Answer):
    """Rejected line of a bank's report."""

    entitlement_id: str = Field(description="Entitlement as the report names it.")
    code: str = Field(description="Error code.")
    message: str = Field(description="The error in words, with what to do.")


class PaymentStatusImport(Answer):
    """Import of a bank's report on a payment batch."""

    id: str
    batch_id: str
    status: PaymentStatusImportStatus
    failure: str | None = Field(description="Error code of a FAILED import.")
    paid: int = Field(description="Number of payments reported as paid.")
    rejected: int = Field(description="Number of payments reported as rejected.")
    returned: int = Field(description="Number of payments that were paid before and came back.")
    unchanged: int = Field(description="Number of lines that report a known status.")
    refused: int = Field(description="Number of rejected lines; the first 200 are in `problems`.")
    problems: tuple[StatusProblem, ...]


class PaymentView(Answer):
    """Payment of one entitlement. Names and accounts are in the files alone; opening those writes an audit entry."""

    entitlement_id: str
    recipient_id: str
    area: AreaCode
    amount: int = Field(description="Amount in rupiah.")
    way: PaymentWay
    status: PaymentStatus
    reason: str | None = Field(description="The bank's code for its rejection.")
    explanation: str | None = Field(description="Meaning of the bank's code.")
    at: Moment = Field(description="Time of the latest status.")
    confirmed_at: Moment | None = Field(description="Time at which the recipient confirmed the payment.")


class ConfirmPayment(DistributionRequest[PaymentView]):
    """Records a recipient's confirmation that a payment arrived; the entitlement is then delivered. Refuses with not_paid."""

    roles: ClassVar[frozenset[Role]] = CONFIRMERS
    changes: ClassVar[bool] = True
    entitlement_id: str


class ImportPaymentStatus(DistributionRequest[PaymentStatusImport]):
    """Imports a bank report on an exported batch: pain.002 XML, G2P Connect JSON, or CSV (entitlement_id, status, reason).

    The same report again changes nothing. Refuses with batch_not_exported, status_unreadable, status_other_batch.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    batch_id: str
    upload_id: str


class GetPaymentStatusImport(DistributionRequest[PaymentStatusImport]):
    """Returns the progress of a bank report. NotFound outside the viewer's scope."""

    roles: ClassVar[frozenset[Role]] = PAYMENT_READERS
    id: str


class ListPaymentBatches(Page[PaymentBatchPage]):
    """Lists the batches of a round in the viewer's scope, the newest first.

    The reason of a rejection may name people: a page with a reason is an entry of the audit log.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = PAYMENT_READERS
    round_id: str


class GetPaymentBatches(DistributionRequest[PaymentBatchPage]):
    """Returns batches by id, those the viewer may see. An entry of the audit log, as for ListPaymentBatches."""

    roles: ClassVar[frozenset[Role]] = PAYMENT_READERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class PaymentPage(Many[PaymentView]):
    """Page of payments."""


class ListPayments(Page[PaymentPage]):
    """Lists the payments whose latest batch is this one, by entitlement. NotFound outside the viewer's scope."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = PAYMENT_READERS
    batch_id: str
    status: PaymentStatus | None = None
