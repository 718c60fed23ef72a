"""Proof files (C2SP tlog-proof)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog.encoding import MAX_NUMBER
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import MAX_PROOF, ProofFile

HASH = base64.b64encode(bytes(32)).decode()
HEADER = "c2sp.org/tlog-proof@v1"

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PROOF)
notes = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.integers(0, MAX_NUMBER), hashes, notes, st.binary(max_size=50))
def test_a_proof_file_reads_back(index: int, proof: list[bytes], checkpoint: str, extra: bytes) -> None:
    held = ProofFile(index, tuple(proof), checkpoint, extra)
    assert ProofFile.parse(str(held)) == held


def test_its_lines_match_the_specification() -> None:
    text = str(ProofFile(7, (bytes(32), b"\xff" * 32), "the checkpoint\n\nand its signatures\n", b"age-v1.2"))
    assert text == (
        f"{HEADER}\nextra YWdlLXYxLjI=\nindex 7\n{HASH}\n"
        "//////////////////////////////////////////8=\n\nthe checkpoint\n\nand its signatures\n"
    )
    assert str(ProofFile(0, (), "c\n")) == f"{HEADER}\nindex 0\n\nc\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{HEADER}\nindex 7\n",
        "c2sp.org/tlog-proof@v2\nindex 7\n\nc",
        f"{HEADER}\nindex 07\n\nc",
        f"{HEADER}\nindex \n\nc",
        f"{HEADER}\nindex -1\n\nc",
        f"{HEADER}\nindex {MAX_NUMBER + 1}\n\nc",
        f"{HEADER}\nindex  7\n\nc",
        f"{HEADER}\nindex 7\nAAAA\n\nc",
        f"{HEADER}\nindex 7\n{HASH.replace('A=', 'B=')}\n\nc",
        f"{HEADER}\nindex 7\n{HASH} \n\nc",
        f"{HEADER}\r\nindex 7\r\n\r\nc",
        f"{HEADER}\nindex 7\n{(HASH + chr(10)) * (MAX_PROOF + 1)}\nc",
        f"{HEADER}\n\nc",
        f"{HEADER}\nextra \nindex 7\n\nc",
        f"{HEADER}\nextra YQ\nindex 7\n\nc",
        f"{HEADER}\nextra YQ==\nextra YQ==\nindex 7\n\nc",
        f"{HEADER}\nindex 7\nextra YQ==\n\nc",
        f"{HEADER}\nextra YQ==\n\nc",
        f"{HEADER}\nindex 7\n\n" + "c" * 1_000_000,
        f"{HEADER}\nindex 7\n\n" + "\N{EM DASH}" * 400_000,
        f"{HEADER}\nindex 7\n\n\ud800",
    ],
)
def test_invalid_proof_files_are_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        ProofFile.parse(text)
