"""Ways to alter the proof of an entry."""

import base64

from amanah.tlog.checkpoint import Signer
from amanah.tlog.encoding import encode_base64
from amanah.tlog.proofs import ProofFile


def other_root(proof: str) -> str:
    text, _, signatures = proof.rpartition("\n\n")
    return f"{text.rpartition(chr(10))[0]}\n{encode_base64(bytes(32))}\n\n{signatures}"


def swapped(proof: str) -> str:
    held = ProofFile.parse(proof)
    return str(ProofFile(held.index, held.proof[::-1], held.checkpoint))


def shorter(proof: str) -> str:
    held = ProofFile.parse(proof)
    return str(ProofFile(held.index, held.proof[:-1], held.checkpoint))


def longer(proof: str) -> str:
    held = ProofFile.parse(proof)
    return str(ProofFile(held.index, (*held.proof, bytes(32)), held.checkpoint))


def resigned(proof: str, signer: Signer) -> str:
    text = proof.rpartition("\n\n")[0] + "\n"
    return f"{text}\n{signer.sign(text.partition(chr(10) * 2)[2])}"


def cut(proof: str, length: int) -> str:
    """With no more than `length` bytes of the last signature, beside its key's id."""
    head, _, line = proof.rpartition(" ")
    return f"{head} {encode_base64(base64.b64decode(line)[: 4 + length])}\n"


def twice(proof: str) -> str:
    return proof + proof.splitlines(keepends=True)[-1]


def without_line(proof: str) -> str:
    return "".join(proof.splitlines(keepends=True)[:-1])


def spoiled(proof: str) -> str:
    head, _, line = proof.rpartition(" ")
    data = bytearray(base64.b64decode(line))
    data[20] ^= 1
    return f"{head} {encode_base64(bytes(data))}\n"
