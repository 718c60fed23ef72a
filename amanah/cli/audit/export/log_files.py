"""Files of a log, as an export copies them or reads entries and anchors from them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from amanah.cli.audit.export.entries import LogEntry
from amanah.cli.log_copy import LogFolder
from amanah.tlog import anchors, layout
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed, Span
from amanah.tlog.tile_reader import TileReader
from amanah.tlog.verify import Fetch, Missing

Progress = Callable[[int, int], None]
"""Called with the number of items that are done, and of all items."""


def copy_log(files: TileReader, folder: Path, size: int, progress: Progress) -> int:
    """Copies the files of a log of `size` entries that the folder lacks, since files never change; returns their number."""
    levels = range((size.bit_length() + 7) // 8)
    bundles = ((span.bundle, files.bundle, span) for span in layout.level_spans(0, size))
    tiles = ((span.path, files.tile, span) for level in levels for span in layout.level_spans(level, size))
    lacking = (each for each in chain(bundles, tiles) if not (folder / each[0]).is_file())
    total = sum(-(-(size >> (8 * level)) // layout.WIDTH) for level in (0, *levels))

    def copy(file: tuple[str, Callable[[Span], bytes | None], Span]) -> None:
        path, get, span = file
        data = get(span)
        if data is None:
            raise Missing(path)
        write_file(folder / path, data)

    copied = 0
    for copied, _ in enumerate(files.ahead(copy, lacking), start=1):
        progress(copied, total)
    return copied


def read_entries(files: TileReader, size: int, progress: Progress) -> Iterator[LogEntry]:
    """Yields all entries of a log, in order. Raises Missing, and Malformed when a bundle has another number of entries."""
    for span, bundle in files.ahead(files.bundle, layout.level_spans(0, size)):
        yield from _parse_bundle(span, bundle)
        progress(span.first + span.width, size)


def read_entry(fetch: Fetch, index: int, size: int) -> LogEntry:
    """Reads one entry of a log of `size` entries. Raises Missing and Malformed."""
    with TileReader(fetch, local=True) as files:
        span = layout.span(0, index // layout.WIDTH, size)
        return _parse_bundle(span, files.bundle(span))[index - span.first]


def _parse_bundle(span: Span, bundle: bytes | None) -> list[LogEntry]:
    if bundle is None:
        raise Missing(span.bundle)
    try:
        leaves = layout.decode_bundle(bundle, span.width)
    except Malformed as error:
        raise Malformed(f"{span.bundle}: {error}") from None
    return [LogEntry.parse(index, leaf) for index, leaf in enumerate(leaves, start=span.first)]


def through_folder(fetch: Fetch, folder: Path) -> Fetch:
    """Returns a reader that saves each file in the folder, and reads it from there the next time."""
    saved = LogFolder(str(folder))

    def read(path: str) -> bytes:
        try:
            return saved(path)
        except Missing:
            data = fetch(path)
            write_file(folder / path, data)
            return data

    return read


def write_file(file: Path, data: bytes) -> None:
    """Writes a file atomically, so that an interrupted export leaves no part of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)


@dataclass(frozen=True)
class Anchor:
    """An anchor in an export: its name (a day, or an hour of it), its checkpoint, and if it has a time stamp."""

    name: str
    checkpoint: Checkpoint
    stamped: bool

    @property
    def root(self) -> str:
        """The root in base64."""
        return encode_base64(self.checkpoint.root)


@dataclass
class AnchorList:
    """Files of the anchors that a log's entries list, with their hashes (`sha256:<hex>`)."""

    files: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, entry: LogEntry) -> None:
        """Adds the file that the entry lists, if it lists one."""
        if entry.anchor:
            self.files[entry.anchor] = entry.text("after")

    @property
    def names(self) -> Iterable[str]:
        """The anchors' names, sorted."""
        return sorted({name for name, _ in self.files})


def read_anchors(files: TileReader, listed: AnchorList) -> tuple[list[Anchor], list[str]]:
    """Reads every listed anchor; returns them, and the paths that are not served (yet). Raises Malformed."""
    found, missing = [], []
    for name in listed.names:
        contents = {}
        for file in (anchors.CHECKPOINT, anchors.TIMESTAMP):
            if (name, file) in listed.files:
                path = anchors.path(name, file)
                contents[file] = files.read(path)
                if contents[file] is None:
                    missing.append(path)
        note = contents.get(anchors.CHECKPOINT)
        if note is not None:
            checkpoint = Checkpoint.parse(Note.parse(note).text)
            found.append(Anchor(name, checkpoint, contents.get(anchors.TIMESTAMP) is not None))
    return found, missing
