"""What may be paid, who may approve it, and what a bank's word changes. Every rule is a pure function."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from amanah.contracts.errors import Refused
from amanah.contracts.payments.payments import BatchStatus, PaymentStatus
from services.distribution.alerts.rules import AlertRule, by_code
from services.distribution.payments.rules.bank_reports import NO_REASON, Outcome


def check_day(execution: date, today: date) -> None:
    """Refuses a day that is over (execution_past)."""
    if execution < today:
        raise Refused("execution_past", "executionDate")


def check_decision(status: BatchStatus, proposer: str, decider: str, *, approves: bool) -> None:
    """Refuses another decision than on a proposed batch, and that its proposer approves it.

    batch_not_proposed, same_person.
    """
    if status != BatchStatus.PROPOSED:
        raise Refused("batch_not_proposed", "batchId")
    if approves and proposer == decider:
        raise Refused("same_person.batch", "batchId")


def check_exported(status: BatchStatus) -> None:
    """Refuses a batch that no bank has (batch_not_exported)."""
    if status != BatchStatus.EXPORTED:
        raise Refused("batch_not_exported", "batchId")


def frozen_line(entitlement_id: str, amount: int) -> bytes:
    """A payment's line in the content that a batch's hash covers; lines are in the order of the entitlements."""
    return f"{entitlement_id} {amount}\n".encode()


@dataclass(frozen=True)
class Paying:
    """A payment as it stands: its status, and whether the recipient has confirmed it."""

    status: PaymentStatus
    amount: int
    confirmed: bool = False


def settled(now: Paying, outcome: Outcome, amount: Decimal | None) -> PaymentStatus | str | None:
    """What a payment becomes by the bank's word: a status, or the code of a problem; None when nothing changes."""
    if outcome is Outcome.UNKNOWN:
        return "status_unknown"
    if amount is not None and amount != now.amount:
        return "amount_differs"
    if outcome is Outcome.PENDING or outcome.value == now.status.value:
        return None
    if now.status == PaymentStatus.RELEASED:
        return "paid_after_release" if outcome is Outcome.PAID else None
    if now.status == PaymentStatus.REJECTED:
        return "paid_after_rejected"
    if outcome is Outcome.REJECTED and now.confirmed:
        return "confirmed_yet_rejected"
    return PaymentStatus(outcome)


PAID_UNCONFIRMED = AlertRule("paid_unconfirmed", "MEDIUM", ("AMANAH_DISTRIBUTION_CONFIRM_PAID_DAYS",))
ALERT_RULES = by_code(PAID_UNCONFIRMED)
"""The alert about money that the bank paid and nobody confirmed; it belongs to an entitlement, once."""


def unconfirmed(paid_on: date, days: int) -> str:
    """The alert's words."""
    return (
        f"The bank reported this payment as made on {paid_on:%Y-%m-%d}, and {days} days later the recipient has not "
        "confirmed it. Ask the recipient."
    )


REASONS: dict[str, str] = {
    "AC01": "The account number is wrong.",
    "AC03": "The account number is no valid one of this bank.",
    "AC04": "The account is closed.",
    "AC06": "The account is blocked.",
    "AC07": "The recipient's account is closed.",
    "AC13": "The account is not of the kind that may receive this.",
    "AG01": "The account may not receive such payments.",
    "AG02": "The bank does not know this kind of payment.",
    "AM02": "The amount is not allowed.",
    "AM04": "The paying account has too little money.",
    "AM05": "The bank has this payment already.",
    "BE01": "The name does not belong to the account.",
    "BE04": "The recipient's address is missing.",
    "BE06": "The bank does not know the recipient.",
    "CUST": "The payer asked for it.",
    "DUPL": "The bank has this payment already.",
    "FF01": "The file does not have the right form.",
    "MD07": "The recipient has died.",
    "MS02": "The recipient refused the payment; no reason is given.",
    "MS03": "The bank gives no reason.",
    "NOAS": "The recipient did not answer.",
    "NOOR": "The payment did not reach the bank.",
    "RC01": "The bank's code is wrong.",
    "RR01": "The paying account is not named as the law demands.",
    "RR04": "The law does not allow it.",
    "TM01": "It came after the bank's closing time.",
    NO_REASON: "The bank gave a reason in words; ask it.",
    "NOT_COLLECTED": "The recipient did not come for the money.",
}
"""Codes of ExternalStatusReason1Code that banks use for credit transfers, in plain words."""


def explanation(reason: str | None) -> str | None:
    """What a reason means; that it is unknown here, when it is."""
    if reason is None:
        return None
    if found := REASONS.get(reason):
        return found
    # G2P Connect: `rjct.payee_fa.invalid`.
    field = re.fullmatch(r"RJCT\.([A-Z_]+)\.(INVALID|DUPLICATE)", reason)
    if field:
        return f"The receiving system finds {field[1].lower()} {field[2].lower()}."
    return "The bank's own code; ask the bank what it means."
