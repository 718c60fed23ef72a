"""How hashes and numbers are written in notes and proofs: one text for each value, and no other is read."""

import base64
import binascii

from amanah.tlog.layout import HASH_BYTES, Malformed

MAX_NUMBER = (1 << 63) - 1
"""The largest size, index or time: what fits a signed 64-bit integer, as other readers of these formats have them."""


def encode_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4), as notes and proofs have it."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of canonical standard base64 (RFC 4648 sections 3.5, 4): one value has one text. Raises Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{text[:60]!r} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed(f"{text[:60]!r} is not canonical base64")
    return data


def decode_hash(text: str) -> bytes:
    """A hash from its base64. Raises Malformed unless it has 32 bytes."""
    digest = decode_base64(text)
    if len(digest) != HASH_BYTES:
        raise Malformed(f"a hash has {HASH_BYTES} bytes, this one has {len(digest)}")
    return digest


def decode_decimal(text: str) -> int:
    """A number below 2^63 written without sign or leading zeros. Raises Malformed on anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19) or (text[0] == "0" and text != "0"):
        raise Malformed(f"{text[:60]!r} is not a decimal number")
    if (number := int(text)) > MAX_NUMBER:
        raise Malformed(f"{text} is larger than any number here can be")
    return number
