"""Package codes that catch a slip of the eye or the hand: SSCC-18, and our own with a check character.

GS1 General Specifications sections 3.2.1 (the SSCC) and 7.9 (its check digit); ISO/IEC 7064 (Mod 37,36).
"""

import re

from amanah.contracts.errors import Refused
from amanah.contracts.logistics.gs1 import check_digit, is_valid_key

_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SSCC = re.compile(r"^[0-9]{18}$")
_OWN = re.compile(r"^AMN[0-9A-Z]{9}$")
_PREFIX = re.compile(r"^[0-9]{6,12}$")
_OWN_DIGITS = 8


def check_character(text: str) -> str:
    """The ISO/IEC 7064 Mod 37,36 check character of digits and capital letters."""
    rest = 36
    for symbol in text:
        rest = (rest + _SYMBOLS.index(symbol)) % 36 or 36
        rest = rest * 2 % 37
    return _SYMBOLS[(37 - rest) % 36]


def check_code(code: str, field: str) -> None:
    """Refuses a code that has the form of an SSCC or of ours but not its check digit; any other code is allowed."""
    wrong_sscc = _SSCC.match(code) and not is_valid_key(code)
    wrong_own = _OWN.match(code) and check_character(code[:-1]) != code[-1]
    if wrong_sscc or wrong_own:
        raise Refused("code_check_digit", field, code=code)


def own_code(number: int) -> str:
    """The code of ours with this number, from 0 on."""
    digits = ""
    for _ in range(_OWN_DIGITS):
        number, digit = divmod(number, 36)
        digits = _SYMBOLS[digit] + digits
    return "AMN" + digits + check_character("AMN" + digits)


def sscc(company_prefix: str, number: int) -> str:
    """The SSCC with this number, from 0 on, of the company; its first digits are the extension digit."""
    serial = f"{number:0{17 - len(company_prefix)}d}"
    digits = serial[0] + company_prefix + serial[1:]
    return digits + check_digit(digits)


def capacity(company_prefix: str | None) -> int:
    """Number of possible codes: of a company's SSCC, or of ours."""
    return pow(36, _OWN_DIGITS) if company_prefix is None else int("9" * (17 - len(company_prefix))) + 1


def check_prefix(company_prefix: str | None) -> str:
    """The GS1 company prefix that SSCC begin with. Refuses one that is missing or has not 6 to 12 digits."""
    if company_prefix is None or not _PREFIX.match(company_prefix):
        raise Refused("company_prefix", "companyPrefix")
    return company_prefix
