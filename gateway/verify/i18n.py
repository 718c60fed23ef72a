"""Translation of pages: every sentence is written in both languages, side by side."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from amanah.contracts.message import plain

WIB = timezone(timedelta(hours=7), "WIB")
_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split(),
    "en": "January February March April May June July August September October November December".split(),
}


class Translator:
    """Translates into Indonesian, or into English on request."""

    def __init__(self, wanted: str | None = None) -> None:
        self.language = "en" if wanted == "en" else "id"

    def __call__(self, indonesian: str, english: str) -> str:
        """Selects the text in the language of the page."""
        return english if self.language == "en" else indonesian

    def moment(self, moment: datetime) -> str:
        """Formats a date and time of day in the time zone of Jakarta (WIB)."""
        here = moment.astimezone(WIB)
        day = f"{here.day} {_MONTHS[self.language][here.month - 1]} {here.year}"
        return self(f"{day} pukul {here:%H.%M} WIB", f"{day}, {here:%H:%M} WIB (UTC+7)")

    def number(self, number: int | Decimal) -> str:
        """Formats a number with separated thousands."""
        whole, point, part = plain(Decimal(number)).partition(".")
        thousands = f"{int(whole):,}"
        return f"{thousands}{point}{part}" if self.language == "en" else f"{thousands}{point}{part}".translate(_COMMAS)


_COMMAS = str.maketrans(",.", ".,")
