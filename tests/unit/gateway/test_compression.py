"""Compressed bodies are unpacked within their bound."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.errors import BadInput
from gateway.partners.compression import CODINGS, decompress


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("GZIP ", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _raw_deflate),
    ("zstd", lambda data: bytes(cramjam.zstd.compress(data))),
    ("identity", bytes),
    ("", bytes),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
def test_every_coding_comes_back_up_to_the_limit_and_no_further(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = b'{"type": "ObjectEvent"}' * 1000
    assert decompress(pack(body), encoding, len(body)) == body
    with pytest.raises(BadInput) as refused:
        decompress(pack(body), encoding, len(body) - 1)
    assert refused.value.code == "too_large"


def test_several_members_and_frames_are_one_body() -> None:
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 2) == b"ab"
    assert decompress(bytes(cramjam.zstd.compress(b"a")) + bytes(cramjam.zstd.compress(b"b")), "zstd", 2) == b"ab"


@pytest.mark.parametrize(("encoding", "pack"), PACKERS[:6])
def test_a_bomb_is_refused(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(50_000_000))
    assert len(bomb) < 60_000
    with pytest.raises(BadInput) as refused:
        decompress(bomb, encoding, 5_000_000)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(("encoding", "pack"), PACKERS[:6])
def test_a_body_that_breaks_off_is_invalid(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadInput) as refused:
        decompress(pack(b"x" * 1000)[:-5], encoding, 5000)
    assert refused.value.code == "encoding_invalid"


def test_other_codings_are_unsupported() -> None:
    with pytest.raises(BadInput) as refused:
        decompress(b"", "br", 10)
    assert refused.value.code == "encoding_unsupported"
    assert all(coding in refused.value.message for coding in CODINGS)


@given(st.binary(max_size=300), st.sampled_from(CODINGS))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    with suppress(BadInput):
        assert len(decompress(body, encoding, 1000)) <= 1000
