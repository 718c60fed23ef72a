"""Figures as their readers see them, from stored counters."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from services.reporting.figures.documents import (
    BalanceDocument,
    BusPlace,
    CaseDocument,
    CaseStateDocument,
    Counters,
    GoodCounters,
    HandoverDocument,
    RoundDocument,
)
from services.reporting.figures.rules.balances import COLUMNS, BalanceLine
from services.reporting.figures.rules.counters import Figure
from services.reporting.figures.rules.goods import Good
from services.reporting.figures.rules.position import Position
from services.reporting.figures.rules.status import handover_status


def _integer(document: Mapping[str, object], name: str) -> int:
    value = document.get(name)
    return value if isinstance(value, int) else 0


def figure_of(document: Counters, figure: Figure) -> int:
    """Returns a counter of a document; 0 where nothing was counted."""
    return _integer(document, figure.value)


def figures_of(document: Counters) -> dict[str, int]:
    """Returns all counters of a document by name."""
    return {figure.value: figure_of(document, figure) for figure in Figure}


def sum_counters(documents: Sequence[Counters]) -> Counters:
    """Sums the counters of several documents."""
    goods: dict[str, GoodCounters] = {}
    for document in documents:
        for key, amounts in document.get("goods", {}).items():
            row = goods.setdefault(key, {})
            row["entitled"] = row.get("entitled", 0) + amounts.get("entitled", 0)
            row["delivered"] = row.get("delivered", 0) + amounts.get("delivered", 0)

    def total(figure: Figure) -> int:
        return sum(figure_of(document, figure) for document in documents)

    return {
        "entitled": total(Figure.ENTITLED),
        "delivered": total(Figure.DELIVERED),
        "by_payment": total(Figure.BY_PAYMENT),
        "failed": total(Figure.FAILED),
        "flagged": total(Figure.FLAGGED),
        "disputed": total(Figure.DISPUTED),
        "open_cases": total(Figure.OPEN_CASES),
        "goods": goods,
    }


def goods_of(document: Counters, known: Iterable[Good] = ()) -> dict[str, GoodCounters]:
    """Returns the goods counted in a document, by SKU.

    A recipient who was paid got the quantity that the round gives of each good: no event names goods for payments.
    """
    found: dict[str, GoodCounters] = {}
    for key, amounts in document.get("goods", {}).items():
        found[unquote(key)] = {**amounts}
    paid = figure_of(document, Figure.BY_PAYMENT)
    for good in known if paid else ():
        row = found.setdefault(good.sku, {})
        row["delivered"] = row.get("delivered", 0) + paid * good.each
    return found


def round_goods(round_: RoundDocument) -> tuple[Good, ...]:
    """Returns the goods that a round gives."""
    return tuple(Good(item["sku"], item["name"], item["unit"], item.get("milli", 0)) for item in round_["items"])


def balance_line(document: BalanceDocument) -> BalanceLine:
    """Returns a stored balance with every column."""
    return BalanceLine(document["account"], document["sku"], {column: _integer(document, column) for column in COLUMNS})


def is_counted(place: BusPlace, position: Position) -> bool:
    """Returns whether the event behind a row or a status change is counted at a position."""
    return position.covers(place["partition"], place["offset"])


def handover_status_at(handover: HandoverDocument, position: Position) -> str:
    """Returns the status of a handover at a position."""
    return handover_status(state["status"] for state in handover.get("states", ()) if is_counted(state, position))


def case_state_at(case: CaseDocument, position: Position) -> CaseStateDocument | None:
    """Returns the last state of a case at a position: events of one case keep their order, so it has the greatest offset."""
    states = [state for state in case["states"] if is_counted(state, position)]
    return max(states, key=lambda state: state["offset"], default=None)
