"""Decompression of request bodies within a bound: the codings of `Content-Encoding` that partners may use."""

import zlib
from collections.abc import Callable

import cramjam

from amanah.contracts.errors import BadInput

# gzip or zlib, whichever the header says; deflate without the header that RFC 9110 asks for is common too.
_WITH_HEADER = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    """Unpacks one or several members. Raises zlib.error; stops a byte past `limit`."""
    parts: list[bytes] = []
    size = 0
    while body:
        member = zlib.decompressobj(window)
        part = member.decompress(body, limit + 1 - size)
        parts.append(part)
        size += len(part)
        if size > limit:
            break
        if not member.eof:
            raise zlib.error("incomplete")
        body = member.unused_data
    return b"".join(parts)


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _WITH_HEADER)


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _inflate(body, limit, _WITH_HEADER)
    except zlib.error:
        return _inflate(body, limit, _RAW)


def _zstd(body: bytes, limit: int) -> bytes:
    space = bytearray(limit + 1)
    try:
        return bytes(space[: cramjam.zstd.decompress_into(body, space)])
    except cramjam.DecompressionError as error:
        if "whole buffer" in str(error):
            return bytes(space)
        raise


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
CODINGS = ("gzip", "deflate", "zstd")
"""The codings that are accepted, as `Accept-Encoding` names them."""


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Unpacks `body` of the coding `encoding`; empty and `identity` leave it as it is.

    Raises BadInput: `too_large` when more than `limit` bytes come out, before they are made; `encoding_invalid`,
    `encoding_unsupported`. Several codings at once are not supported.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        unpacked = body
    else:
        unpack = _CODINGS.get(coding)
        if unpack is None:
            raise BadInput("encoding_unsupported", "Content-Encoding", accepted=", ".join(CODINGS))
        try:
            unpacked = unpack(body, limit)
        except (zlib.error, cramjam.DecompressionError):
            raise BadInput("encoding_invalid", "Content-Encoding", coding=coding) from None
    if len(unpacked) > limit:
        raise BadInput("too_large", limit=limit)
    return unpacked
