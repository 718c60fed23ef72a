"""Canonical base64 and decimal numbers, as notes and proofs have them: each value has exactly one accepted text."""

import base64
import binascii

from amanah.tlog.layout import HASH_BYTES, Malformed

MAX_NUMBER = (1 << 63) - 1
"""The largest size, index or time: other implementations read these as signed 64-bit integers."""


def encode_base64(data: bytes) -> str:
    """Encodes bytes in standard base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Decodes canonical standard base64 (RFC 4648 sections 3.5, 4). Raises Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{text[:60]!r} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed(f"{text[:60]!r} is not canonical base64")
    return data


def decode_hash(text: str) -> bytes:
    """Decodes a hash from base64. Raises Malformed unless it has 32 bytes."""
    digest = decode_base64(text)
    if len(digest) != HASH_BYTES:
        raise Malformed(f"expected a hash of {HASH_BYTES} bytes, found {len(digest)}")
    return digest


def decode_decimal(text: str) -> int:
    """Decodes a decimal number below 2^63, written without sign or leading zeros. Raises Malformed."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19) or (text[0] == "0" and text != "0"):
        raise Malformed(f"{text[:60]!r} is not a decimal number")
    if (number := int(text)) > MAX_NUMBER:
        raise Malformed(f"{text} is too large; the maximum is 2^63 - 1")
    return number
