"""Handover minutes: what they say, in both languages, in the built-in form or an office's own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.reports import ReportFormat, ReportLanguage, ReportTemplate
from services.reporting.reports.rendering import RENDERERS, HandoverFile, HandoverLine
from services.reporting.reports.rendering.layouts import BUILT_IN, layout, layout_digest
from services.reporting.reports.rendering.pages.minutes import page
from services.reporting.reports.rules.number_words import MOST, in_words
from services.reporting.reports.rules.report import Content, Link

LINK = Link(number="rep_5nrhcgnq4tr480b2fjmzqb1jyq", url="https://amanah.example/verify/rep_5nrhcgnq4tr480b2fjmzqb1jyq")
Text = Callable[[bytes], str]


@pytest.fixture
def minutes(content: Content) -> Content:
    """Minutes of a village."""
    place = ("Jawa Barat", "Kota Bekasi", "Bekasi Timur", "Aren Jaya")
    return content.model_copy(
        update={
            "template": ReportTemplate.BAST,
            "area": "32.75.03.1001",
            "place": place,
            "decree": "SK Wali Kota 460/2026",
        }
    )


def pdf(content: Content, ledger: HandoverFile, layouts: Path | None = None) -> bytes:
    return RENDERERS[ReportFormat.PDF](content, ledger, LINK.model_copy(update={"layouts": layouts}))


def flowing(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


def test_they_are_written_as_an_office_writes(minutes: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    text = flowing(pdf_text(pdf(minutes, ledger)))
    for said in (
        "BERITA ACARA SERAH TERIMA",
        "Nomor: 5NRHCGNQ/BAST/32.75.03.1001/XI/2026",
        "Pada hari ini, Senin, tanggal dua puluh tiga bulan November tahun dua ribu dua puluh enam (23-11-2026)",
        "Desa/Kelurahan Aren Jaya, Kecamatan Bekasi Timur, Kota Bekasi, Provinsi Jawa Barat",
        "PIHAK PERTAMA",
        "PIHAK KEDUA",
        "Mengetahui,",
        "Kepala Desa/Lurah Aren Jaya",
        "SK Wali Kota 460/2026",
        "12.500 (dua belas ribu lima ratus)",
        "Beras medium kg 125.000 119.870,5 5.129,5",
    ):
        assert said in text


def test_every_handover_is_annexed_with_its_number_and_the_whole_hash_of_its_photo(
    minutes: Content, ledger: HandoverFile, pdf_text: Text
) -> None:
    text = pdf_text(pdf(minutes, ledger))
    for number in range(4):
        assert f"hov_{number:026}" in text
        assert f"{number:02x}" * 16 + "\n" + f"{number:02x}" * 16 in text
    assert minutes.ledger.sha256 in text
    assert LINK.url in text


def test_a_disputed_handover_is_marked(minutes: Content, pdf_text: Text) -> None:
    with HandoverFile(["BERAS", "MINYAK"], ReportLanguage.ID) as file:
        at = datetime(2026, 11, 20, 2, tzinfo=UTC)
        file.add([HandoverLine("hov_1", at, "32.75.03.1001", "Aren Jaya", "usr_1", "DISPUTED", "ab" * 32)])
        assert "disanggah" in pdf_text(pdf(minutes, file))


def test_in_english_by_choice(minutes: Content, ledger: HandoverFile, pdf_text: Text) -> None:
    text = flowing(pdf_text(pdf(minutes.model_copy(update={"language": ReportLanguage.EN}), ledger)))
    assert "On this day, Monday, 23 November 2026, in Aren Jaya Village, Bekasi Timur District" in text
    assert "Of 12,500 entitled recipients, 11,987 received" in text


@pytest.mark.parametrize("places", range(5))
def test_of_every_level_of_area(minutes: Content, ledger: HandoverFile, pdf_text: Text, places: int) -> None:
    area = ("ID", "32", "32.75", "32.75.03", "32.75.03.1001")[places]
    office = ("Kementerian Sosial", "Provinsi Jawa Barat", "Dinas Sosial Kota Bekasi", "Camat", "Kepala Desa/Lurah")
    changed = minutes.model_copy(update={"area": area, "place": minutes.place[:places]})
    assert office[places] in flowing(pdf_text(pdf(changed, ledger)))


def test_they_are_tagged_archivable_and_the_same_bytes_again(minutes: Content, ledger: HandoverFile) -> None:
    made = pdf(minutes, ledger)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert made == pdf(Content.model_validate_json(minutes.model_dump_json()), ledger)
    for kind in (ReportFormat.XLSX, ReportFormat.CSV):
        assert RENDERERS[kind](minutes, ledger, LINK) == RENDERERS[kind](minutes, ledger, LINK)


def test_an_office_has_its_own_form(minutes: Content, ledger: HandoverFile, pdf_text: Text, tmp_path: Path) -> None:
    (tmp_path / "bast.typ").write_text(
        "#let data = json(bytes(sys.inputs.page))\n#set document(title: data.document)\n"
        "#set text(lang: data.language)\nPemerintah Kota Bekasi: #data.number, #data.counts.delivered.words"
    )
    assert layout("bast.typ", tmp_path) == tmp_path / "bast.typ"
    text = pdf_text(pdf(minutes, ledger, tmp_path))
    assert "Pemerintah Kota Bekasi: 5NRHCGNQ/BAST" in text
    assert "sebelas ribu sembilan ratus delapan puluh tujuh" in flowing(text)
    # Other reports keep the built-in form.
    other = minutes.model_copy(update={"template": ReportTemplate.FINAL})
    assert pdf(other, ledger, tmp_path) == pdf(other, ledger)


def test_every_value_of_a_form_is_on_its_page_of_the_guide(minutes: Content, ledger: HandoverFile) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "guide" / "minutes.md").read_text()
    values = page(minutes, ledger, LINK)
    inner = [values["date"], values["counts"], values["goods"][0], values["handovers"][0], values["ledger"]]
    for name in [*values, *(name for part in inner for name in part), *values["counts"]["entitled"]]:
        assert f"`{name}`" in guide, name


def test_the_built_in_form_may_be_copied_as_it_is(minutes: Content, ledger: HandoverFile, tmp_path: Path) -> None:
    (tmp_path / "bast.typ").write_bytes((BUILT_IN / "bast.typ").read_bytes())
    assert pdf(minutes, ledger, tmp_path) == pdf(minutes, ledger)


def test_another_form_is_another_file(tmp_path: Path) -> None:
    assert layout_digest(None) == layout_digest(tmp_path) == ""
    (tmp_path / "bast.typ").write_text("a")
    first = layout_digest(tmp_path)
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "own.ttf").write_text("b")
    assert len({"", first, layout_digest(tmp_path)}) == 3
    with (tmp_path / "archive").open("wb") as large:
        large.truncate(20_000_001)
    with pytest.raises(ValueError, match="larger than 20 MB"):
        layout_digest(tmp_path)


# ---------------------------------------------------------------- numbers in words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"), (11, "sebelas"), (17, "tujuh belas"), (20, "dua puluh"), (101, "seratus satu"),
        (1_000, "seribu"), (2_026, "dua ribu dua puluh enam"), (11_000, "sebelas ribu"), (101_100, "seratus satu ribu seratus"),
        (1_000_000, "satu juta"), (1_001_000, "satu juta seribu"), (2_500_000_000, "dua miliar lima ratus juta"),
    ],
)  # fmt: skip
def test_numbers_are_said_as_people_say_them(number: int, words: str) -> None:
    assert in_words(number) == words


def said(words: str) -> int:
    """The number that Indonesian words name."""
    digits = dict(zip("nol satu dua tiga empat lima enam tujuh delapan sembilan".split(), range(10), strict=True))
    total = group = ones = 0
    for word in words.split():
        if word in digits:
            ones = digits[word]
        elif word in ("sepuluh", "sebelas", "seratus"):
            group += {"sepuluh": 10, "sebelas": 11, "seratus": 100}[word]
        elif word == "seribu":
            total += 1_000
        elif word == "belas":
            group, ones = group + 10 + ones, 0
        elif word in ("puluh", "ratus"):
            group, ones = group + ones * {"puluh": 10, "ratus": 100}[word], 0
        else:
            total += (group + ones) * {"ribu": 10**3, "juta": 10**6, "miliar": 10**9}[word]
            group = ones = 0
    return total + group + ones


@given(st.integers(0, MOST - 1))
def test_words_say_their_number(number: int) -> None:
    assert said(in_words(number)) == number


@pytest.mark.parametrize("number", [-1, MOST])
def test_other_numbers_have_no_words(number: int) -> None:
    with pytest.raises(ValueError, match="must be from 0"):
        in_words(number)
