"""What a summary counts while the entries pass by."""

from collections import Counter
from dataclasses import dataclass, field

from amanah.cli.audit.export.entries import Entry


@dataclass
class Tally:
    """Counts by action, actor and outcome; and the first and the last entry in the order of the log."""

    entries: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    actors: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    first: Entry | None = None
    last: Entry | None = None

    def add(self, entry: Entry) -> None:
        """Counts one entry."""
        self.entries += 1
        self.actions[entry.text("action")] += 1
        self.actors[entry.text("actor", "id"), entry.text("actor", "role")] += 1
        self.outcomes[entry.text("outcome")] += 1
        self.first = self.first or entry
        self.last = entry
