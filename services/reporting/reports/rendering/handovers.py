"""The list of handovers behind a report's figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.figures.rules.status import REVERSED
from services.reporting.reports.rendering.spool import Spool, escape_formula
from services.reporting.reports.rules.i18n import TEXTS
from services.reporting.reports.rules.report import ListSummary

FIXED = ("handover", "at", "village_code", "village", "officer", "status", "flags", "photo_sha256")


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """A handover as a report lists it, without its recipient. `items` in thousandths by SKU."""

    id: str
    at: datetime
    village: str
    village_name: str
    officer_id: str
    status: str
    photo_sha256: str
    flags: tuple[str, ...] = ()
    items: dict[str, int] = field(default_factory=dict)


class HandoverFile(Spool):
    """The list of handovers while it is written: the columns `FIXED`, and a quantity (plain decimal) for each SKU."""

    def __init__(self, skus: Sequence[str], language: ReportLanguage) -> None:
        self._skus = tuple(skus)
        self._texts = TEXTS[language]
        self._reversed = 0
        super().__init__([self._texts[name] for name in FIXED] + [escape_formula(sku) for sku in self._skus])

    def add(self, lines: Iterable[HandoverLine]) -> None:
        """Appends handovers in the order of the report."""
        listed = list(lines)
        self._reversed += sum(line.status == REVERSED for line in listed)
        self.write([self._row(line) for line in listed])

    def summary(self) -> ListSummary:
        """Returns the numbers of handovers and of reversed ones, and the hash of the CSV so far."""
        return super().summary().model_copy(update={"reversed": self._reversed})

    def _row(self, line: HandoverLine) -> list[str]:
        local = line.at.astimezone(local_zone(line.village))
        return [
            line.id,
            local.isoformat(timespec="seconds"),
            line.village,
            line.village_name,
            line.officer_id,
            self._texts[line.status],
            " ".join(line.flags),
            line.photo_sha256,
            *(plain(from_milli(line.items.get(sku, 0))) for sku in self._skus),
        ]
