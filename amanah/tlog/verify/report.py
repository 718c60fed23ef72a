"""What a verification found, and how far it came."""

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
"""Called with the number of entries that are done, and of all."""

_FORM = "amanah/audit-verification/v1"


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: the file it shows in, and the first entry it concerns where that is known."""

    path: str
    index: int | None
    message: str


@dataclass
class Report:
    """What was checked, what was not, and what did not hold."""

    signed: tuple[str, ...] = ()
    """The keys of the log, of those that were given, that signed."""
    origin: str = ""
    size: int = 0
    root: bytes = b""
    begun: int = 0
    """The first entry that was read; those before were verified by an earlier run."""
    stopped: int | None = None
    """The first entry that could not be reached, with all after it, because too much of the log is lost."""
    entries: int = 0
    tiles: int = 0
    earlier: int = 0
    """How many partial tiles and bundles of earlier sizes were compared."""
    beyond: list[str] = field(default_factory=list)
    """Files of a larger log than was signed. Nothing says what they should hold."""
    witnesses: tuple[tuple[str, int | None], ...] = ()
    """Who cosigned of those that were given, and when (Unix seconds); None on a signature that has no time."""
    unknown: tuple[str, ...] = ()
    """The names on signatures of keys that were not given. Whoever adds or removes such a line changes nothing signed."""
    uncosigned: bool = False
    """Too few witnesses cosigned. All that was checked is that the log signed; nothing else was found, or looked for."""
    continues: list[int] = field(default_factory=list)
    """The sizes of the checkpoints kept earlier which this log continues."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """Whether everything holds."""
        return not self.findings

    @property
    def first_index(self) -> int | None:
        """The first entry that differs; None when nothing does, or when it cannot be told."""
        return min((f.index for f in self.findings if f.index is not None), default=None)

    def head(
        self, checkpoint: Checkpoint, note: Note, keys: Collection[Verifier], witnesses: Collection[Verifier]
    ) -> None:
        """Takes down which head is checked, and whose signatures it has; `keys` are the log's own."""
        self.origin, self.size, self.root = checkpoint.origin, checkpoint.size, checkpoint.root
        given = {(witness.name, witness.key_id): witness.kind for witness in witnesses}
        own = {(key.name, key.key_id): key for key in keys}
        self.signed = tuple(str(own[s.name, s.key_id]) for s in note.signatures if (s.name, s.key_id) in own)
        others = [s for s in note.signatures if (s.name, s.key_id) not in own]
        self.witnesses = tuple(
            (s.name, s.time if given[s.name, s.key_id] == COSIGNATURE else None)
            for s in others
            if (s.name, s.key_id) in given
        )
        self.unknown = tuple(s.name for s in others if (s.name, s.key_id) not in given)

    def find(self, path: str, index: int | None, message: str) -> None:
        """Adds a finding, once."""
        finding = Finding(path, index, message)
        if finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class State:
    """How far a log is verified: what a later run needs in order to go on from there.

    `note` is the latest signed checkpoint that the log is known to continue, or the first that was seen; `edge` are the
    partial tiles of the tree of the entries that were read, and `findings` are those in these entries.
    """

    key: Verifier
    note: str
    edge: tuple[Tile, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        """How many entries were read."""
        return RightEdge(self.edge).size

    @property
    def checkpoint(self) -> Checkpoint:
        """What `note` says. Raises Malformed or NotSigned."""
        return open_checkpoint(self.note, self.key)[0]

    def encode(self) -> bytes:
        """The state as JSON."""
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
    def decode(cls, data: bytes, *keys: Verifier) -> "State":
        """The state in `data`, of the log that has one of these `keys`.

        Raises Malformed on what is no state or does not fit together, NotSigned when it is of another key or origin.
        """
        try:
            fields = json.loads(data)
            form, of, note = fields["form"], fields["key"], fields["checkpoint"]
            edge, findings = _edge(fields), tuple(_finding(*each) for each in fields["findings"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Malformed(f"it is no state of a verification ({error})") from None
        if form != _FORM or not (isinstance(note, str) and isinstance(of, str)):
            raise Malformed(f"it is no state of a verification, which says {_FORM!r} and has a key and a checkpoint")
        key = next((key for key in keys if str(key) == of), None)
        if key is None:
            raise NotSigned(f"it is of a log with the key {of}")
        state = cls(key, note, edge, findings)
        read, head = RightEdge(edge), state.checkpoint
        if read.size == head.size and read.root() != head.root:
            raise Malformed("it does not fit the checkpoint in it")
        return state


def _edge(fields: dict[str, Any]) -> tuple[Tile, ...]:
    """Exactly the partial tiles of a tree of that size."""
    edge, size = fields["edge"], fields["size"]
    if not (isinstance(size, int) and 0 <= size <= MAX_NUMBER):
        raise Malformed("a size is a number")
    spans = layout.partial_spans(size)
    if sorted(edge) != sorted(span.path for span in spans):
        raise Malformed("its edge is not that of its size")
    return tuple(
        Tile(span.level, span.number, layout.split_hashes(decode_base64(edge[span.path]), span.width)) for span in spans
    )


def _finding(path: str, index: int | None, message: str) -> Finding:
    if not (isinstance(path, str) and isinstance(message, str) and isinstance(index, int | None)):
        raise Malformed("a finding has a path, an index and a message")
    return Finding(path, index, message)
