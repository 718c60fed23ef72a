"""The anchors of a log, taken home: the log lists them by its own entries."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from amanah.cli.audit.export.entries import Entry
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.encoding import encode_base64
from amanah.tlog.tile_reader import Files


@dataclass(frozen=True)
class Anchor:
    """A checkpoint that was kept: its name (a day, or an hour of it), and whether an authority stamped it."""

    name: str
    checkpoint: Checkpoint
    stamped: bool

    @property
    def root(self) -> str:
        """The root in base64."""
        return encode_base64(self.checkpoint.root)


@dataclass
class Listed:
    """The anchors' files that the entries of a log name, with the hashes (`sha256:<hex>`) that they name them by."""

    files: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Takes down what an entry names, if it does."""
        if entry.anchor:
            self.files[entry.anchor] = entry.text("after")

    @property
    def names(self) -> Iterable[str]:
        """The anchors' names, in their order."""
        return sorted({name for name, _ in self.files})


def take(files: Files, listed: Listed) -> tuple[list[Anchor], list[str]]:
    """Reads every listed anchor; answers them, and the paths that are not served (yet). Raises Malformed."""
    found, missing = [], []
    for name in listed.names:
        held = {}
        for file in (anchors.CHECKPOINT, anchors.TIMESTAMP):
            if (name, file) in listed.files:
                path = anchors.path(name, file)
                held[file] = files.read(path)
                if held[file] is None:
                    missing.append(path)
        note = held.get(anchors.CHECKPOINT)
        if note is not None:
            checkpoint = Checkpoint.parse(Note.parse(note).text)
            found.append(Anchor(name, checkpoint, held.get(anchors.TIMESTAMP) is not None))
    return found, missing
