"""Alarms of the log. While one other than UNWITNESSED lasts, nothing is signed or published."""

from collections.abc import Mapping
from typing import Self

from amanah.contracts.errors import AmanahError, Text

UNWITNESSED = "log_unwitnessed"
"""Too few witnesses cosign. No error: entries wait in the store, and the log goes on once the quorum is there again."""


class Alarm(AmanahError):
    """A failed check of the log. `code` is the rule of the alert; `evidence` is stored, its parts by name."""

    def __init__(self, key: str, evidence: Mapping[str, str] | None = None, **values: object) -> None:
        super().__init__(key, None, **values)
        self.evidence = dict(evidence or {})

    @classmethod
    def again(cls, detail: str) -> Self:
        """Returns the alarm as it was raised before, when its evidence was stored."""
        alarm = cls.with_text(cls.code, Text(detail, detail))
        alarm.evidence = {}
        return alarm


class LogBroken(Alarm):
    """The stored data does not have the signed root."""

    code = "log_broken"


class LogBehind(Alarm):
    """More was published or witnessed than the store has: it was restored from a backup. Continuing would fork the log."""

    code = "log_behind"


class LogForked(Alarm):
    """Other entries were published or witnessed than the store has."""

    code = "log_forked"
