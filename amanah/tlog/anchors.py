"""Where a log serves its anchors: checkpoints that were kept as they stood at a known time, with their time stamps.

No standard names them; they lie beside the tiles, as `anchor/2026-11-24/checkpoint` (the day's first, UTC) or
`anchor/2026-11-24T06/checkpoint`, and `timestamp.tsr` is the answer of a time-stamping authority (RFC 3161) over its bytes.
"""

import re
from datetime import UTC, datetime

_path = re.compile(r"anchor/[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2})?/(?:checkpoint|timestamp\.tsr)")

CHECKPOINT = "checkpoint"
TIMESTAMP = "timestamp.tsr"

NOTED = "audit:checkpoint:date"
STAMPED = "audit:checkpoint:stamp"
"""The actions of the entries by which the log itself lists its anchors; their subject's id is the anchor's name."""


def day_of(moment: datetime) -> str:
    """The name of the day's anchor, by UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def period_of(moment: datetime, hours: int) -> str:
    """The name of the anchor of the period of `hours` that `moment` lies in; `hours` divides 24."""
    at = moment.astimezone(UTC)
    begin = at.hour // hours * hours
    return f"{day_of(at)}T{begin:02}" if begin else day_of(at)


def path(name: str, file: str) -> str:
    """Where `file` (CHECKPOINT or TIMESTAMP) of the anchor is served."""
    return f"anchor/{name}/{file}"


def is_path(path: str) -> bool:
    """Whether an anchor's file may be served at `path`; nothing else reaches a store or a disk."""
    return _path.fullmatch(path) is not None
