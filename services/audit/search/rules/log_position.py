"""Position of new entries in the log."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LogPosition:
    """The index of the first of some new entries, and the log's time for all of them."""

    first: int
    logged_at: datetime
