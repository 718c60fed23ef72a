"""The announcement of an export: an entry of the log that says who exports what, and on whose authority."""

from dataclasses import dataclass

from amanah.cli.audit.export import announcement, manifest
from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.export.manifest import About
from amanah.cli.audit.export_check.outcome import Outcome


@dataclass
class Announced:
    """Looks for the announcement that an export names among the entries that were proven."""

    told: About
    entry: Entry | None = None

    def add(self, entry: Entry) -> None:
        """Takes down the entry, if it is the one."""
        if entry.index == self.told.announcement:
            self.entry = entry

    def check(self, outcome: Outcome) -> None:
        """That it announces an export by exactly these filters."""
        index, entry, filters = self.told.announcement, self.entry, self.told.filters or Filters()
        if index is None:
            outcome.unshown.append("who made this export, and on whose authority: it was not announced in the log")
        elif entry is None:
            outcome.find(manifest.FILE, index, f"entry {index}, which is to announce this export, is not here")
        elif not announcement.announces(entry, filters):
            outcome.find(manifest.FILE, index, f"entry {index} does not announce an export of this")
        else:
            who, on = announcement.who(entry), announcement.authority(entry)
            outcome.holds.append(f"announced by {who} on the authority {on}: entry {announcement.where(entry)}")
            if announcement.is_masked(filters):
                outcome.unshown.append(_MASKED)


_MASKED = (
    "which code was announced where the announcement has [number]: one of another number would be announced alike, since the "
    "log masks what may be somebody's"
)
