"""The lists behind reports that do not tell of handovers: cases, and balances of custody."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.figures.rules.balances import COLUMNS, Line, leg_of
from services.reporting.figures.rules.cases import Case
from services.reporting.reports.rendering.spool import Spool, harmless
from services.reporting.reports.rules.composing import Good
from services.reporting.reports.rules.words import WORDS

OF_CASES = (
    "case", "opened_at", "area_code", "area", "kind", "case_level", "case_status", "due_at", "overdue", "channel"
)  # fmt: skip
OF_BALANCES = ("account_kind", "from_place", "to_place", "sku", "unit", *COLUMNS)


class CaseFile(Spool):
    """Cases while they are written: the columns `OF_CASES`, in words. No person and no text is in it."""

    def __init__(self, language: ReportLanguage) -> None:
        self._words = WORDS[language]
        super().__init__([self._words[name] for name in OF_CASES])

    def add(self, cases: Iterable[Case]) -> None:
        """Append cases, in the order in which the report shall list them."""
        self.write([self._row(case) for case in cases])

    def _row(self, case: Case) -> list[str]:
        def local(moment: datetime) -> str:
            return moment.astimezone(local_zone(case.area)).isoformat(timespec="seconds")

        return [
            case.reference,
            local(case.opened_at),
            case.area,
            case.area_name,
            *(self._words.get(word, word) for word in (case.kind, case.level, case.status)),
            local(case.due_at),
            self._words["yes"] if case.overdue else "",
            self._words.get(case.channel, case.channel),
        ]


class BalanceFile(Spool):
    """Balances while they are written: the columns `OF_BALANCES`; quantities as plain decimals."""

    def __init__(self, goods: Mapping[str, Good], language: ReportLanguage) -> None:
        self._words, self._goods = WORDS[language], goods
        super().__init__([self._words[name] for name in OF_BALANCES])

    def add(self, lines: Iterable[Line]) -> None:
        """Append balances, in the order in which the report shall list them."""
        self.write([self._row(line) for line in lines])

    def _row(self, line: Line) -> list[str]:
        leg, good = leg_of(line.account), self._goods.get(line.sku)
        start, end = leg or (line.account, "")
        unnamed = self._words["unnamed"]
        return [
            self._words["LEG" if leg else "PLACE"],
            harmless(start) or unnamed,
            harmless(end) or (unnamed if leg else ""),
            harmless(line.sku),
            good.unit if good else "",
            *(plain(from_milli(line.row.get(column, 0))) for column in COLUMNS),
        ]
