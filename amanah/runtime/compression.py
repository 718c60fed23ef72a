"""Decompression of request bodies, with a bound on what comes out."""

import zlib

from amanah.contracts.errors import BadInput

ENCODINGS = ("gzip", "deflate")
"""Values of Content-Encoding that `decompress` reads."""

_GZIP = 16 + zlib.MAX_WBITS


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The content of a body in one of ENCODINGS. Raises BadInput when it is over `limit` bytes, or cannot be read."""
    # Some clients send "deflate" without the zlib header that RFC 9110 demands.
    bare = encoding == "deflate" and (len(body) < 2 or (body[0] << 8 | body[1]) % 31 or body[0] & 15 != 8)
    inflater = zlib.decompressobj(_GZIP if encoding == "gzip" else -zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
    try:
        content = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise BadInput("body_corrupt") from None
    if len(content) > limit:
        raise BadInput("too_large", limit=limit)
    if not inflater.eof or inflater.unused_data:
        raise BadInput("body_corrupt")
    return content
