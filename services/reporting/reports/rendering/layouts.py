"""Layouts of PDFs: the built-in ones, or an office's own from a folder."""

import hashlib
from pathlib import Path

BUILT_IN = Path(__file__).with_name("typst")
LARGEST = 20_000_000
"""The largest folder of layouts, in bytes of all its files: room for logos and letterheads."""


def layout(name: str, own: Path | None) -> Path:
    """Returns the layout `name` (`bast.typ`) of the office's own folder if it has one, else the built-in."""
    if own is not None and (found := own / name).is_file():
        return found
    return BUILT_IN / name


def layout_digest(own: Path | None, name: str = "bast.typ") -> str:
    """Returns the SHA-256 of the folder that holds an own layout `name` (all paths and bytes); empty for the built-in.

    It is part of a report's content: another layout gives another file with another number. Raises ValueError for a
    folder that is too large.
    """
    if own is None or layout(name, own).parent == BUILT_IN:
        return ""
    files = sorted(path for path in own.rglob("*") if path.is_file())
    if sum(path.stat().st_size for path in files) > LARGEST:
        raise ValueError("the folder of layouts is larger than 20 MB")
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(own).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
