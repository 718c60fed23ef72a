"""Rules of batches: execution day, approval by a second person, and changes by a bank report."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from amanah.contracts.errors import Refused
from amanah.contracts.payments.payments import BatchStatus, PaymentStatus
from services.distribution.alerts.rules import AlertRule, by_code
from services.distribution.payments.rules.bank_reports import NO_REASON, Outcome


def check_day(execution: date, today: date) -> None:
    """Refuses an execution day before today (execution_past)."""
    if execution < today:
        raise Refused("execution_past", "executionDate")


def check_decision(status: BatchStatus, proposer: str, decider: str, *, approves: bool) -> None:
    """Refuses a decision on a batch that is not proposed (batch_not_proposed), and its approval by the proposer (same_person)."""
    if status != BatchStatus.PROPOSED:
        raise Refused("batch_not_proposed", "batchId")
    if approves and proposer == decider:
        raise Refused("same_person.batch", "batchId")


def check_exported(status: BatchStatus) -> None:
    """Refuses a batch whose files are not written (batch_not_exported)."""
    if status != BatchStatus.EXPORTED:
        raise Refused("batch_not_exported", "batchId")


def frozen_line(entitlement_id: str, amount: int) -> bytes:
    """Returns a payment's line in the content that a batch's hash covers; lines are in the order of the entitlements."""
    return f"{entitlement_id} {amount}\n".encode()


@dataclass(frozen=True)
class CurrentPayment:
    """Status and amount of a payment; `confirmed` by its recipient."""

    status: PaymentStatus
    amount: int
    confirmed: bool = False


def status_after(now: CurrentPayment, outcome: Outcome, amount: Decimal | None) -> PaymentStatus | str | None:
    """Returns the status of a payment after a bank's result, or the code of a problem; None when nothing changes."""
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
"""The alert about a payment that its recipient did not confirm in time; once an entitlement."""
ALERT_RULES = by_code(PAID_UNCONFIRMED)


def unconfirmed_text(paid_on: date, days: int) -> str:
    """Returns the alert's text."""
    return (
        f"The bank reported this payment as made on {paid_on:%Y-%m-%d}, and {days} days later the recipient has not "
        "confirmed it. Ask the recipient."
    )


REASONS: dict[str, str] = {
    "AC01": "The account number is wrong.",
    "AC03": "The account number is invalid at this bank.",
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
    "CUST": "The payer requested it.",
    "DUPL": "The bank has this payment already.",
    "FF01": "The format of the file is wrong.",
    "MD07": "The recipient has died.",
    "MS02": "The recipient refused the payment; no reason is given.",
    "MS03": "The bank gives no reason.",
    "NOAS": "The recipient did not answer.",
    "NOOR": "The payment did not reach the bank.",
    "RC01": "The bank's code is wrong.",
    "RR01": "The paying account is not named as the law requires.",
    "RR04": "The law does not allow it.",
    "TM01": "It came after the bank's closing time.",
    NO_REASON: "The bank gave a reason in words. Ask the bank.",
    "NOT_COLLECTED": "The recipient did not come for the money.",
}
"""Codes of ExternalStatusReason1Code that banks use for credit transfers, in plain words."""


def explanation(reason: str | None) -> str | None:
    """Explains a reason code in plain words, also one that is not in `REASONS`; None for none."""
    if reason is None:
        return None
    if found := REASONS.get(reason):
        return found
    # G2P Connect: `rjct.payee_fa.invalid`.
    field = re.fullmatch(r"RJCT\.([A-Z_]+)\.(INVALID|DUPLICATE)", reason)
    if field:
        return f"The receiving system finds {field[1].lower()} {field[2].lower()}."
    return "A code of the bank's own. Ask the bank for its meaning."
