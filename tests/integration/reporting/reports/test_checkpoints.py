"""A report states the audit log's checkpoint of its own time, however much later it is made."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from amanah.contracts.audit.events import CheckpointDated, LogAlarmed
from amanah.contracts.buckets import REPORTS as BUCKET
from services.reporting.reports.builder import ReportBuilder
from services.reporting.reports.documents import CHECKPOINTS, REPORTS
from services.reporting.reports.lookup import find_checkpoint
from services.reporting.store import Store
from tests.integration.reporting.conftest import Ask, Publish, Run

ORIGIN, ROOT = "amanah.local/log", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def dated(day: int, size: int, hour: int = 0) -> CheckpointDated:
    at = datetime(2026, 11, day, hour, 0, 1, tzinfo=UTC)
    return CheckpointDated(origin=ORIGIN, day=f"2026-11-{day}", at=at, size=size, root=ROOT)


@pytest.fixture
def file(store: Store, ask: Ask, made: Run) -> Callable[[], Awaitable[tuple[str, bytes]]]:
    """The number and bytes of a report that is made now."""

    async def make() -> tuple[str, bytes]:
        report = await ask()
        await made()
        kept = await store[REPORTS].get({"_id": report.id})
        assert kept is not None
        return kept["number"], await store.objects.get(BUCKET, kept["object"])

    return make


async def test_it_is_the_newest_that_was_dated_by_then(
    happened: None, at_once: None, publish: Publish, counted: Run, file: Callable[[], Awaitable[tuple[str, bytes]]]
) -> None:
    await publish(dated(22, 700), dated(23, 1234), dated(24, 5000))
    await counted()
    _, said = await file()
    assert b"# Checkpoint log audit: amanah.local/log, 23 November 2026 (UTC), 1.234 entri\r\n" in said
    assert f"# Akar (root) log audit: {ROOT}\r\n".encode() in said


async def test_the_same_position_gives_the_same_bytes_when_later_days_are_dated(
    happened: None, at_once: None, publish: Publish, counted: Run, file: Callable[[], Awaitable[tuple[str, bytes]]]
) -> None:
    await publish(dated(23, 1234))
    await counted()
    first = await file()
    await publish(dated(24, 5000), dated(25, 6000))
    await counted()
    assert await file() == first


async def test_without_a_checkpoint_there_is_a_report_all_the_same(
    happened: None,
    at_once: None,
    publish: Publish,
    counted: Run,
    file: Callable[[], Awaitable[tuple[str, bytes]]],
    store: Store,
) -> None:
    alarm = LogAlarmed(origin=ORIGIN, rule="log_behind", once="1", at=datetime(2026, 11, 23, tzinfo=UTC), detail="")
    await publish(alarm, dated(24, 5000))
    await counted()
    _, said = await file()
    assert b"Checkpoint" not in said
    assert await store[CHECKPOINTS].count({}) == 1


async def test_what_was_dated_a_moment_before_may_not_have_arrived_and_is_not_stated(
    happened: None, publish: Publish, counted: Run, store: Store
) -> None:
    await publish(dated(22, 700), dated(23, 1234))
    await counted()
    store.settings = store.settings.model_copy(update={"settle_s": 1.0})
    moment = dated(23, 1234).at
    for seconds, size in ((0.5, 700), (1.0, 1234)):
        found = await find_checkpoint(store, moment + timedelta(seconds=seconds))
        assert found is not None
        assert found["size"] == size


async def test_a_report_waits_for_the_dated_checkpoints_on_the_bus(
    happened: None, at_once: None, publish: Publish, counted: Run, ask: Ask, builder: ReportBuilder
) -> None:
    await publish(dated(23, 1234))
    await ask()
    assert not await builder.build_next()
    await counted()
    await builder.build_next()
