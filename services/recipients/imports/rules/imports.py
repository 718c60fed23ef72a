"""The life of an import."""

from enum import StrEnum


class ImportStatus(StrEnum):
    """How far an import is. Rows are read while RUNNING and become versions while APPLYING."""

    RUNNING = "RUNNING"
    STAGED = "STAGED"
    APPLYING = "APPLYING"
    APPLIED = "APPLIED"
    FAILED = "FAILED"
