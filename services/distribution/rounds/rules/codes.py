"""Confirmation codes, which recipients send to confirm the aid or to complain.

A code is 50 bits in Crockford's base 32 and a check character, written `7K3M-9QW2-X1C`. The bits come from a keyed hash of
the entitlement, so that a code cannot be guessed and need not be stored. The check character is the value of a polynomial
over GF(32): any one wrong character, and any two neighbours swapped, are found without asking whether the code exists.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 50
LENGTH = BITS // 5 + 1
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_READ_AS = str.maketrans("OIL", "011")
_SEPARATORS = frozenset(" -.\t\r\n\u00a0")
_FIELD = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


def crockford(number: int, length: int) -> str:
    """Returns the lowest `5 * length` bits of `number` in Crockford's base 32."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _FIELD if value & 32 else value


def check_character(body: str) -> str:
    """Returns the check character of a code's other characters."""
    total = 0
    for character in body:
        total = _times_x(total ^ _VALUES[character])
    return ALPHABET[total]


def from_digest(digest: str) -> str:
    """Returns the code of a keyed hash in hexadecimal digits."""
    body = crockford(int(digest, 16), LENGTH - 1)
    return body + check_character(body)


def is_code(text: str) -> bool:
    """Returns true if `text`, as `take` returns it, has the right length, characters and check character."""
    known = len(text) == LENGTH and all(c in _VALUES for c in text)
    return known and check_character(text[:-1]) == text[-1]


def printed(code: str) -> str:
    """Returns a code in groups, as it is printed."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def take(text: str) -> tuple[str, str] | None:
    """Returns the code at the beginning of `text` and the text after it; None if there is no code.

    Case, spaces, hyphens and points do not count; O is read as 0, I and L as 1. `is_code` checks the check character.
    """
    found: list[str] = []
    for place, character in enumerate(text):
        if character in _SEPARATORS:
            continue
        read = character.upper().translate(_READ_AS)
        if read not in _VALUES:
            return None
        found.append(read)
        if len(found) == LENGTH:
            return "".join(found), text[place + 1 :].strip(" -.:,\t\r\n\u00a0")
    return None
