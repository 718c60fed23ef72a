"""What may be wrong with the log itself. While one of these lasts, nothing is signed or published."""

from collections.abc import Mapping
from typing import Self

from amanah.contracts.errors import AmanahError, Text

UNWITNESSED = "log_unwitnessed"
"""Too few witnesses cosign. No error: entries wait in the store, and the log goes on once the quorum is there again."""


class Alarm(AmanahError):
    """Something is wrong with the log. `code` is the rule of the alert; `evidence` is kept, by what each part of it is."""

    def __init__(self, key: str, evidence: Mapping[str, str] | None = None, **values: object) -> None:
        super().__init__(key, None, **values)
        self.evidence = dict(evidence or {})

    @classmethod
    def again(cls, detail: str) -> Self:
        """The alarm as it was raised before, whose evidence is kept already."""
        alarm = cls.with_text(cls.code, Text(detail, detail))
        alarm.evidence = {}
        return alarm


class LogBroken(Alarm):
    """What is stored no longer has the root that was signed."""

    code = "log_broken"


class LogBehind(Alarm):
    """More was published or witnessed than the store knows of: it was set back to a backup. To go on would fork the log."""

    code = "log_behind"


class LogForked(Alarm):
    """What was published or witnessed is not what the store's log began with."""

    code = "log_forked"
