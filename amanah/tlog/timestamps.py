"""Time stamps of RFC 3161: what an authority is asked, and how its answer is checked. It needs no network.

The hash is SHA-256, the authority's certificates are wanted in the answer, and the answer is kept whole: `openssl ts -verify`
reads it.
"""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

REQUEST_TYPE = "application/timestamp-query"
ANSWER_TYPE = "application/timestamp-reply"
LARGEST = 100_000
"""Bytes of an answer; with a chain of certificates it has some ten thousand."""


class NotStamped(ValueError):
    """An answer that stamps nothing, something else, or is not of an authority that is trusted; the message says which."""


def ask(data: bytes) -> TimeStampRequest:
    """A request for a time stamp over `data`, with a nonce."""
    return (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )


class Authority:
    """A time-stamping authority, known by certificates: its own, or those that lead to it. Raises ValueError on bad PEM."""

    def __init__(self, pem: bytes) -> None:
        self._trusted: Iterable[x509.Certificate] = x509.load_pem_x509_certificates(pem)

    def check(self, answer: bytes, data: bytes, asked: TimeStampRequest | None = None) -> datetime:
        """Returns the time at which the authority saw `data`; with `asked`, the answer must be to that request. Raises NotStamped."""
        verifier = VerifierBuilder(nonce=asked.nonce if asked else None)
        for certificate in self._trusted:
            verifier = verifier.add_root_certificate(certificate)
        try:
            response = decode_timestamp_response(answer)
            verifier.build().verify_message(response, data)
            return response.tst_info.gen_time
        except (VerificationError, ValueError) as error:
            raise NotStamped(f"the time stamp does not hold: {error}") from None
