import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import fastexcel
import pytest

from amanah.contracts.errors import AmanahError
from amanah.contracts.message import from_milli
from amanah.contracts.reports import ReportFormat, ReportLanguage, ReportTemplate
from services.reporting.reports.rendering import RENDERERS, HandoverFile, HandoverLine, Listing, process
from services.reporting.reports.rendering.pdf import LISTED
from services.reporting.reports.rules.report import Content, GoodsLine, Link

LINK = Link(number="rep_1", url="https://amanah.example/verify/rep_1")
Text = Callable[[bytes], str]


def pdf(content: Content, ledger: HandoverFile) -> bytes:
    return RENDERERS[ReportFormat.PDF](content, ledger, LINK)


@pytest.mark.parametrize("kind", sorted(RENDERERS))
def test_the_same_content_gives_the_same_bytes(kind: ReportFormat, content: Content, ledger: HandoverFile) -> None:
    again = Content.model_validate_json(content.model_dump_json())
    first = RENDERERS[kind](content, ledger, LINK)
    assert first == RENDERERS[kind](again, ledger, LINK)
    later = content.model_copy(update={"as_of": datetime(2026, 11, 24, tzinfo=UTC)})
    assert first != RENDERERS[kind](later, ledger, LINK)


def test_the_pdf_states_what_it_rests_on(content: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    lines = pdf_text(pdf(content, ledger)).split("\n")
    for stated in (
        "Laporan Akhir Penyaluran Bantuan",
        "Bantuan Pangan Beras",
        "Tahap I 2026",
        "Kota Bekasi, Jawa Barat (32.75)",
        "Seluruh tahap",
        "Sri Wahyuni (SUPERVISOR)",
        "23 November 2026 16:15:07 WIB",
        content.position,
        content.input_hash,
        LINK.number,
        content.ledger.sha256,
        LINK.url,
    ):
        assert stated in lines


def test_every_file_states_the_checkpoint_and_every_page_its_short_form(
    content: Content, ledger: HandoverFile, pdf_text: Text
) -> None:
    assert content.checkpoint
    fact, root = "amanah.local/log, 23 November 2026 (UTC), 70.000 entri", content.checkpoint.root
    line = "Log audit 23 November 2026: 70.000 entri, akar 47DEQpj8…"
    lines = pdf_text(pdf(content, ledger)).split("\n")
    assert {fact, root} <= set(lines)
    assert lines.count(line) == lines.count("Halaman 1 dari 2") + lines.count("Halaman 2 dari 2") == 2
    minutes = pdf_text(pdf(content.model_copy(update={"template": ReportTemplate.BAST}), ledger)).split("\n")
    assert line in minutes
    assert any(fact in text for text in minutes)
    table = RENDERERS[ReportFormat.CSV](content, ledger, LINK).decode()
    assert f"# Checkpoint log audit: {fact}\r\n# Akar (root) log audit: {root}\r\n" in table
    book = RENDERERS[ReportFormat.XLSX](content, ledger, LINK)
    summary = fastexcel.read_excel(book).load_sheet("ringkasan", header_row=None).to_polars()
    assert {fact, root} <= set(summary["__UNNAMED__1"])
    sheets = zipfile.ZipFile(io.BytesIO(book))
    assert all(line in sheets.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3, 4))


@pytest.mark.parametrize("kind", sorted(RENDERERS))
def test_before_the_first_checkpoint_nothing_is_said_of_it(
    kind: ReportFormat, content: Content, ledger: HandoverFile, pdf_text: Text
) -> None:
    made = RENDERERS[kind](content.model_copy(update={"checkpoint": None}), ledger, LINK)
    said = pdf_text(made) if kind == "PDF" else made.decode(errors="replace")
    assert "Checkpoint" not in said
    assert "akar" not in said.lower()


def test_the_pdf_holds_the_figures_row_by_row(content: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    text = pdf_text(pdf(content, ledger))
    for row in (
        ["Berhak", "12.500", "Tersalur", "11.987", "Gagal", "1", "Belum", "512"],
        ["Capaian", "95,8%"],
        ["BERAS", "Beras medium", "kg", "125.000", "119.870,5", "5.129,5"],
        ["32.75.03.1002", "Duren Jaya", "5.500", "5.487", "1", "12", "700", "99,7%"],
        ["Jumlah", "12.500", "11.987", "1", "512", "702", "95,8%"],
        ["21 November 2026", "987", "1", "2"],
        ["Jumlah", "11.987", "4", "702"],
    ):
        assert "\n".join(row) in text


def test_every_handover_is_listed_with_what_traces_it(content: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    text = pdf_text(pdf(content, ledger))
    assert (
        "hov_00000000000000000000000003\n2026-11-21 06:00\nDuren Jaya\n32.75.03.1002\n"
        "10 kg Beras medium\n1,5 liter Minyak\n030303030303\nditerima, jauh dari" in text
    )
    assert all(f"hov_{number:026}" in text for number in range(4))


def test_the_pdf_is_tagged_and_archivable(content: Content, ledger: HandoverFile) -> None:
    made = pdf(content, ledger)
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"/Lang(id)" in made or b"/Lang (id)" in made
    assert b"D:20261123091507" in made


def test_english_by_choice(content: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    text = pdf_text(pdf(content.model_copy(update={"language": ReportLanguage.EN}), ledger))
    assert "Final Report on Distribution of Assistance" in text
    assert "Entitled\n12,500\nDelivered\n11,987" in text


def test_a_name_in_letters_that_no_font_has_does_not_stop_the_report(
    content: Content, ledger: HandoverFile, pdf_text: Text
) -> None:
    strange = content.model_copy(update={"round_name": "Tahap 😀 ꦧ\x07\u202e 援 #text(size: 99pt)[x]"})
    assert "Tahap □ □□□ □ #text(size: 99pt)[x]" in pdf_text(pdf(strange, ledger))


def test_a_report_without_handovers_says_so(content: Content, pdf_text: Text) -> None:
    with HandoverFile([], ReportLanguage.ID) as empty:
        bare = content.model_copy(update={"ledger": empty.summary(), "goods": (), "areas": (), "days": ()})
        assert "Tidak ada serah terima" in pdf_text(pdf(bare, empty))
        for kind in (ReportFormat.XLSX, ReportFormat.CSV):
            assert RENDERERS[kind](bare, empty, LINK)


def test_a_long_list_is_cut_in_the_pdf_which_says_so(content: Content, pdf_text: Text) -> None:
    with HandoverFile([], ReportLanguage.ID) as long:
        long.add(
            HandoverLine(
                id=f"hov_{number:026}",
                at=datetime(2026, 11, 20, tzinfo=UTC),
                village="32.75.03.1001",
                village_name="Aren Jaya",
                officer_id="usr_1",
                status="ACCEPTED",
                photo_sha256="00" * 32,
            )
            for number in range(LISTED + 1)
        )
        text = pdf_text(pdf(content.model_copy(update={"ledger": long.summary(), "goods": ()}), long))
    assert "2.000 dari 2.001" in text
    assert f"hov_{LISTED - 1:026}" in text
    assert f"hov_{LISTED:026}" not in text


def test_the_workbook_reads_back(content: Content, ledger: HandoverFile) -> None:
    book = fastexcel.read_excel(RENDERERS[ReportFormat.XLSX](content, ledger, LINK))
    assert book.sheet_names == ["ringkasan", "wilayah", "harian", "serah terima"]
    summary = book.load_sheet("ringkasan", header_row=None).to_polars()
    facts = dict(zip(summary["__UNNAMED__0"], summary["__UNNAMED__1"], strict=True))
    assert facts["SHA-256 masukan"] == content.input_hash
    assert float(facts["Tersalur"]) == 11_987
    goods = summary.row(summary["__UNNAMED__0"].to_list().index("BERAS"))
    assert [float(amount) for amount in goods[3:]] == [125_000, 119_870.5, 5_129.5]
    areas = book.load_sheet("wilayah").to_polars()
    assert areas["Tersalur"].to_list() == [11_987, 6_500, 5_487, 11_987]
    assert areas["Kode wilayah"].to_list()[1] == "32.75.03.1001"
    days = book.load_sheet("harian").to_polars()
    assert days["Tersalur"].to_list() == [11_000, 987, 11_987]
    handovers = book.load_sheet("serah terima").to_polars()
    assert handovers.height == 4
    assert handovers["Minyak (liter)"].to_list() == [0, 1.5, 1.5, 1.5]
    assert handovers["Waktu setempat"][1] == datetime(2026, 11, 20, 16)
    assert handovers["SHA-256 foto"][3] == "03" * 32


def test_the_csv_states_its_list_and_the_list_hashes_to_that(content: Content, ledger: HandoverFile) -> None:
    made = RENDERERS[ReportFormat.CSV](content, ledger, LINK)
    lines = made.split(b"\r\n")
    preamble = [line.decode() for line in lines if line.startswith(b"#")]
    rest = b"\r\n".join(lines[len(preamble) :])
    assert f"# SHA-256 daftar lengkap (CSV, 4 baris): {hashlib.sha256(rest).hexdigest()}" in preamble
    assert f"# SHA-256 masukan: {content.input_hash}" in preamble
    rows = list(csv.DictReader(io.StringIO(rest.decode())))
    assert [row["Desa/kelurahan"] for row in rows] == ["Aren Jaya", "Aren Jaya", "Duren Jaya", "Duren Jaya"]
    assert rows[1]["Waktu setempat"] == "2026-11-20T16:00:00+07:00"
    assert rows[3]["MINYAK"] == "1.5"


def test_no_name_becomes_a_formula_or_a_row(content: Content, ledger: HandoverFile) -> None:
    goods = (GoodsLine(sku="=1+1", name="=cmd()", unit="kg", entitled=1, delivered=1, remaining=0),)
    with HandoverFile(["=1+1"], ReportLanguage.ID) as file:
        hostile = content.model_copy(
            update={"goods": goods, "round_name": "=1+1\r\nhov_9,2026", "ledger": file.summary()}
        )
        made = RENDERERS[ReportFormat.CSV](hostile, file, LINK).decode()
        assert "\r\nhov_9" not in made
        assert "'=1+1" in made.split("\r\n")[-2]
        book = fastexcel.read_excel(RENDERERS[ReportFormat.XLSX](hostile, file, LINK))
    assert book.load_sheet("ringkasan", header_row=None).to_polars()["__UNNAMED__1"][2] == "=1+1\r\nhov_9,2026"


def test_the_list_passes_through_in_pieces(ledger: HandoverFile) -> None:
    before = ledger.summary()
    assert next(iter(ledger.rows()))[:3] == [
        "hov_00000000000000000000000000",
        "2026-11-20T09:00:00+07:00",
        "32.75.03.1001",
    ]
    ledger.add([])
    assert ledger.summary() == before
    assert before.sha256 == hashlib.sha256(ledger.content()).hexdigest()
    assert from_milli(1_500) == 1.5


async def test_a_process_of_its_own_makes_the_same_file(content: Content, ledger: HandoverFile) -> None:
    assert await process.render("CSV", content, ledger, LINK) == RENDERERS[ReportFormat.CSV](content, ledger, LINK)


async def test_a_file_that_cannot_be_made_is_an_error_with_a_code(content: Content, tmp_path: Path) -> None:
    with pytest.raises(AmanahError) as failed:
        await process.render("CSV", content, Listing(tmp_path / "gone.csv"), LINK)
    assert failed.value.code == "rendering_failed"
