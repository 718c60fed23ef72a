"""Stored alarms of the log, with their indexes."""

from datetime import datetime
from typing import NotRequired, TypedDict

from amanah.runtime.tables import Table, index


class AlarmDocument(TypedDict):
    """An alarm. `open` is the rule while it lasts and the `_id` afterwards, so that one alarm of a rule is open at a time."""

    _id: str
    open: str
    rule: str
    at: datetime
    detail: str
    evidence: dict[str, str]
    settledAt: NotRequired[datetime]


ALARMS = Table("alarms", AlarmDocument, index("open", unique=True))
