"""Groups of the local bus: live members, their partitions, and committed offsets.

A partition passes from one member to another in two steps, so that two never have it: the member that should no longer
have it releases it at its next poll, and only then the other claims it. The claims of dead members end at once.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from amanah.runtime.bus.bus import Partition, Positions
from amanah.runtime.bus.local.log import Log

SESSION_MS = 4_000
"""Milliseconds without a sign of life after which a member is dead."""


class Member(NamedTuple):
    """Reader of a group."""

    group: str
    id: str
    topics: tuple[str, ...]


class Groups:
    """The group tables, over one connection."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def beat(self, members: Sequence[Member]) -> list[set[Partition]]:
        """Marks the members as alive. Returns the partitions that each of them should have now."""
        with self._log.transaction() as db:
            _live(db, members)
            return [set(self._share(db, member)) for member in members]

    def claim(self, member: Member) -> dict[Partition, int | None]:
        """Releases surplus partitions and claims free ones. Returns the member's partitions with the committed offsets."""
        with self._log.transaction() as db:
            _live(db, [member])
            share = self._share(db, member)
            theirs = db.execute("SELECT part FROM claim WHERE grp = ? AND member = ?", (member.group, member.id))
            surplus = {part for (part,) in theirs} - set(share.values())
            db.executemany("DELETE FROM claim WHERE grp = ? AND part = ?", [(member.group, p) for p in surplus])
            db.executemany(
                "INSERT OR IGNORE INTO claim VALUES (?, ?, ?)",
                [(member.group, part, member.id) for part in share.values()],
            )
            rows = db.execute(
                "SELECT c.part, o.next FROM claim c LEFT JOIN committed o ON o.grp = c.grp AND o.part = c.part"
                " WHERE c.grp = ? AND c.member = ?",
                (member.group, member.id),
            )
            committed = dict(rows.fetchall())
        return {partition: committed[part] for partition, part in share.items() if part in committed}

    def commit(self, group: str, positions: Positions) -> None:
        """Stores the offsets of the group."""
        parts = self._log.partitions({p.topic for p in positions})
        with self._log.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO committed VALUES (?, ?, ?)",
                [(group, parts[partition], offset) for partition, offset in positions.items()],
            )

    def leave(self, member: Member) -> None:
        """Deletes the member and its claims."""
        with self._log.transaction() as db:
            db.execute("DELETE FROM member WHERE grp = ? AND id = ?", (member.group, member.id))
            db.execute("DELETE FROM claim WHERE grp = ? AND member = ?", (member.group, member.id))

    def _share(self, db: sqlite3.Connection, member: Member) -> dict[Partition, int]:
        """The partitions that the member should have: each topic's dealt out in turn to the members that read it."""
        rows = db.execute("SELECT id, topics FROM member WHERE grp = ? ORDER BY id", (member.group,))
        readers = [(name, set(json.loads(topics))) for name, topics in rows]
        share = {}
        for turn, (partition, part) in enumerate(self._log.partitions(member.topics).items()):
            takers = [name for name, topics in readers if partition.topic in topics]
            if takers[turn % len(takers)] == member.id:
                share[partition] = part
        return share


def _live(db: sqlite3.Connection, members: Collection[Member]) -> None:
    """Marks the members as alive and deletes dead members with their claims."""
    now = time.time_ns() // 1_000_000
    db.executemany(
        "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?)",
        [(m.group, m.id, json.dumps(m.topics), now) for m in members],
    )
    db.execute("DELETE FROM member WHERE seen_ms < ?", (now - SESSION_MS,))
    db.execute("DELETE FROM claim WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.grp = claim.grp AND m.id = member)")
