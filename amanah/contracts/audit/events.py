"""Events of the audit service."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.message import Event, Moment
from amanah.contracts.topics import AUDIT


class CheckpointDated(Event):
    """First checkpoint published on a day (UTC), which reports print and anchors time-stamp. `root` is base64."""

    type: ClassVar[str] = "id.amanah.audit.checkpoint.dated.v1"
    topic: ClassVar[str] = AUDIT.name

    origin: str
    day: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    at: Moment
    size: int = Field(ge=0)
    root: str

    def key(self) -> str:
        """Returns the origin of the log."""
        return self.origin


class LogAlarmed(Event):
    """A check of the log failed. `rule` is log_forked, log_behind, log_broken or log_unwitnessed.

    `once` identifies the occurrence; with `settled` the alarm is over.
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
        """Returns the origin of the log, so that an alarm and its end keep their order."""
        return self.origin
