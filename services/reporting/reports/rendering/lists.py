"""The lists behind reports of cases and of custody balances."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.figures.rules.balances import COLUMNS, BalanceLine, leg_of
from services.reporting.figures.rules.cases import CaseRow
from services.reporting.figures.rules.goods import Good
from services.reporting.reports.rendering.spool import Spool, escape_formula
from services.reporting.reports.rules.i18n import TEXTS

OF_CASES = (
    "case", "opened_at", "area_code", "area", "kind", "case_level", "case_status", "due_at", "overdue", "channel"
)  # fmt: skip
OF_BALANCES = ("account_kind", "from_place", "to_place", "sku", "unit", *COLUMNS)


class CaseFile(Spool):
    """The list of cases while it is written: the columns `OF_CASES`, translated, without persons or texts."""

    def __init__(self, language: ReportLanguage) -> None:
        self._texts = TEXTS[language]
        super().__init__([self._texts[name] for name in OF_CASES])

    def add(self, cases: Iterable[CaseRow]) -> None:
        """Appends cases in the order of the report."""
        self.write([self._row(case) for case in cases])

    def _row(self, case: CaseRow) -> list[str]:
        def local(moment: datetime) -> str:
            return moment.astimezone(local_zone(case.area)).isoformat(timespec="seconds")

        return [
            case.reference,
            local(case.opened_at),
            case.area,
            case.area_name,
            *(self._texts.get(word, word) for word in (case.kind, case.level, case.status)),
            local(case.due_at),
            self._texts["yes"] if case.overdue else "",
            self._texts.get(case.channel, case.channel),
        ]


class BalanceFile(Spool):
    """The list of balances while it is written: the columns `OF_BALANCES`; quantities as plain decimals."""

    def __init__(self, goods: Mapping[str, Good], language: ReportLanguage) -> None:
        self._texts, self._goods = TEXTS[language], goods
        super().__init__([self._texts[name] for name in OF_BALANCES])

    def add(self, lines: Iterable[BalanceLine]) -> None:
        """Appends balances in the order of the report."""
        self.write([self._row(line) for line in lines])

    def _row(self, line: BalanceLine) -> list[str]:
        leg, good = leg_of(line.account), self._goods.get(line.sku)
        start, end = leg or (line.account, "")
        unnamed = self._texts["unnamed"]
        return [
            self._texts["LEG" if leg else "PLACE"],
            escape_formula(start) or unnamed,
            escape_formula(end) or (unnamed if leg else ""),
            escape_formula(line.sku),
            good.unit if good else "",
            *(plain(from_milli(line.row.get(column, 0))) for column in COLUMNS),
        ]
