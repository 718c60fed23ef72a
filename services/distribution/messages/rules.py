"""Telephone numbers: spelling, validity and masking."""

import re


def normalise_number(number: str) -> str:
    """Returns a number in one spelling: `0812...` and `62812...` are `+62812...`. Text that is not a number stays as it is."""
    digits = re.sub(r"[ ().-]", "", number)
    if not re.fullmatch(r"\+?[0-9]{4,15}", digits):
        return number.strip()
    if digits.startswith("00"):
        return "+" + digits[2:]
    if digits.startswith("0"):
        return "+62" + digits[1:]
    return "+" + digits if digits.startswith("62") else digits


def is_number(contact: str) -> bool:
    """Checks that a message can be sent to a contact: names of senders and short codes receive none."""
    return re.fullmatch(r"\+[0-9]{9,15}", normalise_number(contact)) is not None


def masked_number(number: str) -> str:
    """Returns a number with its first five characters and its last two; of a short one nothing."""
    return f"{number[:5]}{'*' * (len(number) - 7)}{number[-2:]}" if len(number) >= 10 else "*" * len(number)
