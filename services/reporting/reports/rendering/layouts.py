"""Layouts: the forms that PDFs are set in, the built-in ones or an office's own from a folder."""

import hashlib
from pathlib import Path

BUILT_IN = Path(__file__).with_name("typst")
LARGEST = 20_000_000
"""Bytes of all files of a folder of layouts: logos and letterheads, no archive."""


def layout(name: str, own: Path | None) -> Path:
    """The layout `name` (`bast.typ`) of the office's own folder, where it has one; else the built-in."""
    if own is not None and (found := own / name).is_file():
        return found
    return BUILT_IN / name


def fingerprint(own: Path | None, name: str = "bast.typ") -> str:
    """A digest of the folder that holds an own layout `name`: of every file's path and bytes; empty for the built-in.

    It is part of a report's content, so that another form is another file with another number. Raises ValueError for a
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
