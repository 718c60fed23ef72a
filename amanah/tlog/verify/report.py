"""Report of a verification, and the state from which a later run resumes."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from amanah.tlog import layout
from amanah.tlog.checkpoint import COSIGNATURE, Checkpoint, Note, NotSigned, Verifier, open_checkpoint
from amanah.tlog.encoding import MAX_NUMBER, decode_base64, encode_base64
from amanah.tlog.layout import Malformed, Tile
from amanah.tlog.merkle import RightEdge

Progress = Callable[[int, int], None]
"""Called with the number of entries that are verified, and of all entries."""

_FORM = "amanah/audit-verification/v1"


@dataclass(frozen=True)
class Finding:
    """An inconsistency: the file in which it shows, and the first entry that it concerns, where known."""

    path: str
    index: int | None
    message: str


@dataclass
class VerificationReport:
    """Scope and findings of a verification."""

    signers: tuple[str, ...] = ()
    """The given keys of the log that signed."""
    origin: str = ""
    size: int = 0
    root: bytes = b""
    start: int = 0
    """The first entry that was read; those before it were verified by an earlier run."""
    stopped_at: int | None = None
    """The first entry that could not be verified, as all after it, because too many files are missing."""
    entries: int = 0
    tiles: int = 0
    earlier_files: int = 0
    """Number of partial tiles and bundles of earlier sizes that were compared."""
    beyond_checkpoint: list[str] = field(default_factory=list)
    """Files of a larger size than the signed one. No signature covers their content."""
    cosigners: tuple[tuple[str, int | None], ...] = ()
    """The given witnesses that cosigned, and when (Unix seconds); None for a signature without a time."""
    unknown_signers: tuple[str, ...] = ()
    """Names on signatures of keys that were not given. Anybody can add or remove such a line."""
    lacks_cosignatures: bool = False
    """Too few witnesses cosigned; then nothing was verified but the log's own signature."""
    continued_sizes: list[int] = field(default_factory=list)
    """Sizes of the earlier checkpoints with which this log is consistent."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """True when there are no findings."""
        return not self.findings

    @property
    def first_index(self) -> int | None:
        """The first entry with a finding; None when there is none, or when it is not known."""
        return min((f.index for f in self.findings if f.index is not None), default=None)

    def set_head(
        self, checkpoint: Checkpoint, note: Note, keys: Collection[Verifier], witnesses: Collection[Verifier]
    ) -> None:
        """Records the verified head and its signatures; `keys` are the log's own."""
        self.origin, self.size, self.root = checkpoint.origin, checkpoint.size, checkpoint.root
        given = {(witness.name, witness.key_id): witness.kind for witness in witnesses}
        own = {(key.name, key.key_id): key for key in keys}
        self.signers = tuple(str(own[s.name, s.key_id]) for s in note.signatures if (s.name, s.key_id) in own)
        others = [s for s in note.signatures if (s.name, s.key_id) not in own]
        self.cosigners = tuple(
            (s.name, s.time if given[s.name, s.key_id] == COSIGNATURE else None)
            for s in others
            if (s.name, s.key_id) in given
        )
        self.unknown_signers = tuple(s.name for s in others if (s.name, s.key_id) not in given)

    def add(self, path: str, index: int | None, message: str) -> None:
        """Adds a finding, unless it is there already."""
        finding = Finding(path, index, message)
        if finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class VerificationState:
    """Progress of a verification, from which a later run resumes.

    `note` is the latest signed checkpoint with which the log is known to be consistent, or the first one seen; `edge` are
    the partial tiles of the tree over the entries read so far, and `findings` those about these entries.
    """

    key: Verifier
    note: str
    edge: tuple[Tile, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        """Number of entries read so far."""
        return RightEdge(self.edge).size

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint in `note`. Raises Malformed or NotSigned."""
        return open_checkpoint(self.note, self.key)[0]

    def encode(self) -> bytes:
        """Encodes the state as JSON."""
        fields = {
            "form": _FORM,
            "key": str(self.key),
            "checkpoint": self.note,
            "size": self.size,
            "edge": {tile.span.path: encode_base64(tile.data) for tile in self.edge},
            "findings": [[f.path, f.index, f.message] for f in self.findings],
        }
        return json.dumps(fields, indent=1).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes, *keys: Verifier) -> "VerificationState":
        """Decodes the state of a log with one of these `keys`.

        Raises Malformed when it is no state or is inconsistent, NotSigned when it is of another key or origin.
        """
        try:
            fields = json.loads(data)
            form, of, note = fields["form"], fields["key"], fields["checkpoint"]
            edge, findings = _edge(fields), tuple(_finding(*each) for each in fields["findings"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Malformed(f"this is not a state of a verification ({error})") from None
        if form != _FORM or not (isinstance(note, str) and isinstance(of, str)):
            raise Malformed(f"this is not a state of a verification; expected {_FORM!r}, a key and a checkpoint")
        key = next((key for key in keys if str(key) == of), None)
        if key is None:
            raise NotSigned(f"this is the state of a log with the key {of}")
        state = cls(key, note, edge, findings)
        read, head = RightEdge(edge), state.checkpoint
        if read.size == head.size and read.root() != head.root:
            raise Malformed("the state does not match the checkpoint in it")
        return state


def _edge(fields: dict[str, Any]) -> tuple[Tile, ...]:
    """Decodes the partial tiles. Raises Malformed unless they are exactly those of a tree of that size."""
    edge, size = fields["edge"], fields["size"]
    if not (isinstance(size, int) and 0 <= size <= MAX_NUMBER):
        raise Malformed("the size must be a number from 0 to 2^63 - 1")
    spans = layout.partial_spans(size)
    if sorted(edge) != sorted(span.path for span in spans):
        raise Malformed("the partial tiles do not match the size")
    return tuple(
        Tile(span.level, span.number, layout.split_hashes(decode_base64(edge[span.path]), span.width)) for span in spans
    )


def _finding(path: str, index: int | None, message: str) -> Finding:
    if not (isinstance(path, str) and isinstance(message, str) and isinstance(index, int | None)):
        raise Malformed("a finding must have a path, an index and a message")
    return Finding(path, index, message)
