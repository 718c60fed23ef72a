"""Long lists: a row costs the same however long its list is, and one of ten thousand is applied to the end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.runtime.mongo import Collection
from amanah.runtime.tables import Document
from services.recipients.imports.documents import STAGED_ROWS
from services.recipients.register.documents import RECIPIENTS, VERSIONS
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store

Rows = Callable[..., dict[str, Any]]
File = Callable[[list[dict[str, Any]]], bytes]
Applied = Callable[[Actor, Actor, bytes], Awaitable[Document]]

_BY_CONDITION = ("get", "list", "update", "update_many", "change", "delete")
_BATCH = 5


@dataclass
class Asked:
    """All that the store is asked."""

    commands: int = 0
    examined: int = 0
    """Documents that fit a condition, whatever its limit: a store that sorts first looks at each of them."""
    staged: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Conditions on the staging area, and what they were for."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Counts what the store is asked from here on."""
    told = Asked()
    count = Collection.count

    def counted(method: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(Collection, method)

        async def ask(self: Collection[Any], *args: Any, **more: Any) -> Any:
            told.commands += 1
            if method in _BY_CONDITION:
                told.examined += await count(self, args[0])
                if self._inner.name == "staged_rows":
                    told.staged.append((method, args[0]))
            return await original(self, *args, **more)

        return ask

    for method in (*_BY_CONDITION, "insert", "insert_many", "put", "bulk", "count", "aggregate"):
        monkeypatch.setattr(Collection, method, counted(method))
    return told


@pytest.fixture
def patient(store: Store) -> None:
    """No lease is renewed while the test counts."""
    store.settings = RecipientsSettings(batch_rows=_BATCH, lease_s=600)


@pytest.mark.usefixtures("patient")
async def test_a_row_costs_the_same_however_long_its_list_is(
    store: Store, asked: Asked, applied: Applied, registrar: Actor, approver: Actor, row: Rows, csv: File
) -> None:
    spent = []
    taken = 0
    for size in (20, 40, 80):  # people of their own each, while the register and the outbox grow
        before = asked.commands, asked.examined
        rows = [row(n) for n in range(taken, taken + size)]
        document = await applied(registrar, approver, csv(rows))
        assert (document["status"], document["recipients"]) == ("APPLIED", size)
        taken += size
        spent.append((asked.commands - before[0], asked.examined - before[1]))
    (short, few), (longer, more), (longest, most) = spent
    assert longest - longer == 2 * (longer - short)
    assert most - more == 2 * (more - few)


@pytest.mark.usefixtures("patient")
async def test_applying_asks_for_ranges_of_rows_by_their_index(
    store: Store, asked: Asked, applied: Applied, registrar: Actor, approver: Actor, row: Rows, csv: File
) -> None:
    await applied(registrar, approver, csv([row(n) for n in range(40)]))
    by_row = [(method, condition) for method, condition in asked.staged if "row" in condition]
    assert {method for method, _ in by_row} == {"list", "delete"}
    for _, condition in by_row:
        assert condition["row"]["$lte"] - condition["row"]["$gt"] <= _BATCH
        plan: Any = await store[STAGED_ROWS]._inner.find(condition).explain()
        chosen = str(plan["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in chosen
        assert "import_1_row_1" in chosen


async def test_rejected_rows_and_a_low_header_leave_nothing_behind(
    store: Store, applied: Applied, registrar: Actor, approver: Actor, row: Rows, csv: File
) -> None:
    titles = "DAFTAR PENERIMA\r\n" * 29  # the header may be the 30th row at most
    wrong = [row(n, NAMA=None) for n in range(1, 24)]  # more than a batch of them without a row that is right
    document = await applied(registrar, approver, titles.encode() + csv([row(0), *wrong, row(30)]))
    assert (document["status"], document["recipients"], document["rowsRejected"]) == ("APPLIED", 2, 23)
    assert await store[STAGED_ROWS].count({}) == 0


async def test_a_list_without_a_right_row_is_applied_to_nobody(
    store: Store, applied: Applied, registrar: Actor, approver: Actor, row: Rows, csv: File
) -> None:
    document = await applied(registrar, approver, csv([row(n, NAMA=None) for n in range(7)]))
    assert (document["status"], document["recipients"], document["rowsRejected"]) == ("APPLIED", 0, 7)


@pytest.mark.slow
async def test_ten_thousand_rows_are_applied_to_the_end(
    store: Store, applied: Applied, registrar: Actor, approver: Actor, row: Rows, csv: File
) -> None:
    store.settings = RecipientsSettings()
    rows = [
        row(
            0,
            NIK=f"327503{n % 28 + 1:02}0395{n // 28 + 1:04}",
            **{"NO KK": f"327504{n % 28 + 1:02}0395{n // 28 + 1:04}"},
        )
        for n in range(10_000)
    ]
    document = await applied(registrar, approver, csv(rows))
    assert (document["status"], document["recipients"]) == ("APPLIED", 10_000)
    assert await store[RECIPIENTS].count({}) == await store[VERSIONS].count({}) == 10_000
    assert await store[STAGED_ROWS].count({}) == 0
