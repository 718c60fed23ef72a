"""Payments of cash rounds: batches, their files, what the bank reported, and what recipients confirmed. Money is rupiah."""

from datetime import date, datetime
from decimal import Decimal
from typing import cast

import strawberry

from amanah.contracts.errors import translated
from amanah.contracts.payments import payments
from amanah.contracts.payments.payments import (
    BatchStatus,
    Debtor,
    ExportPayments,
    PaymentBatchView,
    PaymentFormat,
    PaymentStatus,
    PaymentStatusImportStatus,
    PaymentView,
    PaymentWay,
    Signatory,
)
from amanah.contracts.recipients import By as ByView
from amanah.contracts.rounds import GetRounds
from gateway.context import Info
from gateway.language import localize
from gateway.schema.areas import Area, area
from gateway.schema.enums import register
from gateway.schema.errors import UserError
from gateway.schema.fields import resolved
from gateway.schema.invalid import inside
from gateway.schema.node import Node, shown
from gateway.schema.people import By
from gateway.schema.programs import Round, round_
from gateway.schema.scalars import AreaCode

register(PaymentFormat)
register(BatchStatus, "PaymentBatchStatus")
register(PaymentStatus)
register(PaymentWay)
register(PaymentStatusImportStatus)


@strawberry.type(description="One file of a batch.")
class PaymentFile:
    """A file."""

    number: int
    name: str
    sha256: str
    size: int
    count: int
    total: Decimal
    url: str | None = strawberry.field(description="Where to read it until `expiresAt`; only after openPaymentFiles.")
    expires_at: datetime | None


@strawberry.type(
    description="Entitlements of a cash round that are paid together; proposed by one, approved by another."
)
class PaymentBatch(Node):
    """A batch."""

    format: PaymentFormat
    status: BatchStatus
    execution_date: date
    count: int
    total: Decimal
    at_post: int = strawberry.field(description="How many have no account and are paid at the post office.")
    paid: int
    paid_total: Decimal
    rejected: int
    hash: str | None = strawberry.field(description="SHA-256 over each entitlement and its amount, once proposed.")
    failure: str | None
    proposed_at: datetime
    proposed_by: By
    decided_at: datetime | None
    decided_by: By | None
    authority: str | None
    reason: str | None = strawberry.field(description="Why it was rejected.")
    files: list[PaymentFile]
    round_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("Whose recipients are paid.")
    def area(self, info: Info) -> Area:
        """The batch's area."""
        return area(info.context.areas, self.area_code)

    @resolved("The round it pays.")
    async def round(self, info: Info) -> Round | None:
        """The batch's round."""
        return shown(await info.context.load(GetRounds, self.round_id), round_)


@strawberry.type(description="The payment of one entitlement.")
class Payment:
    """A payment."""

    entitlement_id: strawberry.ID
    recipient_id: strawberry.ID
    amount: Decimal
    way: PaymentWay
    status: PaymentStatus
    reason: str | None = strawberry.field(description="The bank's code for its refusal.")
    explanation: str | None = strawberry.field(description="What the code means.")
    at: datetime
    confirmed_at: datetime | None = strawberry.field(description="When the recipient said that it arrived.")
    area_code: strawberry.Private[str]

    @resolved("Where the recipient lives.")
    def area(self, info: Info) -> Area:
        """The recipient's village."""
        return area(info.context.areas, self.area_code)


@strawberry.type(description="A line of a bank's report that was not taken.")
class PaymentStatusProblem:
    """One line."""

    entitlement_id: str
    code: str
    message: str


@strawberry.type(description="What became of a bank's report.")
class PaymentStatusImport:
    """A report."""

    id: strawberry.ID
    batch_id: strawberry.ID
    status: PaymentStatusImportStatus
    failure: str | None
    paid: int
    rejected: int
    returned: int = strawberry.field(description="Payments that were paid before and came back.")
    unchanged: int
    refused: int = strawberry.field(description="Lines that were not taken; the first 200 are in `problems`.")
    problems: list[PaymentStatusProblem]


@strawberry.input(description="Whose account pays; the bank by its code of three digits, its BIC or its name.")
class DebtorInput:
    """The paying account."""

    name: str
    account: str
    bank: str


@strawberry.input
class ExportPaymentsInput:
    """What to pay, from where, when."""

    round_id: strawberry.ID
    area: AreaCode | None = None
    format: PaymentFormat
    debtor: DebtorInput
    execution_date: date


@strawberry.input
class ApprovePaymentBatchInput:
    """Which batch, on what authority."""

    batch_id: strawberry.ID
    authority: str


@strawberry.input
class RejectPaymentBatchInput:
    """Which batch, and why not."""

    batch_id: strawberry.ID
    reason: str


@strawberry.input
class OpenPaymentFilesInput:
    """Which batch."""

    batch_id: strawberry.ID


@strawberry.input
class ImportPaymentStatusInput:
    """The bank's report, and what it answers."""

    batch_id: strawberry.ID
    upload_id: strawberry.ID


@strawberry.input
class ConfirmPaymentInput:
    """Whose payment arrived."""

    entitlement_id: strawberry.ID


@strawberry.type
class PaymentBatchPayload:
    """The batch, or what to mend."""

    batch: PaymentBatch | None
    user_errors: list[UserError]


@strawberry.type
class ImportPaymentStatusPayload:
    """The report, or what to mend."""

    status_import: PaymentStatusImport | None
    user_errors: list[UserError]


@strawberry.type
class ConfirmPaymentPayload:
    """The payment, or what to mend."""

    payment: Payment | None
    user_errors: list[UserError]


def _signatory(view: Signatory) -> By:
    return cast(By, ByView(id=view.id, name=view.name, role=view.role))


def _file(view: payments.PaymentFile) -> PaymentFile:
    return PaymentFile(
        number=view.number,
        name=view.name,
        sha256=view.sha256,
        size=view.size,
        count=view.count,
        total=Decimal(view.total),
        url=view.url,
        expires_at=view.expires_at,
    )


def payment_batch(view: PaymentBatchView) -> PaymentBatch:
    """The batch of a view."""
    return PaymentBatch(
        id=strawberry.ID(view.id),
        format=view.format,
        status=view.status,
        execution_date=view.execution_date,
        count=view.count,
        total=Decimal(view.total),
        at_post=view.at_post,
        paid=view.paid,
        paid_total=Decimal(view.paid_total),
        rejected=view.rejected,
        hash=view.hash,
        failure=view.failure,
        proposed_at=view.proposed_at,
        proposed_by=_signatory(view.proposed_by),
        decided_at=view.decided_at,
        decided_by=shown(view.decided_by, _signatory),
        authority=view.authority,
        reason=view.reason,
        files=[_file(f) for f in view.files],
        round_id=view.round_id,
        area_code=view.area,
    )


def payment(view: PaymentView) -> Payment:
    """The payment of a view."""
    return Payment(
        entitlement_id=strawberry.ID(view.entitlement_id),
        recipient_id=strawberry.ID(view.recipient_id),
        amount=Decimal(view.amount),
        way=view.way,
        status=view.status,
        reason=view.reason,
        explanation=view.explanation,
        at=view.at,
        confirmed_at=view.confirmed_at,
        area_code=view.area,
    )


def status_import(view: payments.PaymentStatusImport) -> PaymentStatusImport:
    """The report of a view."""
    return PaymentStatusImport(
        id=strawberry.ID(view.id),
        batch_id=strawberry.ID(view.batch_id),
        status=view.status,
        failure=view.failure,
        paid=view.paid,
        rejected=view.rejected,
        returned=view.returned,
        unchanged=view.unchanged,
        refused=view.refused,
        problems=[
            PaymentStatusProblem(
                entitlement_id=p.entitlement_id, code=p.code, message=localize(translated(p.code, p.message))
            )
            for p in view.problems
        ],
    )


def proposal(given: ExportPaymentsInput) -> ExportPayments:
    """What the owner is asked."""
    with inside("debtor"):
        debtor = Debtor(name=given.debtor.name, account=given.debtor.account, bank=given.debtor.bank)
    return ExportPayments(
        round_id=given.round_id,
        area=given.area,
        format=given.format,
        debtor=debtor,
        execution_date=given.execution_date,
    )
