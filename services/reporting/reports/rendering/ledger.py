"""The list of handovers behind a report's figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.figures.rules.status import REVERSED
from services.reporting.reports.rendering.spool import Spool, harmless
from services.reporting.reports.rules.report import Ledger
from services.reporting.reports.rules.words import WORDS

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


class LedgerFile(Spool):
    """Handovers while they are written: the columns `FIXED`, and a quantity (plain decimal) for each SKU."""

    def __init__(self, skus: Sequence[str], language: ReportLanguage) -> None:
        self._skus = tuple(skus)
        self._words = WORDS[language]
        self._reversed = 0
        super().__init__([self._words[name] for name in FIXED] + [harmless(sku) for sku in self._skus])

    def add(self, lines: Iterable[HandoverLine]) -> None:
        """Append handovers, in the order in which the report shall list them."""
        listed = list(lines)
        self._reversed += sum(line.status == REVERSED for line in listed)
        self.write([self._row(line) for line in listed])

    def summary(self) -> Ledger:
        """How many handovers, how many of them are reversed, and the hash of the CSV so far."""
        return super().summary().model_copy(update={"reversed": self._reversed})

    def _row(self, line: HandoverLine) -> list[str]:
        local = line.at.astimezone(local_zone(line.village))
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
