import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from services.reporting.domain.report import AreaLine, Author, Content, DayLine, GoodsLine, LogCheckpoint, Tally
from services.reporting.rendering import HandoverLine, LedgerFile

_OBJECT = re.compile(rb"\n(\d+) 0 obj\s*<<(.*?)>>\s*(?:stream\r?\n|endobj)", re.S)
# A literal string: parentheses that match need no backslash (ISO 32000-1, 7.3.4.2); typst nests no deeper than this.
_PLAIN = rb"\\.|[^\\()]"
_INNER = rb"(?:%s|\((?:%s)*\))" % (_PLAIN, _PLAIN)
_LITERAL = rb"\(((?:%s|\((?:%s)*\))*)\)" % (_PLAIN, _INNER)
_QUIET = _LITERAL.replace(rb"\(((?:", rb"\((?:(?:", 1)
_STRING = re.compile(_LITERAL, re.S)
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\[((?:%s|[^\]()])*)\]\s*TJ|(%s)\s*Tj" % (_QUIET, _QUIET), re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(raw: bytes) -> bytes:
    def one(match: "re.Match[bytes]") -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code[:1].isdigit() else _NAMED.get(code, code)

    return _ESCAPE.sub(one, raw)


def _unicode_map(cmap: str) -> dict[int, str]:
    return {
        int(code, 16): bytes.fromhex(text).decode("utf-16-be")
        for code, text in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>\n", cmap)
    }


def _stream(pdf: bytes, head: "re.Match[bytes]") -> bytes:
    length = re.search(rb"/Length (\d+)", head[2])
    return pdf[head.end() : head.end() + int(length[1])] if length else b""


@pytest.fixture(scope="session")
def pdf_text() -> Callable[[bytes], str]:
    """The text of a PDF as typst writes it (ISO 32000-1, 9.10: codes through each font's ToUnicode), a line a run."""

    def text(pdf: bytes) -> str:
        objects = {int(m[1]): (m[2], _stream(pdf, m)) for m in _OBJECT.finditer(pdf)}
        maps: dict[bytes, dict[int, str]] = {}
        for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", b"".join(head for head, _ in objects.values())):
            found = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(font)][0])
            assert found, "every font says what its codes mean"
            maps[name] = _unicode_map(zlib.decompress(objects[int(found[1])][1]).decode())
        lines = []
        for page in re.findall(rb"/Contents (\d+) 0 R", pdf):
            font = b""
            for chosen, several, one in _SHOWN.findall(zlib.decompress(objects[int(page)][1])):
                font = chosen or font
                if not chosen:
                    codes = b"".join(_unescaped(s) for s in _STRING.findall(several or one))
                    pairs = (int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2))
                    lines.append("".join(maps[font][code] for code in pairs))
        return "\n".join(lines)

    return text


@pytest.fixture
def ledger() -> Iterator[LedgerFile]:
    """Four handovers in two villages."""
    with LedgerFile(["BERAS", "MINYAK"], "id") as file:
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
def content(ledger: LedgerFile) -> Content:
    """The final report of a city over the handovers of `ledger`."""

    def tally(entitled: int, delivered: int, flagged: int = 0) -> Tally:
        return Tally(
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
        template="FINAL",
        language="id",
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
