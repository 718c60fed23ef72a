from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from amanah.contracts.reports import ReportLanguage, ReportTemplate
from services.reporting.reports.rendering import HandoverFile, HandoverLine
from services.reporting.reports.rules.report import (
    AreaCounts,
    AreaLine,
    Author,
    Content,
    DayLine,
    GoodsLine,
    LogCheckpoint,
)


@pytest.fixture
def ledger() -> Iterator[HandoverFile]:
    """Four handovers in two villages."""
    with HandoverFile(["BERAS", "MINYAK"], ReportLanguage.ID) as file:
        start = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
        file.add(
            HandoverLine(
                id=f"hov_{number:026}",
                at=start + timedelta(hours=number * 7),
                village=f"32.75.03.100{1 + number // 2}",
                village_name=("Aren Jaya", "Duren Jaya")[number // 2],
                officer_id="usr_1",
                status="ACCEPTED",
                photo_sha256=f"{number:02x}" * 32,
                flags=("far_from_home",) if number == 3 else (),
                items={"BERAS": 10_000, "MINYAK": 1_500} if number else {"BERAS": 10_000},
            )
            for number in range(4)
        )
        yield file


@pytest.fixture
def content(ledger: HandoverFile) -> Content:
    """The final report of a city over the handovers of `ledger`."""

    def tally(entitled: int, delivered: int, flagged: int = 0) -> AreaCounts:
        return AreaCounts(
            entitled=entitled,
            delivered=delivered,
            reached=delivered,
            failed=1,
            remaining=entitled - delivered - 1,
            flagged=flagged,
            disputed=0,
            open_cases=2,
        )

    return Content(
        template=ReportTemplate.FINAL,
        language=ReportLanguage.ID,
        round_id="rnd_1",
        round_name="Tahap I 2026",
        program_name="Bantuan Pangan Beras",
        area="32.75",
        place=("Jawa Barat", "Kota Bekasi"),
        since=None,
        until=None,
        author=Author(name="Sri Wahyuni", role="SUPERVISOR"),
        position="distribution.events.v1 0:812 1:790",
        as_of=datetime(2026, 11, 23, 9, 15, 7, tzinfo=UTC),
        totals=tally(12_500, 11_987, 702),
        goods=(
            GoodsLine(
                sku="BERAS",
                name="Beras medium",
                unit="kg",
                entitled=125_000_000,
                delivered=119_870_500,
                remaining=5_129_500,
            ),
            GoodsLine(
                sku="MINYAK", name="Minyak", unit="liter", entitled=25_000_000, delivered=0, remaining=25_000_000
            ),
        ),
        areas=(
            AreaLine(area="32.75.03", name="Bekasi Timur", depth=0, tally=tally(12_500, 11_987, 702)),
            AreaLine(area="32.75.03.1001", name="Aren Jaya", depth=1, tally=tally(7_000, 6_500, 2)),
            AreaLine(area="32.75.03.1002", name="Duren Jaya", depth=1, tally=tally(5_500, 5_487, 700)),
        ),
        days=(
            DayLine(day=date(2026, 11, 20), delivered=11_000, failed=3, flagged=700),
            DayLine(day=date(2026, 11, 21), delivered=987, failed=1, flagged=2),
        ),
        ledger=ledger.summary(),
        checkpoint=LogCheckpoint(
            origin="amanah.local/log",
            day=date(2026, 11, 23),
            size=70_000,
            root="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
    )
