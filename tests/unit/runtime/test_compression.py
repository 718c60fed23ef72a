"""Decompression of bodies, within its bound."""

import gzip
import zlib

import pytest

from amanah.contracts.errors import BadInput
from amanah.runtime.compression import decompress

TEXT = b'{"type": "ObjectEvent"}' * 100
SENT = {
    "gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "bare deflate": zlib.compress(TEXT, wbits=-15),
}


@pytest.mark.parametrize("name", SENT)
def test_a_body_is_decompressed_up_to_its_bound(name: str) -> None:
    encoding = name.split()[-1]
    assert decompress(SENT[name], encoding, len(TEXT)) == TEXT
    with pytest.raises(BadInput) as refused:
        decompress(SENT[name], encoding, len(TEXT) - 1)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize("name", SENT)
def test_a_body_that_is_cut_off_or_goes_on_is_corrupt(name: str) -> None:
    encoding, body = name.split()[-1], SENT[name]
    for wrong in (b"", body[:-1], body + b"x", b"plain text"):
        with pytest.raises(BadInput) as refused:
            decompress(wrong, encoding, 1_000_000)
        assert refused.value.code == "body_corrupt"


def test_a_bomb_costs_no_more_than_its_bound() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    with pytest.raises(BadInput):
        decompress(bomb, "gzip", 5_000_000)
