"""Free text in the public audit log, which is permanent: reasons, and the authorities that people act on.

Numbers and e-mail addresses of people are refused. Names cannot be distinguished from other words: the author is asked to leave
them out (decision 0019).
"""

import re

from amanah.contracts.errors import Refused

# Digits to the end of a word, alone or in groups of three and more: numbers of decrees and dates are grouped otherwise.
# A low line parts words, as it does in what clients call devices.
_DIGITS = re.compile(r"(?<![^\W_])[A-Za-z]{0,6}\+?\d{3,}(?:[ .-]\d{3,})*(?![^\W_])")
# What is grouped like no decree: a telephone with its country, and a NIK in fours, as cards have it, with its day and month.
_GROUPED = re.compile(
    r"\+\d(?:[ .-]?\d){8,}|(?<!\d)\d{4}[/_]\d\d(?:[0-6]\d|7[01])[/_](?:0[1-9]|1[0-2])\d\d[/_]\d{4}(?!\d)"
)
# The shortest number of a telephone or a bank account; a NIK has sixteen.
_LONG = 10
_WORD = re.compile(r"[^\s<>]+")
_UUID = re.compile(r"(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)", re.IGNORECASE)
_LONGEST_ID = 200


def _is_mail(word: str) -> bool:
    name, _, host = word.partition("@")
    return bool(name) and "." in host


def masked(text: str) -> str:
    """Masks e-mail addresses, and numbers that may be those of a person or an account."""
    text = _GROUPED.sub("[number]", _WORD.sub(lambda found: "[address]" if _is_mail(found[0]) else found[0], text))
    return _DIGITS.sub(lambda found: found[0] if sum(map(str.isdigit, found[0])) < _LONG else "[number]", text)


def is_opaque(identifier: str) -> bool:
    """Tells whether an id that others gave a person may stand in the log: as far as can be told, it does not identify the person.

    It has at most 200 visible characters, no `@`, and no number of a person. A UUID may consist of digits.
    """
    seen = _UUID.sub("u", identifier)
    return len(identifier) <= _LONGEST_ID and seen.isprintable() and not {"@", " "} & {*seen} and masked(seen) == seen


def fit_for_log(text: str, field: str) -> str:
    """The text, if it may stand in the audit log. Refused `reason_unfit` with `field` for one with somebody's number or e-mail address."""
    if masked(text) != text:
        raise Refused("reason_unfit", field)
    return text
