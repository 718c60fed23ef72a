"""The log's files, taken home: all of them, or each as it is needed."""

import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from amanah.cli.audit.export.entries import Entry, read
from amanah.cli.log_copy import Folder
from amanah.tlog import layout
from amanah.tlog.layout import Malformed, Span
from amanah.tlog.tile_reader import Files
from amanah.tlog.verify import Fetch, Missing

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""


def copy(files: Files, folder: Path, size: int, progress: Progress) -> int:
    """Copies every file of a log of `size` entries that the folder lacks; how many. They never change once written."""
    levels = range((size.bit_length() + 7) // 8)
    bundles = ((span.bundle, files.bundle, span) for span in layout.level_spans(0, size))
    tiles = ((span.path, files.tile, span) for level in levels for span in layout.level_spans(level, size))
    lacking = (each for each in chain(bundles, tiles) if not (folder / each[0]).is_file())
    total = sum(-(-(size >> (8 * level)) // layout.WIDTH) for level in (0, *levels))

    def take(file: tuple[str, Callable[[Span], bytes | None], Span]) -> None:
        path, get, span = file
        data = get(span)
        if data is None:
            raise Missing(path)
        write(folder / path, data)

    written = 0
    for written, _ in enumerate(files.ahead(take, lacking), start=1):
        progress(written, total)
    return written


def entries(files: Files, size: int, progress: Progress) -> Iterator[Entry]:
    """All entries of a log, in order. Raises Missing, and Malformed where a bundle does not hold what it must."""
    for span, bundle in files.ahead(files.bundle, layout.level_spans(0, size)):
        yield from _read(span, bundle)
        progress(span.first + span.width, size)


def entry_at(fetch: Fetch, index: int, size: int) -> Entry:
    """One entry of a log of `size` entries. Raises Missing and Malformed."""
    with Files(fetch, at_hand=True) as files:
        span = layout.span(0, index // layout.WIDTH, size)
        return _read(span, files.bundle(span))[index - span.first]


def _read(span: Span, bundle: bytes | None) -> list[Entry]:
    if bundle is None:
        raise Missing(span.bundle)
    try:
        leaves = layout.decode_bundle(bundle, span.width)
    except Malformed as error:
        raise Malformed(f"{span.bundle}: {error}") from None
    return [read(index, leaf) for index, leaf in enumerate(leaves, start=span.first)]


def keeping(fetch: Fetch, folder: Path) -> Fetch:
    """Reads through the folder: what is read is there afterwards, and is not read again."""
    here = Folder(str(folder))

    def through(path: str) -> bytes:
        try:
            return here(path)
        except Missing:
            data = fetch(path)
            write(folder / path, data)
            return data

    return through


def write(file: Path, data: bytes) -> None:
    """Writes a file whole or not at all, so that a stopped export leaves no part of one behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)
