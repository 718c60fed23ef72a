"""What reports say in each language: Indonesian first, English by choice."""

from datetime import date, datetime
from decimal import Decimal

from amanah.contracts.areas import NATION
from amanah.contracts.message import from_milli, plain
from services.reporting.domain.report import Content, Language
from services.reporting.domain.zones import zone

_MONTHS: dict[Language, str] = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}

_ID = {
    "DAILY": "Laporan Harian Penyaluran Bantuan",
    "WEEKLY": "Laporan Mingguan Penyaluran Bantuan",
    "FINAL": "Laporan Akhir Penyaluran Bantuan",
    "program": "Program",
    "round": "Tahap penyaluran",
    "area": "Wilayah",
    "area_code": "Kode wilayah",
    "nation": "Indonesia",
    "period": "Periode",
    "whole_round": "Seluruh tahap",
    "until": "s.d.",
    "start": "Awal tahap",
    "now": "data terakhir",
    "period_note": "Tersalur, gagal dan ditandai adalah kejadian dalam periode laporan; angka lain adalah keadaan data "
    "terakhir.",
    "author": "Disusun atas permintaan",
    "as_of": "Keadaan data per",
    "position": "Posisi catatan peristiwa",
    "input_hash": "SHA-256 masukan",
    "number": "Nomor laporan",
    "summary": "Ringkasan",
    "figure": "Angka",
    "entitled": "Berhak",
    "delivered": "Tersalur",
    "failed": "Gagal",
    "remaining": "Belum",
    "flagged": "Ditandai",
    "disputed": "Disanggah",
    "open_cases": "Pengaduan terbuka",
    "coverage": "Capaian",
    "recipients": "penerima",
    "goods": "Barang",
    "sku": "Kode barang",
    "unit": "Satuan",
    "goods_entitled": "Hak",
    "goods_delivered": "Tersalur",
    "goods_remaining": "Belum tersalur",
    "by_area": "Menurut wilayah",
    "level": "Tingkat",
    "total": "Jumlah",
    "by_day": "Menurut hari",
    "day": "Tanggal",
    "handovers": "Daftar serah terima",
    "no_handovers": "Tidak ada serah terima dalam wilayah dan periode ini.",
    "handovers_note": "Setiap angka tersalur dapat ditelusuri ke baris di bawah ini; kolom foto memuat awal SHA-256 berkas "
    "foto bukti.",
    "listed_part": "Ditampilkan {shown} dari {count} serah terima. Daftar lengkap tersedia sebagai CSV dan XLSX.",
    "ledger_hash": "SHA-256 daftar lengkap (CSV, {count} baris)",
    "handover": "Nomor serah terima",
    "at": "Waktu setempat",
    "village": "Desa/kelurahan",
    "village_code": "Kode desa/kelurahan",
    "officer": "Petugas",
    "status": "Status",
    "ACCEPTED": "diterima",
    "DISPUTED": "disanggah",
    "REVERSED": "dibatalkan",
    "far_from_home": "jauh dari rumah",
    "outside_schedule": "di luar jadwal",
    "exif_contradicts": "EXIF tidak cocok",
    "low_accuracy": "akurasi rendah",
    "mocked_location": "lokasi tiruan",
    "photo_reused": "foto dipakai ulang",
    "photo_similar": "foto mirip",
    "impossible_travel": "perpindahan mustahil",
    "too_fast": "terlalu cepat",
    "short_quantity": "jumlah kurang",
    "proxy_not_on_kk": "wakil bukan anggota KK",
    "clock_skew": "jam perangkat meleset",
    "items": "Jumlah barang",
    "photo": "Foto",
    "photo_sha256": "SHA-256 foto",
    "flags": "Tanda",
    "signatures": "Pengesahan",
    "made_by": "Disusun oleh,",
    "known_by": "Mengetahui,",
    "place_date": "Tempat, tanggal",
    "name": "Nama",
    "position_held": "Jabatan",
    "employee_number": "NIP",
    "verify": "Periksa keaslian",
    "verify_note": "Pindai kode ini atau buka alamat di bawah untuk mencocokkan SHA-256 berkas ini dengan log audit.",
    "qr_alt": "Kode QR menuju {url}",
    "page": "Halaman",
    "of": "dari",
    "sheet_summary": "ringkasan",
    "sheet_areas": "wilayah",
    "sheet_days": "harian",
    "sheet_handovers": "serah terima",
}

_EN = {
    "DAILY": "Daily Report on Distribution of Assistance",
    "WEEKLY": "Weekly Report on Distribution of Assistance",
    "FINAL": "Final Report on Distribution of Assistance",
    "program": "Programme",
    "round": "Round",
    "area": "Area",
    "area_code": "Area code",
    "nation": "Indonesia",
    "period": "Period",
    "whole_round": "The whole round",
    "until": "to",
    "start": "Start of the round",
    "now": "the latest data",
    "period_note": "Delivered, failed and flagged are what happened in the period; the other figures are the latest state.",
    "author": "Requested by",
    "as_of": "Data as of",
    "position": "Event log position",
    "input_hash": "Input SHA-256",
    "number": "Report number",
    "summary": "Summary",
    "figure": "Figure",
    "entitled": "Entitled",
    "delivered": "Delivered",
    "failed": "Failed",
    "remaining": "Remaining",
    "flagged": "Flagged",
    "disputed": "Disputed",
    "open_cases": "Open cases",
    "coverage": "Coverage",
    "recipients": "recipients",
    "goods": "Goods",
    "sku": "SKU",
    "unit": "Unit",
    "goods_entitled": "Entitled",
    "goods_delivered": "Delivered",
    "goods_remaining": "Remaining",
    "by_area": "By area",
    "level": "Level",
    "total": "Total",
    "by_day": "By day",
    "day": "Date",
    "handovers": "Handovers",
    "no_handovers": "No handovers in this area and period.",
    "handovers_note": "Every figure delivered can be traced to the rows below; the photo column has the beginning of the "
    "evidence photo's SHA-256.",
    "listed_part": "{shown} of {count} handovers are shown. The whole list is to be had as CSV and XLSX.",
    "ledger_hash": "SHA-256 of the whole list (CSV, {count} rows)",
    "handover": "Handover",
    "at": "Local time",
    "village": "Village",
    "village_code": "Village code",
    "officer": "Officer",
    "status": "Status",
    "ACCEPTED": "accepted",
    "DISPUTED": "disputed",
    "REVERSED": "reversed",
    "far_from_home": "far from home",
    "outside_schedule": "outside schedule",
    "exif_contradicts": "EXIF contradicts",
    "low_accuracy": "low accuracy",
    "mocked_location": "mocked location",
    "photo_reused": "photo reused",
    "photo_similar": "photo similar",
    "impossible_travel": "impossible travel",
    "too_fast": "too fast",
    "short_quantity": "short quantity",
    "proxy_not_on_kk": "proxy not on family card",
    "clock_skew": "clock skew",
    "items": "Quantities",
    "photo": "Photo",
    "photo_sha256": "Photo SHA-256",
    "flags": "Flags",
    "signatures": "Signatures",
    "made_by": "Prepared by,",
    "known_by": "Acknowledged by,",
    "place_date": "Place, date",
    "name": "Name",
    "position_held": "Position",
    "employee_number": "Employee no.",
    "verify": "Check this file",
    "verify_note": "Scan this code or open the address below to compare this file's SHA-256 with the audit log.",
    "qr_alt": "QR code leading to {url}",
    "page": "Page",
    "of": "of",
    "sheet_summary": "summary",
    "sheet_areas": "areas",
    "sheet_days": "daily",
    "sheet_handovers": "handovers",
}

WORDS: dict[Language, dict[str, str]] = {"id": _ID, "en": _EN}


def number(value: Decimal | int, language: Language) -> str:
    """A number with its thousands apart: 1.234.567,5 in Indonesian, 1,234,567.5 in English."""
    whole, _, fraction = plain(Decimal(value)).partition(".")
    text = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    return text.translate(str.maketrans(".,", ",.")) if language == "id" else text


def quantity(thousandths: int, language: Language) -> str:
    """A quantity kept in thousandths, as people of the language write it."""
    return number(from_milli(thousandths), language)


def percent(part: int, whole: int, language: Language) -> str:
    """`part` of `whole` with one decimal, rounded down so that only all is 100 %; a dash of nothing."""
    if not whole:
        return "–"
    return number(Decimal(part * 1000 // whole) / 10, language) + "%"


def long_date(day: date, language: Language) -> str:
    """The 5th of March 2026 as "5 Maret 2026"."""
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"


def long_time(moment: datetime, area: str, language: Language) -> str:
    """A moment as people in `area` read it off the clock, with the zone's name."""
    local = moment.astimezone(zone(area))
    return f"{long_date(local.date(), language)} {local:%H:%M:%S} {local.tzname()}"


def title(template: str, round_name: str, place: str, language: Language) -> str:
    """The report's title, as lists of reports show it."""
    return f"{WORDS[language][template]} – {round_name} – {place}"


def period(content: Content) -> str:
    """The days that the report covers."""
    words = WORDS[content.language]
    since = long_date(content.since, content.language) if content.since else ""
    until = long_date(content.until, content.language) if content.until else ""
    if not since and not until:
        return words["whole_round"]
    if since == until:
        return since
    return f"{since or words['start']} {words['until']} {until or words['now']}"


def place(content: Content) -> str:
    """The area's names from the smallest to the province; the nation's name for the nation."""
    return WORDS[content.language]["nation"] if content.area == NATION else ", ".join(reversed(content.place))
