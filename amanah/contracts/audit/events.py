"""What the audit service announces of the log."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.message import Event, Moment
from amanah.contracts.topics import AUDIT


class CheckpointDated(Event):
    """The first checkpoint published on a day (UTC): what reports print and anchors stamp. `root` is base64."""

    type: ClassVar[str] = "id.amanah.audit.checkpoint.dated.v1"
    topic: ClassVar[str] = AUDIT.name

    origin: str
    day: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    at: Moment
    size: int = Field(ge=0)
    root: str

    def key(self) -> str:
        """The log's."""
        return self.origin


class LogAlarmed(Event):
    """Something is wrong with the log itself. `rule` is log_forked, log_behind, log_broken or log_unwitnessed.

    `once` tells occasions apart; with `settled` the alarm is over.
    """

    type: ClassVar[str] = "id.amanah.audit.log.alarmed.v1"
    topic: ClassVar[str] = AUDIT.name

    origin: str
    rule: str
    once: str
    at: Moment
    detail: str = Field(max_length=1000)
    settled: bool = False

    def key(self) -> str:
        """The log's: an alarm and its end keep their order."""
        return self.origin
