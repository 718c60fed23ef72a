"""The SQLite file: topics, partitions and messages. Every call blocks; `bus.py` keeps it off the event loop.

A message's row id is its partition's id and its offset in one integer, so that a partition is one range of one
B-tree: appending and reading in order need no index.
"""

import random
import sqlite3
import struct
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from amanah.contracts.errors import Unavailable
from amanah.contracts.topics import Topic
from amanah.runtime.bus.bus import Headers, Message, Outgoing, Partition, partition_of

MAX_READ_BYTES = 8_000_000

_OFFSET_BITS = 40
_LENGTHS = struct.Struct("<HI")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, retention_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, number INTEGER NOT NULL, next INTEGER NOT NULL, UNIQUE (topic, number));
CREATE TABLE IF NOT EXISTS message (
  at INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, key BLOB, headers BLOB NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS member (
  grp TEXT NOT NULL, id TEXT NOT NULL, topics TEXT NOT NULL, seen_ms INTEGER NOT NULL, PRIMARY KEY (grp, id))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (
  grp TEXT NOT NULL, part INTEGER NOT NULL, member TEXT NOT NULL, PRIMARY KEY (grp, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS committed (
  grp TEXT NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (grp, part)) WITHOUT ROWID;
"""


class Log:
    """One connection to the file, for one thread at a time. SQLite's errors come out as `Unavailable`."""

    def __init__(self, path: Path) -> None:
        with _as_unavailable():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            # FULL: a commit is on the disk when it returns, whatever becomes of the process or the machine.
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
        self._parts: dict[Partition, int] = {}

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Opens a write transaction; one writer in all processes at a time."""
        with _as_unavailable():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def create(self, topics: Collection[Topic]) -> list[str]:
        """Creates the topics that are missing and returns their names."""
        with self.transaction() as db:
            existing = {name for (name,) in db.execute("SELECT name FROM topic")}
            missing = [t for t in topics if t.name not in existing]
            db.executemany("INSERT INTO topic VALUES (?, ?)", [(t.name, t.retention_ms) for t in missing])
            db.executemany(
                "INSERT INTO part (topic, number, next) VALUES (?, ?, 0)",
                [(t.name, number) for t in missing for number in range(t.partitions)],
            )
        return [t.name for t in missing]

    def partitions(self, topics: Collection[str]) -> dict[Partition, int]:
        """The partitions of these topics with their ids, in order. Raises Unavailable when a topic is missing."""
        known = {p.topic for p in self._parts}
        if not known.issuperset(topics):
            with _as_unavailable():
                rows = self._db.execute("SELECT topic, number, id FROM part ORDER BY topic, number").fetchall()
            self._parts = {Partition(topic, number): part for topic, number, part in rows}
            if missing := set(topics) - {p.topic for p in self._parts}:
                raise Unavailable("unavailable.topics", topics=", ".join(sorted(missing)))
        return {p: part for p, part in self._parts.items() if p.topic in topics}

    def append(self, batch: Sequence[Outgoing]) -> None:
        """Writes the messages in order."""
        parts = self.partitions({m.topic for m in batch})
        counts: dict[str, int] = {}
        for partition in parts:
            counts[partition.topic] = counts.get(partition.topic, 0) + 1
        # Without a key there is no order to keep: deal them out.
        targets = [
            parts[Partition(m.topic, turn % counts[m.topic] if m.key is None else partition_of(m.key, counts[m.topic]))]
            for turn, m in enumerate(batch, random.getrandbits(16))
        ]
        now = time.time_ns() // 1_000_000
        with self.transaction() as db:
            ends = {part: _next(db, part) for part in set(targets)}
            rows = []
            for part, message in zip(targets, batch, strict=True):
                rows.append((_at(part, ends[part]), now, message.key, _pack(message.headers), message.value))
                ends[part] += 1
            db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?)", rows)
            db.executemany("UPDATE part SET next = ? WHERE id = ?", [(end, part) for part, end in ends.items()])

    def read(self, positions: Mapping[Partition, int], maximum: int) -> list[Message]:
        """Messages from these positions on, partition by partition, bounded in number and in bytes."""
        parts = self.partitions({p.topic for p in positions})
        messages: list[Message] = []
        size = 0
        with _as_unavailable():
            for partition, start in positions.items():
                part = parts[partition]
                rows = self._db.execute(
                    "SELECT at, time_ms, key, headers, value FROM message WHERE at >= ? AND at < ? ORDER BY at LIMIT ?",
                    (_at(part, start), _at(part + 1, 0), maximum - len(messages)),
                )
                for at, time_ms, key, headers, value in rows:
                    offset = at - _at(part, 0)
                    messages.append(Message(*partition, offset, time_ms, key, value, _unpack(headers)))
                    size += len(value)
                    if size >= MAX_READ_BYTES:
                        return messages
                if len(messages) >= maximum:
                    break
        return messages

    def ends(self, topics: Collection[str]) -> dict[Partition, int]:
        """The offset that each partition's next message will get."""
        with _as_unavailable():
            return {p: _next(self._db, part) for p, part in self.partitions(topics).items()}

    def expire(self) -> None:
        """Deletes messages older than their topic's retention."""
        now = time.time_ns() // 1_000_000
        with self.transaction() as db:
            db.execute(
                "DELETE FROM message WHERE at IN (SELECT m.at FROM topic t JOIN part p ON p.topic = t.name"
                " JOIN message m ON m.at >= (p.id << ?) AND m.at < ((p.id + 1) << ?)"
                " WHERE t.retention_ms >= 0 AND m.time_ms < ? - t.retention_ms)",
                (_OFFSET_BITS, _OFFSET_BITS, now),
            )

    def version(self) -> int:
        """A number that changes when another connection, of this process or another, has written."""
        with _as_unavailable():
            (number,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(number)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise Unavailable("unavailable.bus_file", error=name) from error


def _at(part: int, offset: int) -> int:
    return (part << _OFFSET_BITS) + offset


def _next(db: sqlite3.Connection, part: int) -> int:
    (number,) = db.execute("SELECT next FROM part WHERE id = ?", (part,)).fetchone()
    return int(number)


def _pack(headers: Headers) -> bytes:
    out = bytearray()
    for name, value in headers:
        encoded = name.encode()
        out += _LENGTHS.pack(len(encoded), len(value)) + encoded + value
    return bytes(out)


def _unpack(packed: bytes) -> Headers:
    headers = []
    at = 0
    while at < len(packed):
        name, value = _LENGTHS.unpack_from(packed, at)
        start = at + _LENGTHS.size
        at = start + name + value
        headers.append((packed[start : start + name].decode(), packed[start + name : at]))
    return tuple(headers)
