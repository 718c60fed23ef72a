"""Entries as an export reads them: fields that a leaf lacks are empty, so that any log can be exported."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from amanah.cli.audit.sources import parse_object
from amanah.contracts.audit.actions import AuditAction
from amanah.tlog import anchors

M = TypeVar("M", datetime, datetime | None)

_ANCHOR_FILES: Mapping[str, str] = {
    AuditAction.CHECKPOINT_DATE: anchors.CHECKPOINT,
    AuditAction.CHECKPOINT_STAMP: anchors.TIMESTAMP,
}


@dataclass(frozen=True)
class LogEntry:
    """A leaf with its index in the log and its JSON fields."""

    index: int
    leaf: bytes
    fields: dict[str, Any]

    @classmethod
    def parse(cls, index: int, leaf: bytes) -> "LogEntry":
        """Parses a leaf; one that is not a JSON object has no fields."""
        try:
            return cls(index, leaf, parse_object(leaf))
        except ValueError:
            return cls(index, leaf, {})

    def text(self, *path: str) -> str:
        """Returns the text at a path of fields; empty when there is none."""
        return _text(self.fields, *path)

    @property
    def related(self) -> list[tuple[str, str]]:
        """Types and ids of the objects in `concerns`."""
        listed = self.fields.get("concerns")
        pairs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        return [(_text(each, "type"), _text(each, "id")) for each in pairs]

    @property
    def ids(self) -> set[str]:
        """The ids of its subject, its actor and its related objects."""
        return {self.text("subject", "id"), self.text("actor", "id"), *(id_ for _, id_ in self.related)}

    @property
    def time(self) -> datetime | None:
        """The time of the action; None when it is missing, not valid or without a zone."""
        try:
            moment = datetime.fromisoformat(self.text("time"))
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    @property
    def anchor(self) -> tuple[str, str] | None:
        """Name and file of the anchor that this entry lists, if it lists one."""
        file = _ANCHOR_FILES.get(self.text("action"))
        name = self.text("subject", "id")
        return (name, file) if file and anchors.is_path(anchors.path(name, file)) else None


def _text(fields: Any, *path: str) -> str:
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields if isinstance(fields, str) else ""


@dataclass(frozen=True)
class Filters:
    """Filters of an export, all of which must match; of several subjects any. `since` is inclusive, `until` exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    subjects: tuple[str, ...] = ()
    actor: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    def match(self, entry: LogEntry) -> bool:
        """Tells if the entry matches. An entry without a valid time matches no time."""
        if self.actor is not None and entry.text("actor", "id") != self.actor:
            return False
        if self.subjects and entry.ids.isdisjoint(self.subjects):
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
        """Encodes the filters for JSON."""
        return {
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "subjects": list(self.subjects),
            "actor": self.actor,
        }

    @classmethod
    def decode(cls, fields: dict[str, Any]) -> "Filters":
        """Decodes the filters. Raises ValueError, OverflowError, KeyError or TypeError."""
        since, until = (datetime.fromisoformat(fields[name]) if fields[name] else None for name in ("from", "to"))
        if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
            raise ValueError("a time must have a zone")
        subjects, actor = tuple(fields["subjects"]), fields["actor"]
        if not (isinstance(actor, str | None) and all(isinstance(each, str) for each in subjects)):
            raise ValueError("an id must be a text")
        return cls(_in_range(since), _in_range(until), subjects, actor)


def parse_time(text: str, *, end: bool = False) -> datetime:
    """Parses a date, or a date and time; without a zone it is UTC, as all times of the log.

    A date alone is the start of the day, or with `end` its end. Raises ValueError, and OverflowError beyond the year 9999.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a time") from None
    else:
        found = datetime(day.year, day.month, day.day) + timedelta(days=end)
    return _in_range(found if found.tzinfo else found.replace(tzinfo=UTC))


def _in_range(moment: M) -> M:
    """Returns the time unchanged. Raises OverflowError when it cannot be converted to UTC."""
    if moment is not None:
        moment.astimezone(UTC)
    return moment


@dataclass
class EntryCounts:
    """Counts of entries by action, actor and outcome; and the first and the last entry."""

    entries: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    actors: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    first: LogEntry | None = None
    last: LogEntry | None = None

    def add(self, entry: LogEntry) -> None:
        """Counts one entry."""
        self.entries += 1
        self.actions[entry.text("action")] += 1
        self.actors[entry.text("actor", "id"), entry.text("actor", "role")] += 1
        self.outcomes[entry.text("outcome")] += 1
        self.first = self.first or entry
        self.last = entry
