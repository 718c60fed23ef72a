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
from amanah.contracts.message import Answer, Model, Moment, Page, Sha256

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
    """Account that pays: name, account number, and the bank by its code of three digits, BIC or name."""

    name: str = Field(min_length=1, max_length=140)
    account: AccountNumber
    bank: str = Field(min_length=2, max_length=60)


class Signatory(Answer):
    """Person who decided, in which role."""

    id: str
    name: str
    role: str


class PaymentFile(Answer):
    """File of a batch. `url` expires; only the answer of OpenPaymentFiles has it."""

    number: int
    name: str
    sha256: Sha256
    size: int
    count: int
    total: int
    url: str | None = None
    expires_at: Moment | None = None


class PaymentBatchView(Answer):
    """A batch of payments.

    `hash` freezes the entitlements and their amounts. `at_post` counts recipients without an account, paid at the post office.
    """

    id: str
    round_id: str
    area: AreaCode
    format: PaymentFormat
    status: BatchStatus
    execution_date: date
    count: int
    total: int
    at_post: int
    paid: int
    paid_total: int
    rejected: int
    hash: Sha256 | None
    failure: str | None
    proposed_at: Moment
    proposed_by: Signatory
    decided_at: Moment | None
    decided_by: Signatory | None
    authority: str | None
    reason: str | None
    files: tuple[PaymentFile, ...]

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the batch if it was rejected with a reason, which may name people."""
        return (self.id,) if self.reason else ()


class PaymentBatchPage(Answer):
    """A page of batches, the newest first."""

    nodes: tuple[PaymentBatchView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """Returns the data subjects of each batch."""
        return tuple(each for batch in self.nodes for each in batch.data_subjects())


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
    execution_date: date


class ApprovePaymentBatch(DistributionRequest[PaymentBatchView]):
    """Approves a proposed batch on an authority; by another person than the proposer. Its files are then written.

    Refuses with same_person and batch_not_proposed.
    """

    roles: ClassVar[frozenset[Role]] = PAYMENT_APPROVERS
    changes: ClassVar[bool] = True
    batch_id: str
    authority: str = Field(min_length=1, max_length=200)


class RejectPaymentBatch(DistributionRequest[PaymentBatchView]):
    """Rejects a proposed batch; its entitlements may be in another. The proposer may do so, too."""

    roles: ClassVar[frozenset[Role]] = PAYMENT_APPROVERS
    changes: ClassVar[bool] = True
    batch_id: str
    reason: str = Field(min_length=1, max_length=500)


class OpenPaymentFiles(DistributionRequest[PaymentBatchView]):
    """Returns the addresses of an exported batch's files. They have names and accounts: each call is an audit entry.

    Refuses with batch_not_exported and files_gone.
    """

    roles: ClassVar[frozenset[Role]] = MANAGERS
    changes: ClassVar[bool] = True
    batch_id: str


class StatusProblem(Answer):
    """Line of a bank report that was not applied; `code` is its problem."""

    entitlement_id: str
    code: str
    message: str


class PaymentStatusImport(Answer):
    """Result of a bank report; `failure` has the code when it FAILED."""

    id: str
    batch_id: str
    status: PaymentStatusImportStatus
    failure: str | None
    paid: int
    rejected: int
    returned: int
    unchanged: int
    refused: int
    problems: tuple[StatusProblem, ...]


class PaymentView(Answer):
    """Payment of one entitlement.

    `reason` is the bank's code, `explanation` its meaning. Names and accounts are only in the files, whose opening is an audit
    entry.
    """

    entitlement_id: str
    recipient_id: str
    area: AreaCode
    amount: int
    way: PaymentWay
    status: PaymentStatus
    reason: str | None
    explanation: str | None
    at: Moment
    confirmed_at: Moment | None


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


class PaymentPage(Answer):
    """A page of payments."""

    nodes: tuple[PaymentView, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False


class ListPayments(Page[PaymentPage]):
    """Lists the payments whose latest batch is this one, by entitlement. NotFound outside the viewer's scope."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = PAYMENT_READERS
    batch_id: str
    status: PaymentStatus | None = None
