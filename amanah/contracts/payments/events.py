"""Events of payments. Money is whole rupiah."""

from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Event, Moment, Sha256
from amanah.contracts.payments.payments import BatchStatus, PaymentFormat
from amanah.contracts.topics import DISTRIBUTION


class PaymentBatchEvent(Event):
    """Event of a payment batch."""

    topic: ClassVar[str] = DISTRIBUTION.name
    batch_id: str
    round_id: str
    area: AreaCode

    def key(self) -> str:
        """The batch."""
        return self.batch_id


class PaymentBatchProposed(PaymentBatchEvent):
    """A batch is frozen and waits for a second person; `hash` covers each entitlement and its amount."""

    type: ClassVar[str] = "id.amanah.distribution.payment-batch.proposed.v1"
    format: PaymentFormat
    count: int
    total: int
    at_post: int
    hash: Sha256


class VillagePayments(Answer):
    """Number and sum of the payments of a village."""

    area: AreaCode
    count: int
    total: int


class PaymentBatchApproved(PaymentBatchEvent):
    """A second person approved a batch; it goes to the bank."""

    type: ClassVar[str] = "id.amanah.distribution.payment-batch.approved.v1"
    count: int
    total: int
    hash: Sha256
    villages: tuple[VillagePayments, ...]


class PaymentBatchDropped(PaymentBatchEvent):
    """A batch will not be paid: REJECTED by a person, or FAILED. Its entitlements may be in another."""

    type: ClassVar[str] = "id.amanah.distribution.payment-batch.dropped.v1"
    status: BatchStatus
    was: BatchStatus
    count: int
    total: int
    villages: tuple[VillagePayments, ...]


class VillageSettled(Answer):
    """Changes by a bank report in a village: `returned` payments were paid before and came back.

    `delivered` entitlements became delivered by payment alone, where the program says so; `undelivered` ceased to be.
    """

    area: AreaCode
    paid: int = 0
    paid_total: int = 0
    rejected: int = 0
    rejected_total: int = 0
    returned: int = 0
    returned_total: int = 0
    delivered: int = 0
    undelivered: int = 0


class PaymentSettled(PaymentBatchEvent):
    """The bank reported on some payments of a batch; counts by village, to be added up."""

    type: ClassVar[str] = "id.amanah.distribution.payment.settled.v1"
    at: Moment
    villages: tuple[VillageSettled, ...]


class PaymentConfirmed(Event):
    """The recipient confirmed that a payment arrived; once a payment.

    `delivered`: the entitlement became delivered by it, and was not before.
    """

    type: ClassVar[str] = "id.amanah.distribution.payment.confirmed.v1"
    topic: ClassVar[str] = DISTRIBUTION.name
    entitlement_id: str
    batch_id: str
    round_id: str
    area: AreaCode
    amount: int
    channel: str
    at: Moment
    delivered: bool

    def key(self) -> str:
        """The entitlement."""
        return self.entitlement_id
