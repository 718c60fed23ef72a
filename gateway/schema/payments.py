"""Payments of cash rounds: batches, their files, the bank's reports, and recipients' confirmations. Money is rupiah."""

from decimal import Decimal

import strawberry
from strawberry import Parent

from amanah.contracts.errors import translate
from amanah.contracts.payments import payments as payments_contract
from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    BatchStatus,
    ConfirmPayment,
    Debtor,
    ExportPayments,
    GetPaymentBatches,
    GetPaymentStatusImport,
    ImportPaymentStatus,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    PaymentBatchView,
    PaymentStatus,
    PaymentView,
    RejectPaymentBatch,
    StatusProblem,
)
from amanah.contracts.rounds import GetRounds, RoundView
from gateway.context import Info
from gateway.language import localize
from gateway.schema.annotations import description
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size

# The schema has a longer name than the contract.
strawberry.enum(BatchStatus, name="PaymentBatchStatus", description=description(BatchStatus))


@over(payments_contract.PaymentFile)
class PaymentFile:
    """File of a payment batch."""

    total: Decimal


@over(PaymentBatchView, without=("round_id",), found_by=GetPaymentBatches)
class PaymentBatch(Node):
    """Entitlements of a cash round that are paid together. One person proposes the batch, another approves it."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the recipients.")
    total: Decimal
    paid_total: Decimal

    @resolver
    @staticmethod
    async def round(batch: Parent[PaymentBatchView], info: Info) -> RoundView | None:
        """Round that it pays."""
        return await info.context.load(GetRounds, batch.round_id)


@over(PaymentView)
class Payment:
    """Payment of one entitlement."""

    area: Area = strawberry.field(resolver=area_of, description="Area where the recipient lives.")
    amount: Decimal


@over(StatusProblem)
class PaymentStatusProblem:
    """Rejected line of a bank's report."""

    entitlement_id: str

    @resolver
    @staticmethod
    def message(problem: Parent[StatusProblem]) -> str:
        """The error in words, with what to do."""
        return localize(translate(problem.code, problem.message))


@over(payments_contract.PaymentStatusImport)
class PaymentStatusImport:
    """Import of a bank's report on a payment batch."""


@input_over(Debtor)
class DebtorInput:
    """Account that pays."""


@input_over(ExportPayments)
class ExportPaymentsInput:
    """Entitlements to pay, the paying account, and the day."""


@input_over(ApprovePaymentBatch)
class ApprovePaymentBatchInput:
    """Batch to approve, and the authority."""


@input_over(RejectPaymentBatch)
class RejectPaymentBatchInput:
    """Batch to reject, and the reason."""


@input_over(OpenPaymentFiles)
class OpenPaymentFilesInput:
    """Batch whose files are to be read."""


@input_over(ImportPaymentStatus)
class ImportPaymentStatusInput:
    """Upload with the bank's report, and its batch."""


@input_over(ConfirmPayment)
class ConfirmPaymentInput:
    """Entitlement whose payment arrived."""


@payload
class PaymentBatchPayload:
    """The batch, or the errors of the input."""

    batch: PaymentBatchView | None = None


@payload
class ImportPaymentStatusPayload:
    """The import, or the errors of the input."""

    status_import: payments_contract.PaymentStatusImport | None = None


@payload
class ConfirmPaymentPayload:
    """The payment, or the errors of the input."""

    payment: PaymentView | None = None


@strawberry.type
class PaymentQueries:
    """Queries on payments."""

    @resolver
    async def payment_batches(
        self, info: Info, round_id: strawberry.ID, first: int | None = PAGE, after: str | None = None
    ) -> Connection[PaymentBatchView]:
        """Payment batches of a round, the newest first."""
        page = await info.context.call(ListPaymentBatches(round_id=round_id, first=page_size(first), after=after))
        return page_of(page, after)

    @resolver
    async def payments(
        self,
        info: Info,
        batch_id: strawberry.ID,
        status: PaymentStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[PaymentView]:
        """Payments whose latest batch is this one."""
        page = await info.context.call(
            ListPayments(batch_id=batch_id, status=status, first=page_size(first), after=after)
        )
        return page_of(page, after)

    @resolver
    async def payment_status_import(self, info: Info, id: strawberry.ID) -> payments_contract.PaymentStatusImport:
        """Import of a bank's report, with its progress."""
        return await info.context.call(GetPaymentStatusImport(id=id))


@strawberry.type
class PaymentMutations:
    """Mutations on payments."""

    @resolver
    @with_user_errors
    async def export_payments(self, info: Info, input: ExportPaymentsInput) -> PaymentBatchPayload:
        """Proposes to pay all entitlements of a cash round that are neither delivered nor in a batch."""
        ask = request(ExportPayments, input)
        batch = await info.context.call(ask, within=[ask.area] if ask.area else [])
        return PaymentBatchPayload(batch=batch)

    @resolver
    @with_user_errors
    async def approve_payment_batch(self, info: Info, input: ApprovePaymentBatchInput) -> PaymentBatchPayload:
        """Approves a batch that another person proposed. Its files are then written."""
        return PaymentBatchPayload(batch=await info.context.call(request(ApprovePaymentBatch, input)))

    @resolver
    @with_user_errors
    async def reject_payment_batch(self, info: Info, input: RejectPaymentBatchInput) -> PaymentBatchPayload:
        """Rejects a proposed batch. Its entitlements may be in another batch."""
        return PaymentBatchPayload(batch=await info.context.call(request(RejectPaymentBatch, input)))

    @resolver
    @with_user_errors
    async def open_payment_files(self, info: Info, input: OpenPaymentFilesInput) -> PaymentBatchPayload:
        """Issues addresses of the files of an exported batch for some minutes. Every call writes an audit entry."""
        return PaymentBatchPayload(batch=await info.context.call(request(OpenPaymentFiles, input)))

    @resolver
    @with_user_errors
    async def import_payment_status(self, info: Info, input: ImportPaymentStatusInput) -> ImportPaymentStatusPayload:
        """Imports the bank's report on a batch: pain.002, G2P Connect JSON, or CSV."""
        return ImportPaymentStatusPayload(status_import=await info.context.call(request(ImportPaymentStatus, input)))

    @resolver
    @with_user_errors
    async def confirm_payment(self, info: Info, input: ConfirmPaymentInput) -> ConfirmPaymentPayload:
        """Records a recipient's confirmation that the money arrived. The entitlement then counts as delivered."""
        return ConfirmPaymentPayload(payment=await info.context.call(request(ConfirmPayment, input)))
