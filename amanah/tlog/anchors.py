"""Names and paths of a log's anchors: checkpoints as they stood at a known time, with their time stamps.

No standard defines them. They are served beside the tiles, as `anchor/2026-11-24/checkpoint` (the day's first, UTC) or
`anchor/2026-11-24T06/checkpoint`, and `timestamp.tsr` is the answer of a time-stamping authority (RFC 3161) over its bytes.
"""

import re
from datetime import UTC, datetime

_path = re.compile(r"anchor/[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2})?/(?:checkpoint|timestamp\.tsr)")

CHECKPOINT = "checkpoint"
TIMESTAMP = "timestamp.tsr"


def day_of(moment: datetime) -> str:
    """Returns the name of the day's anchor (UTC)."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def period_of(moment: datetime, hours: int) -> str:
    """Returns the name of the anchor for the period of `hours` that contains `moment`; `hours` divides 24."""
    at = moment.astimezone(UTC)
    begin = at.hour // hours * hours
    return f"{day_of(at)}T{begin:02}" if begin else day_of(at)


def path(name: str, file: str) -> str:
    """Returns the path of the anchor's `file` (CHECKPOINT or TIMESTAMP)."""
    return f"anchor/{name}/{file}"


def is_path(path: str) -> bool:
    """Tells if a log may serve an anchor's file at `path`. No other path may reach a store or a disk."""
    return _path.fullmatch(path) is not None
