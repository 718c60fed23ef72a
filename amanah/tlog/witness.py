"""What a log and its witnesses say to each other (C2SP tlog-witness), and how a witness decides what it cosigns.

A witness keeps one checkpoint of each log, the latest that it cosigned, and cosigns a later one only after a proof that the
log grew from the one to the other. So nobody can show two histories under one witness's name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Verifier
from amanah.tlog.encoding import decode_decimal, decode_hash, encode_base64
from amanah.tlog.layout import CHECKPOINT, Malformed
from amanah.tlog.merkle import EMPTY_ROOT
from amanah.tlog.proofs import NotProven, verify_consistency

ADD_CHECKPOINT = "add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
"""The media type of a 409 that tells the size which the witness has."""

MAX_PROOF = 63
MAX_BYTES = 1 << 16
"""No request and no answer is longer: 63 hashes and a checkpoint with many signatures fit well."""


def checkpoint_path(origin: str) -> str:
    """Where a witness serves the latest checkpoint of the log `origin` (tlog-witness, monitoring prefix)."""
    return f"{sha256(origin.encode()).hexdigest()}/{CHECKPOINT}"


@dataclass(frozen=True)
class Request:
    """The body of an `add-checkpoint` (tlog-witness, "add-checkpoint"): cosign this signed note.

    `old` is the size that the witness cosigned last, as the log believes, and `proof` leads from there to the checkpoint.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: str

    @cached_property
    def note(self) -> Note:
        """The checkpoint as a note, its signatures unchecked."""
        return Note.parse(self.checkpoint)

    @cached_property
    def head(self) -> Checkpoint:
        """What the checkpoint says."""
        return Checkpoint.parse(self.note.text)

    def __str__(self) -> str:
        return "\n".join([f"old {self.old}", *map(encode_base64, self.proof), "", self.checkpoint])

    @classmethod
    def parse(cls, data: bytes) -> "Request":
        """The request in `data`, whole and strict, down to the checkpoint's three lines. Raises Malformed."""
        if len(data) > MAX_BYTES:
            raise Malformed(f"a request has at most {MAX_BYTES} bytes")
        try:
            head, separator, checkpoint = data.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise Malformed("a request is UTF-8") from None
        old, *proof = head.split("\n")
        if not separator or not old.startswith("old "):
            raise Malformed("a request is `old <size>`, hashes, an empty line, and a checkpoint")
        if len(proof) > MAX_PROOF:
            raise Malformed(f"a request has at most {MAX_PROOF} hashes")
        request = cls(decode_decimal(old.removeprefix("old ")), tuple(map(decode_hash, proof)), checkpoint)
        _ = request.head
        return request


class Refused(Exception):
    """A witness does not cosign: the status it answers with, why, and the size it has where that is what the log lacks."""

    def __init__(self, status: int, why: str, size: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.size = size


def decide(request: Request, known: Checkpoint | None, keys: Collection[Verifier]) -> None:
    """Returns when a witness may cosign `request.note.text`; the status of Refused is that of tlog-witness "add-checkpoint".

    `known` is the latest checkpoint that it cosigned of this log, None before the first; `keys` are the keys it trusts for
    `request.head.origin`. Whoever cosigns must first have stored the checkpoint as the known one, in one step with this.
    """
    head, size = request.head, known.size if known else 0
    if not keys:
        raise Refused(404, "This witness does not know the log.")
    try:
        request.note.verify(keys)
    except NotSigned as error:
        raise Refused(403, f"The checkpoint is not signed by a key that this witness trusts: {error}.") from None
    if request.old > head.size:
        raise Refused(400, "The old size is beyond the checkpoint's.")
    if request.old != size:
        raise Refused(409, "The witness has seen another size.", size)
    try:
        check_growth(known.root if known else EMPTY_ROOT, size, head, request.proof)
    except NotProven as error:
        raise Refused(422, f"The proof does not show that the log grew from size {size}: {error}.") from None


def check_growth(old_root: bytes, old: int, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raises NotProven unless `proof` shows that the tree of `old` leaves under `old_root` grew into `head`.

    From size 0 everything grows, by an empty proof (tlog-witness, "add-checkpoint"); from others by RFC 6962 2.1.2.
    """
    if old > 0:
        verify_consistency(old, old_root, head.size, head.root, proof)
    elif proof:
        raise NotProven("from size 0 the proof is empty")
    elif head.size == 0 and head.root != EMPTY_ROOT:
        raise NotProven("the empty tree has another root")


def encode_size(size: int) -> str:
    """The body of a 409 that tells the size which the witness has."""
    return f"{size}\n"


def decode_size(body: str) -> int:
    """The size in a 409's body. Raises Malformed."""
    if not body.endswith("\n"):
        raise Malformed("a size ends in a newline")
    return decode_decimal(body[:-1])


def cosignature(text: str, answer: str, witness: Verifier) -> str:
    """The line of `witness` in a 200's body, with its newline, checked over the checkpoint's `text`.

    Lines of other keys are passed over (tlog-witness, "add-checkpoint"). Raises Malformed, and NotSigned when the line is
    missing or is not over this text.
    """
    note = Note.parse(f"{text}\n{answer}")
    if note.text != text:
        raise Malformed("an answer is signature lines and nothing else")
    note.verify([witness])
    return next(str(line) for line in note.signatures if (line.name, line.key_id) == (witness.name, witness.key_id))
