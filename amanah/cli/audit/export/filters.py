"""Which entries an investigation asks for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from amanah.cli.audit.export.entries import Entry

M = TypeVar("M", datetime, datetime | None)


@dataclass(frozen=True)
class Filters:
    """All that is given must hold; of several subjects any. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    subjects: tuple[str, ...] = ()
    actor: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    def fits(self, entry: Entry) -> bool:
        """Whether the entry is one of those asked for. One without a readable time fits no time."""
        if self.actor is not None and entry.text("actor", "id") != self.actor:
            return False
        if self.subjects and entry.about.isdisjoint(self.subjects):
            return False
        if self.since is None and self.until is None:
            return True
        time = entry.time
        return (
            time is not None
            and (self.since is None or self.since <= time)
            and (self.until is None or time < self.until)
        )

    def encode(self) -> dict[str, Any]:
        """The filters as JSON has them."""
        return {
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "subjects": list(self.subjects),
            "actor": self.actor,
        }

    @classmethod
    def decode(cls, fields: dict[str, Any]) -> "Filters":
        """What `encode` wrote. Raises ValueError, OverflowError, KeyError or TypeError on anything else."""
        since, until = (datetime.fromisoformat(fields[name]) if fields[name] else None for name in ("from", "to"))
        if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
            raise ValueError("a time has a zone")
        subjects, actor = tuple(fields["subjects"]), fields["actor"]
        if not (isinstance(actor, str | None) and all(isinstance(each, str) for each in subjects)):
            raise ValueError("an id is a text")
        return cls(_in_reach(since), _in_reach(until), subjects, actor)


def moment(text: str, *, end: bool = False) -> datetime:
    """The time that somebody typed: a date, or a date and time; without a zone it is UTC, as all times of the log.

    A date alone is the day's beginning, or with `end` its end. Raises ValueError, and OverflowError beyond the year 9999.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no time") from None
    else:
        found = datetime(day.year, day.month, day.day) + timedelta(days=end)
    return _in_reach(found if found.tzinfo else found.replace(tzinfo=UTC))


def _in_reach(moment: M) -> M:
    """The same; raises OverflowError when it is none in UTC, as the log has times."""
    if moment is not None:
        moment.astimezone(UTC)
    return moment
