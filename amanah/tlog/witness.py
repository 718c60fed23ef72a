"""Witness protocol (C2SP tlog-witness): the messages between a log and a witness, and the check before a cosignature.

A witness stores one checkpoint of each log, the latest that it cosigned, and cosigns a later one only with a consistency
proof from there. So no log can show two histories with cosignatures of the same witness.
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
"""Media type of a 409 response whose body is the size that the witness has."""

MAX_PROOF = 63
MAX_BYTES = 1 << 16
"""Size limit of requests and responses; 63 hashes and a checkpoint with many signatures fit."""


def checkpoint_path(origin: str) -> str:
    """Returns the path of a log's latest cosigned checkpoint under a witness's monitoring prefix (tlog-witness)."""
    return f"{sha256(origin.encode()).hexdigest()}/{CHECKPOINT}"


@dataclass(frozen=True)
class AddCheckpoint:
    """The request to cosign a checkpoint (tlog-witness, "add-checkpoint").

    `old` is the size that the witness cosigned last, as far as the log knows; `proof` is the consistency proof from there.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: str

    @cached_property
    def note(self) -> Note:
        """The checkpoint as a note; its signatures are not verified."""
        return Note.parse(self.checkpoint)

    @cached_property
    def head(self) -> Checkpoint:
        """Origin, size and root of the checkpoint."""
        return Checkpoint.parse(self.note.text)

    def __str__(self) -> str:
        return "\n".join([f"old {self.old}", *map(encode_base64, self.proof), "", self.checkpoint])

    @classmethod
    def parse(cls, data: bytes) -> "AddCheckpoint":
        """Parses a request, including the checkpoint in it. Raises Malformed."""
        if len(data) > MAX_BYTES:
            raise Malformed(f"a request has at most {MAX_BYTES} bytes")
        try:
            head, separator, checkpoint = data.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise Malformed("a request must be UTF-8") from None
        old, *proof = head.split("\n")
        if not separator or not old.startswith("old "):
            raise Malformed("expected `old <size>`, hashes, an empty line and a checkpoint")
        if len(proof) > MAX_PROOF:
            raise Malformed(f"a request has at most {MAX_PROOF} hashes")
        request = cls(decode_decimal(old.removeprefix("old ")), tuple(map(decode_hash, proof)), checkpoint)
        _ = request.head
        return request


class CheckpointRefused(Exception):
    """The witness does not cosign: HTTP status, reason, and the size that it has where the log assumed another."""

    def __init__(self, status: int, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.size = size


def check_request(request: AddCheckpoint, known: Checkpoint | None, keys: Collection[Verifier]) -> None:
    """Checks that a witness may cosign `request.note.text` (tlog-witness, "add-checkpoint"). Raises CheckpointRefused.

    `known` is the latest checkpoint that the witness cosigned of this log, None before the first; `keys` are those that it
    trusts for `request.head.origin`. The caller stores the new checkpoint before it cosigns, atomically with this check.
    """
    head, size = request.head, known.size if known else 0
    if not keys:
        raise CheckpointRefused(404, "This witness does not cosign for this log.")
    try:
        request.note.verify(keys)
    except NotSigned as error:
        raise CheckpointRefused(
            403, f"The checkpoint is not signed by a key that this witness trusts: {error}."
        ) from None
    if request.old > head.size:
        raise CheckpointRefused(400, "The old size is larger than the size of the checkpoint.")
    if request.old != size:
        raise CheckpointRefused(409, "The witness has cosigned another size than the old one given.", size)
    try:
        verify_growth(known.root if known else EMPTY_ROOT, size, head, request.proof)
    except NotProven as error:
        raise CheckpointRefused(
            422, f"The proof from size {size} to the checkpoint does not verify: {error}."
        ) from None


def verify_growth(old_root: bytes, old: int, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Verifies that the tree of `old` leaves under `old_root` grew into `head`. Raises NotProven.

    From size 0 the proof is empty (tlog-witness, "add-checkpoint"); from other sizes it is that of RFC 6962 2.1.2.
    """
    if old > 0:
        verify_consistency(old, old_root, head.size, head.root, proof)
    elif proof:
        raise NotProven("the proof from size 0 must be empty")
    elif head.size == 0 and head.root != EMPTY_ROOT:
        raise NotProven("the root is not that of the empty tree")


def encode_size(size: int) -> str:
    """Encodes the body of a 409 response: the size that the witness has."""
    return f"{size}\n"


def decode_size(body: str) -> int:
    """Decodes the size in the body of a 409 response. Raises Malformed."""
    if not body.endswith("\n"):
        raise Malformed("the size must end in a newline")
    return decode_decimal(body[:-1])


def find_cosignature(text: str, response: str, witness: Verifier) -> str:
    """Finds the cosignature line of `witness` in the body of a 200 response and verifies it over the checkpoint's `text`.

    Ignores lines of other keys (tlog-witness, "add-checkpoint"). Raises Malformed, and NotSigned when the line is missing
    or not valid for this text.
    """
    note = Note.parse(f"{text}\n{response}")
    if note.text != text:
        raise Malformed("a response must contain signature lines only")
    note.verify([witness])
    return next(str(line) for line in note.signatures if (line.name, line.key_id) == (witness.name, witness.key_id))
