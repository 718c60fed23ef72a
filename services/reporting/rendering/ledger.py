"""The list of handovers behind a report, spooled to disk as it will be handed out: CSV, hashed while it is written.

A report for a million recipients passes through here in pieces; no more than one piece is in memory.
"""

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from amanah.contracts.message import from_milli, plain
from services.reporting.domain.report import Language, Ledger
from services.reporting.domain.standing import REVERSED
from services.reporting.domain.words import WORDS
from services.reporting.domain.zones import zone

FIXED = ("handover", "at", "village_code", "village", "officer", "status", "flags", "photo_sha256")


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One handover as a report lists it. No recipient is named. `items` in thousandths by SKU."""

    id: str
    at: datetime
    village: str
    village_name: str
    officer_id: str
    status: str
    photo_sha256: str
    flags: tuple[str, ...] = ()
    items: dict[str, int] = field(default_factory=dict)


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula (CWE-1236)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class Listing:
    """A finished list of handovers on disk: CSV with the columns `FIXED` and one for each SKU."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def content(self) -> bytes:
        """The whole CSV, header included."""
        return self.path.read_bytes()

    def rows(self) -> Iterator[list[str]]:
        """The rows without the header, each with the columns `FIXED` and then a quantity (plain decimal) per SKU."""
        with self.path.open(encoding="utf-8", newline="") as text:
            reader = csv.reader(text)
            next(reader)
            yield from reader


class LedgerFile(Listing):
    """A list of handovers while it is written. Leaving the context deletes it. Not for use by two threads at once."""

    def __init__(self, skus: Sequence[str], language: Language) -> None:
        # Unbuffered, so that what was added can be read by its path at once.
        self._file = tempfile.NamedTemporaryFile(prefix="amanah-ledger-", suffix=".csv", buffering=0)
        super().__init__(Path(self._file.name))
        self._skus = tuple(skus)
        self._words = WORDS[language]
        self._hash = hashlib.sha256()
        self._count = self._reversed = 0
        self._write([[self._words[name] for name in FIXED] + [_harmless(sku) for sku in self._skus]])

    def add(self, lines: Iterable[HandoverLine]) -> None:
        """Append handovers, in the order in which the report shall list them."""
        listed = list(lines)
        rows = [self._row(line) for line in listed]
        self._count += len(rows)
        self._reversed += sum(line.status == REVERSED for line in listed)
        self._write(rows)

    def summary(self) -> Ledger:
        """How many handovers, and the hash of the CSV so far."""
        return Ledger(count=self._count, sha256=self._hash.hexdigest(), reversed=self._reversed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _row(self, line: HandoverLine) -> list[str]:
        local = line.at.astimezone(zone(line.village))
        return [
            line.id,
            local.isoformat(timespec="seconds"),
            line.village,
            line.village_name,
            line.officer_id,
            self._words[line.status],
            " ".join(line.flags),
            line.photo_sha256,
            *(plain(from_milli(line.items.get(sku, 0))) for sku in self._skus),
        ]

    def _write(self, rows: list[list[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        piece = text.getvalue().encode()
        self._hash.update(piece)
        self._file.write(piece)
