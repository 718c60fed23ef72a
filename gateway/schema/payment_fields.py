"""What can be read of payments, and done about them."""

import strawberry

from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    ConfirmPayment,
    GetPaymentStatusImport,
    ImportPaymentStatus,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    PaymentStatus,
    RejectPaymentBatch,
)
from gateway.context import Info
from gateway.schema.errors import attempt
from gateway.schema.fields import resolved
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.payments import (
    ApprovePaymentBatchInput,
    ConfirmPaymentInput,
    ConfirmPaymentPayload,
    ExportPaymentsInput,
    ImportPaymentStatusInput,
    ImportPaymentStatusPayload,
    OpenPaymentFilesInput,
    Payment,
    PaymentBatch,
    PaymentBatchPayload,
    PaymentStatusImport,
    RejectPaymentBatchInput,
    payment,
    payment_batch,
    proposal,
    status_import,
)


@strawberry.type
class PaymentQueries:
    """Queries on payments."""

    @resolved("The payment batches of a round, the newest first.")
    async def payment_batches(
        self, info: Info, round_id: strawberry.ID, first: int | None = PAGE, after: str | None = None
    ) -> Connection[PaymentBatch]:
        """A page of batches."""
        ask = ListPaymentBatches(round_id=round_id, first=page_size(first), after=after)
        page = await info.context.call(ask)
        batches = [payment_batch(view) for view in page.nodes]
        return connection(batches, page.cursors, total=page.total, more=page.more, after=after)

    @resolved("The payments that are in a batch, or were in it last.")
    async def payments(
        self,
        info: Info,
        batch_id: strawberry.ID,
        status: PaymentStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Payment]:
        """A page of payments."""
        ask = ListPayments(batch_id=batch_id, status=status, first=page_size(first), after=after)
        page = await info.context.call(ask)
        payments = [payment(view) for view in page.nodes]
        return connection(payments, page.cursors, total=page.total, more=page.more, after=after)

    @resolved("How far a bank's report has been taken.")
    async def payment_status_import(self, info: Info, id: strawberry.ID) -> PaymentStatusImport:
        """A report."""
        return status_import(await info.context.call(GetPaymentStatusImport(id=id)))


@strawberry.type
class PaymentMutations:
    """Mutations on payments."""

    @resolved("Proposes to pay all entitlements of a cash round that are neither delivered nor in a batch.")
    async def export_payments(self, info: Info, input: ExportPaymentsInput) -> PaymentBatchPayload:
        """Proposes a batch."""
        within = [input.area] if input.area else []
        view, errors = await attempt(lambda: info.context.call(proposal(input), within=within), payment_batch)
        return PaymentBatchPayload(batch=view, user_errors=errors)

    @resolved("Approves a proposed batch; by another person than the proposer. Its files are then written.")
    async def approve_payment_batch(self, info: Info, input: ApprovePaymentBatchInput) -> PaymentBatchPayload:
        """Approves a batch."""
        view, errors = await attempt(
            lambda: info.context.call(ApprovePaymentBatch(batch_id=input.batch_id, authority=input.authority)),
            payment_batch,
        )
        return PaymentBatchPayload(batch=view, user_errors=errors)

    @resolved("Turns a proposed batch down; its entitlements may be in another.")
    async def reject_payment_batch(self, info: Info, input: RejectPaymentBatchInput) -> PaymentBatchPayload:
        """Rejects a batch."""
        view, errors = await attempt(
            lambda: info.context.call(RejectPaymentBatch(batch_id=input.batch_id, reason=input.reason)),
            payment_batch,
        )
        return PaymentBatchPayload(batch=view, user_errors=errors)

    @resolved("Says where the files of an exported batch can be read for some minutes; noted in the audit log.")
    async def open_payment_files(self, info: Info, input: OpenPaymentFilesInput) -> PaymentBatchPayload:
        """Opens a batch's files."""
        view, errors = await attempt(
            lambda: info.context.call(OpenPaymentFiles(batch_id=input.batch_id)), payment_batch
        )
        return PaymentBatchPayload(batch=view, user_errors=errors)

    @resolved("Takes the bank's report on a batch: pain.002, G2P Connect JSON, or CSV.")
    async def import_payment_status(self, info: Info, input: ImportPaymentStatusInput) -> ImportPaymentStatusPayload:
        """Takes a report."""
        view, errors = await attempt(
            lambda: info.context.call(ImportPaymentStatus(batch_id=input.batch_id, upload_id=input.upload_id)),
            status_import,
        )
        return ImportPaymentStatusPayload(status_import=view, user_errors=errors)

    @resolved("Records that a recipient said the money arrived; the entitlement is delivered by it.")
    async def confirm_payment(self, info: Info, input: ConfirmPaymentInput) -> ConfirmPaymentPayload:
        """Confirms a payment."""
        view, errors = await attempt(
            lambda: info.context.call(ConfirmPayment(entitlement_id=input.entitlement_id)), payment
        )
        return ConfirmPaymentPayload(payment=view, user_errors=errors)
