"""What may be wrong with the log itself. While one of these lasts, nothing is signed or published."""

from collections.abc import Mapping

from amanah.contracts.errors import AmanahError

UNWITNESSED = "log_unwitnessed"
"""Too few witnesses cosign. No error: entries wait in the store, and the log goes on once the quorum is there again."""


class Alarm(AmanahError):
    """Something is wrong with the log. `code` is the rule of the alert; `evidence` is kept, by what each part of it is."""

    def __init__(self, message: str, evidence: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.evidence = dict(evidence or {})


class LogBroken(Alarm):
    """What is stored no longer has the root that was signed."""

    code = "log_broken"


class LogBehind(Alarm):
    """More was published or witnessed than the store knows of: it was set back to a backup. To go on would fork the log."""

    code = "log_behind"


class LogForked(Alarm):
    """What was published or witnessed is not what the store's log began with."""

    code = "log_forked"
