"""What people write that stands in the audit log, which is public for good: reasons, and the authorities they act on.

Nobody's number may stand there. A name cannot be told from other words: who writes is asked to leave names out (decision 0019).
"""

import re

from amanah.contracts.errors import Refused

# Digits to the end of a word, alone or in groups of three and more: numbers of decrees and dates are grouped otherwise.
# A low line parts words, as it does in what clients call devices.
_DIGITS = re.compile(r"(?<![^\W_])[A-Za-z]{0,6}\+?\d{3,}(?:[ .-]\d{3,})*(?![^\W_])")
# The shortest number of a telephone or a bank account; a NIK has sixteen.
_LONG = 10
_MASKED = "[number]"


def without_numbers(text: str) -> str:
    """The text with whatever may be the number of a person or an account masked."""
    return _DIGITS.sub(lambda found: found[0] if sum(map(str.isdigit, found[0])) < _LONG else _MASKED, text)


def fit_for_log(text: str, field: str) -> str:
    """The text, if it may stand in the audit log. Refused `reason_unfit` with `field` for one with somebody's number."""
    if without_numbers(text) != text:
        raise Refused(
            "reason_unfit", "This stands in the public audit log; write it without numbers and names of people.", field
        )
    return text
