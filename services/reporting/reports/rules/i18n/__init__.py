"""Texts, numbers and dates of reports in Indonesian and English."""

from datetime import date, datetime
from decimal import Decimal

from amanah.contracts.areas import NATION
from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.reports.rules.i18n.english import ENGLISH
from services.reporting.reports.rules.i18n.indonesian import INDONESIAN
from services.reporting.reports.rules.report import Content

_MONTHS: dict[ReportLanguage, str] = {
    ReportLanguage.ID: "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    ReportLanguage.EN: "January February March April May June July August September October November December",
}

_DAYS: dict[ReportLanguage, str] = {
    ReportLanguage.ID: "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
    ReportLanguage.EN: "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}
_ROMAN = "I II III IV V VI VII VIII IX X XI XII"

_SHORT_ROOT = 8

TEXTS: dict[ReportLanguage, dict[str, str]] = {ReportLanguage.ID: INDONESIAN, ReportLanguage.EN: ENGLISH}


def number(value: Decimal | int, language: ReportLanguage) -> str:
    """Formats a number: 1.234.567,5 in Indonesian, 1,234,567.5 in English."""
    whole, _, fraction = plain(abs(Decimal(value))).partition(".")
    text = ("-" if value < 0 else "") + f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    return text.translate(str.maketrans(".,", ",.")) if language == ReportLanguage.ID else text


def quantity(thousandths: int, language: ReportLanguage) -> str:
    """Formats a quantity in thousandths."""
    return number(from_milli(thousandths), language)


def percent(part: int, whole: int, language: ReportLanguage) -> str:
    """Formats `part` of `whole` with one decimal, rounded down so that only all is 100 %; a dash where `whole` is 0."""
    if not whole:
        return "–"
    return number(Decimal(part * 1000 // whole) / 10, language) + "%"


def month(day: date, language: ReportLanguage) -> str:
    """Returns the name of the month."""
    return _MONTHS[language].split()[day.month - 1]


def weekday(day: date, language: ReportLanguage) -> str:
    """Returns the name of the day of the week."""
    return _DAYS[language].split()[day.weekday()]


def roman_month(day: date) -> str:
    """Returns the month as a Roman number, as in the numbers of official letters."""
    return _ROMAN.split()[day.month - 1]


def long_date(day: date, language: ReportLanguage) -> str:
    """Formats a date: "5 Maret 2026"."""
    return f"{day.day} {month(day, language)} {day.year}"


def long_time(moment: datetime, area: str, language: ReportLanguage) -> str:
    """Formats a moment in the local time of `area`, with the zone's name."""
    local = moment.astimezone(local_zone(area))
    return f"{long_date(local.date(), language)} {local:%H:%M:%S} {local.tzname()}"


def title(template: str, round_name: str, place: str, language: ReportLanguage) -> str:
    """Returns the title of a report, as lists of reports show it."""
    return f"{TEXTS[language][template]} – {round_name} – {place}"


def period(content: Content) -> str:
    """Formats the period of a report."""
    texts = TEXTS[content.language]
    since = long_date(content.since, content.language) if content.since else ""
    until = long_date(content.until, content.language) if content.until else ""
    if not since and not until:
        return texts["whole_round"]
    if since == until:
        return since
    return f"{since or texts['start']} {texts['until']} {until or texts['now']}"


def checkpoint(content: Content) -> list[tuple[str, str]]:
    """Returns the audit log's checkpoint in full, labels with values; empty where the content has none."""
    if content.checkpoint is None:
        return []
    texts = TEXTS[content.language]
    stated = texts["checkpoint_value"].format(origin=content.checkpoint.origin, **_date_parts(content))
    return [(texts["checkpoint"], stated), (texts["checkpoint_root"], content.checkpoint.root)]


def checkpoint_line(content: Content) -> str:
    """Returns the checkpoint in short, for the foot of a page."""
    if content.checkpoint is None:
        return ""
    root = content.checkpoint.root[:_SHORT_ROOT]
    return TEXTS[content.language]["checkpoint_line"].format(root=root, **_date_parts(content))


def _date_parts(content: Content) -> dict[str, str]:
    if content.checkpoint is None:
        return {}
    day, size = content.checkpoint.day, content.checkpoint.size
    return {"day": long_date(day, content.language), "count": number(size, content.language)}


def place(content: Content) -> str:
    """Returns the area's names from the smallest to the province; the nation's name for the nation."""
    return TEXTS[content.language]["nation"] if content.area == NATION else ", ".join(reversed(content.place))


def formal_place(content: Content) -> str:
    """Returns the area's names with their kinds, for minutes: "Desa/Kelurahan Aren Jaya, Kecamatan Bekasi Timur, ..."."""
    if content.area == NATION:
        return TEXTS[content.language]["nation"]
    forms = FORMAL_PLACES[content.language]
    return ", ".join(reversed([form.format(name) for form, name in zip(forms, content.place, strict=False)]))


# From the province to the village. Names of regencies include their kind.
FORMAL_PLACES: dict[ReportLanguage, tuple[str, ...]] = {
    ReportLanguage.ID: ("Provinsi {}", "{}", "Kecamatan {}", "Desa/Kelurahan {}"),
    ReportLanguage.EN: ("{} Province", "{}", "{} District", "{} Village"),
}
