"""What reports say in each language: Indonesian first, English by choice."""

from datetime import date, datetime
from decimal import Decimal

from amanah.contracts.areas import NATION
from amanah.contracts.message import from_milli, plain
from amanah.contracts.reports import ReportLanguage
from amanah.contracts.time_zones import local_zone
from services.reporting.reports.rules.report import Content
from services.reporting.reports.rules.words.english import ENGLISH
from services.reporting.reports.rules.words.indonesian import INDONESIAN

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

WORDS: dict[ReportLanguage, dict[str, str]] = {ReportLanguage.ID: INDONESIAN, ReportLanguage.EN: ENGLISH}


def number(value: Decimal | int, language: ReportLanguage) -> str:
    """A number with its thousands apart: 1.234.567,5 in Indonesian, 1,234,567.5 in English."""
    whole, _, fraction = plain(abs(Decimal(value))).partition(".")
    text = ("-" if value < 0 else "") + f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    return text.translate(str.maketrans(".,", ",.")) if language == ReportLanguage.ID else text


def quantity(thousandths: int, language: ReportLanguage) -> str:
    """A quantity kept in thousandths, as people of the language write it."""
    return number(from_milli(thousandths), language)


def percent(part: int, whole: int, language: ReportLanguage) -> str:
    """`part` of `whole` with one decimal, rounded down so that only all is 100 %; a dash of nothing."""
    if not whole:
        return "–"
    return number(Decimal(part * 1000 // whole) / 10, language) + "%"


def month(day: date, language: ReportLanguage) -> str:
    """The month's name."""
    return _MONTHS[language].split()[day.month - 1]


def weekday(day: date, language: ReportLanguage) -> str:
    """The name of the day of the week."""
    return _DAYS[language].split()[day.weekday()]


def roman_month(day: date) -> str:
    """The month as numbers of official letters have it."""
    return _ROMAN.split()[day.month - 1]


def long_date(day: date, language: ReportLanguage) -> str:
    """The 5th of March 2026 as "5 Maret 2026"."""
    return f"{day.day} {month(day, language)} {day.year}"


def long_time(moment: datetime, area: str, language: ReportLanguage) -> str:
    """A moment as people in `area` read it off the clock, with the zone's name."""
    local = moment.astimezone(local_zone(area))
    return f"{long_date(local.date(), language)} {local:%H:%M:%S} {local.tzname()}"


def title(template: str, round_name: str, place: str, language: ReportLanguage) -> str:
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


def checkpoint(content: Content) -> list[tuple[str, str]]:
    """The audit log's checkpoint in full, labels with values; nothing where the content has none."""
    if content.checkpoint is None:
        return []
    words = WORDS[content.language]
    stated = words["checkpoint_value"].format(origin=content.checkpoint.origin, **_dated(content))
    return [(words["checkpoint"], stated), (words["checkpoint_root"], content.checkpoint.root)]


def checkpoint_line(content: Content) -> str:
    """The same in short, as a page's foot has it."""
    if content.checkpoint is None:
        return ""
    root = content.checkpoint.root[:_SHORT_ROOT]
    return WORDS[content.language]["checkpoint_line"].format(root=root, **_dated(content))


def _dated(content: Content) -> dict[str, str]:
    if content.checkpoint is None:
        return {}
    day, size = content.checkpoint.day, content.checkpoint.size
    return {"day": long_date(day, content.language), "count": number(size, content.language)}


def place(content: Content) -> str:
    """The area's names from the smallest to the province; the nation's name for the nation."""
    return WORDS[content.language]["nation"] if content.area == NATION else ", ".join(reversed(content.place))


def formal_place(content: Content) -> str:
    """The area with what each name is, as minutes have it: "Desa/Kelurahan Aren Jaya, Kecamatan Bekasi Timur, ..."."""
    if content.area == NATION:
        return WORDS[content.language]["nation"]
    forms = FORMAL_PLACES[content.language]
    return ", ".join(reversed([form.format(name) for form, name in zip(forms, content.place, strict=False)]))


# From the province to the village. Names of regencies say themselves what they are.
FORMAL_PLACES: dict[ReportLanguage, tuple[str, ...]] = {
    ReportLanguage.ID: ("Provinsi {}", "{}", "Kecamatan {}", "Desa/Kelurahan {}"),
    ReportLanguage.EN: ("{} Province", "{}", "{} District", "{} Village"),
}
