"""The entry by which an export was announced: what it must say, and what people read of it."""

from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.sources import plain
from amanah.contracts.audit.exports import EXPORTED, asked, asked_for


def announces(entry: Entry, filters: Filters) -> bool:
    """Whether the entry announces an export by exactly these filters."""
    told = asked(filters.subjects, filters.actor, filters.since, filters.until)
    return entry.text("action") == EXPORTED and asked_for(entry.text("reason")) == told


def is_masked(filters: Filters) -> bool:
    """Whether the log says less than the filters: a code in them is as long as somebody's number."""
    return "[number]" in asked(filters.subjects, filters.actor, filters.since, filters.until)


def who(entry: Entry) -> str:
    """Who announced it, in which role and for which area."""
    return plain(f"{entry.text('actor', 'id')} ({entry.text('actor', 'role')}, {entry.text('actor', 'area')})")


def authority(entry: Entry) -> str:
    """On whose authority, as who announced it wrote it."""
    return plain(entry.text("authority"))


def where(entry: Entry) -> str:
    """Which entry of the log it is, and when it was written."""
    return plain(f"{entry.index} ({entry.text('id')}), {entry.text('time')}")
