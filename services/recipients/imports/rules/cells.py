"""Parsers of cells, one for each kind of cell: the value, and the error code of a wrong one.

Every function takes the normalized text of a column (see `normalize`) and returns an expression. An empty cell is null and
no fault here: the rules of rows decide which fields are required.
"""

from datetime import date

import polars as pl

# Texts by which offices mark an empty cell.
_EMPTY = ("", "-", "--", "---", ".", "0", "N/A", "#N/A", "NA", "NULL", "NIHIL", "TIDAK ADA", "TDK ADA", "BELUM ADA")

_EXCEL_EPOCH = date(1899, 12, 30)
_MONTHS = {
    "JAN": 1, "FEB": 2, "PEB": 2, "MAR": 3, "APR": 4, "MEI": 5, "MAY": 5, "JUN": 6, "JUL": 7, "AGU": 8, "AGT": 8,
    "AGS": 8, "AUG": 8, "SEP": 9, "OKT": 10, "OCT": 10, "NOV": 11, "NOP": 11, "DES": 12, "DEC": 12,
}  # fmt: skip
_SEXES = {
    "MALE": ("L", "LK", "LAKI", "LAKILAKI", "LAKI2", "PRIA", "M", "MALE", "1"),
    "FEMALE": ("P", "PR", "PEREMPUAN", "WANITA", "W", "F", "FEMALE", "2"),
}
_SEX_OF = {name: sex for sex, names in _SEXES.items() for name in names}

_EARLIEST_BIRTH = date(1900, 1, 1)
# Indonesia in degrees, with the sea around it.
_LATITUDES, _LONGITUDES = (-11.5, 6.5), (94.5, 141.5)


def normalize(text: pl.Expr) -> pl.Expr:
    """Puts text on one line, without control characters and repeated spaces; null for an empty cell."""
    line = text.str.replace_all(r"[\p{Cc}\p{Cf}\p{Z}]+", " ").str.strip_chars()
    return pl.when(~line.str.to_uppercase().is_in(_EMPTY)).then(line)


def _number(text: pl.Expr, digits: str) -> pl.Expr:
    """The digits of a whole number, `3` or `3.0`."""
    return text.str.extract(rf"^({digits})(?:[.,]0+)?$", 1)


def birth_date(text: pl.Expr, today: date) -> pl.Expr:
    """Date written as dd/mm/yyyy, dd-mm-yy, ISO, with the month's name, or as a serial number of Excel.

    A two-digit year is the latest one that is not after this year.
    """
    day_only = text.str.to_uppercase().str.replace(r"[ T]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?$", "")
    dmy = r"^(\d{1,2})[-/. ]+(\d{1,2}|[A-Z]{3,9})[-/. ]+(\d{4}|\d{2})$"
    ymd = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$"

    def part(dmy_group: int, ymd_group: int) -> pl.Expr:
        return pl.coalesce(day_only.str.extract(ymd, ymd_group), day_only.str.extract(dmy, dmy_group))

    month_text = part(2, 2)
    month = pl.coalesce(
        month_text.cast(pl.Int32, strict=False),
        month_text.str.slice(0, 3).replace_strict(_MONTHS, default=None, return_dtype=pl.Int32),
    )
    year = part(3, 1).cast(pl.Int32, strict=False)
    written = part(3, 1).str.len_chars()
    century = pl.when(written == 4).then(0).when(year <= today.year % 100).then(2000).otherwise(1900)
    calendar = pl.concat_str(
        [
            (year + century).cast(pl.String),
            month.cast(pl.String).str.zfill(2),
            part(1, 3).str.zfill(2),
        ],
        separator="-",
    ).str.to_date("%Y-%m-%d", strict=False)
    serial = _number(day_only, r"\d{4,5}").cast(pl.Int32, strict=False)
    # A lone 1980 is a year without its day, not the 1980th day of Excel's calendar.
    days = pl.when(~serial.is_between(1900, 2100)).then(serial)
    return pl.coalesce(calendar, pl.lit(_EXCEL_EPOCH) + pl.duration(days=days)).cast(pl.Date)


def birth_date_fault(text: pl.Expr, value: pl.Expr, today: date) -> pl.Expr:
    """`date_missing`, `date_invalid`, `date_future` or `date_implausible`."""
    return (
        pl.when(text.is_null())
        .then(pl.lit("date_missing"))
        .when(value.is_null())
        .then(pl.lit("date_invalid"))
        .when(value > today)
        .then(pl.lit("date_future"))
        .when(value < _EARLIEST_BIRTH)
        .then(pl.lit("date_implausible"))
    )


def sex(text: pl.Expr) -> pl.Expr:
    """MALE or FEMALE."""
    key = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return key.replace_strict(_SEX_OF, default=None, return_dtype=pl.String)


def phone(text: pl.Expr) -> pl.Expr:
    """The number in E.164 (`+62...`), also for a mobile number that lost its leading zero in a spreadsheet."""
    digits = text.str.replace_all(r"[^\d+.,A-Za-z]", "").str.replace(r"[.,]0+$", "").str.replace_all(r"[.,]", "")
    mobile = digits.str.extract(r"^(?:\+?62)?0?(8\d{7,11})$", 1)
    fixed = digits.str.extract(r"^(?:\+?62|0)0?([2-79]\d{6,10})$", 1)
    return pl.lit("+62") + pl.coalesce(mobile, fixed)


def phone_fault(text: pl.Expr, value: pl.Expr) -> pl.Expr:
    """`phone_digits_lost` or `phone_invalid`."""
    return (
        pl.when(text.is_null() | value.is_not_null())
        .then(None)
        .when(text.str.contains(r"^\d(?:[.,]\d+)?[eE]\+?\d+$"))
        .then(pl.lit("phone_digits_lost"))
        .otherwise(pl.lit("phone_invalid"))
    )


def _microdegrees(text: pl.Expr, bounds: tuple[float, float]) -> pl.Expr:
    degrees = text.str.replace_all(r"[°\s]", "").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return pl.when(degrees.is_between(*bounds)).then((degrees * 1e6).round().cast(pl.Int32, strict=False))


def latitude_e6(text: pl.Expr) -> pl.Expr:
    """Microdegrees north; null outside Indonesia."""
    return _microdegrees(text, _LATITUDES)


def longitude_e6(text: pl.Expr) -> pl.Expr:
    """Microdegrees east; null outside Indonesia."""
    return _microdegrees(text, _LONGITUDES)


def neighbourhood(text: pl.Expr) -> pl.Expr:
    """RT or RW as three digits, the form of postal addresses."""
    digits = text.str.to_uppercase().str.replace(r"^R[TW][. :]*", "")
    return _number(digits, r"\d{1,3}").str.zfill(3)


def household_size(text: pl.Expr) -> pl.Expr:
    """Number of people, 1 to 99."""
    number = _number(text.str.to_uppercase().str.replace(r" ?(?:ORANG|ORG|JIWA)$", ""), r"0*[1-9]\d?")
    return number.cast(pl.Int32, strict=False)


def account(number: pl.Expr, bank: pl.Expr) -> pl.Expr:
    """Bank account as `<bank>:<digits>`; null without a number. The bank is a code (three digits or BIC) or a name."""
    digits = number.str.replace_all(r"[^0-9A-Za-z.,+]", "").str.extract(r"^(\d{5,30})(?:[.,]0+)?$", 1)
    plain = bank.str.to_uppercase().str.replace_all(r"[^0-9A-Z .&'()/-]", " ").str.replace_all(r" +", " ")
    code = plain.str.strip_chars()
    # A bank's code of three digits loses its zeros in spreadsheets: 2 is 002.
    name = pl.when(code.str.contains(r"^\d{1,3}$")).then(code.str.zfill(3)).otherwise(code)
    return pl.concat_str([pl.when(name.str.len_chars().is_between(2, 60)).then(name), digits], separator=":")


def account_fault(number: pl.Expr, bank: pl.Expr, value: pl.Expr) -> pl.Expr:
    """`account_digits_lost`, `bank_missing` or `account_invalid`; a bank without a number is no fault."""
    return (
        pl.when(number.is_null() | value.is_not_null())
        .then(None)
        .when(number.str.contains(r"^\d(?:[.,]\d+)?[eE]\+?\d+$"))
        .then(pl.lit("account_digits_lost"))
        .when(bank.is_null())
        .then(pl.lit("bank_missing"))
        .otherwise(pl.lit("account_invalid"))
    )
