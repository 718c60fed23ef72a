"""NIK and family card (KK) numbers: repair of what spreadsheets do to them, validation, and the data that they encode.

A NIK has 16 digits: the district of FIRST registration (6), the birth date as DDMMYY with 40 added to a woman's day,
and a serial that is never 0000. It keeps codes of districts that are retired since. So its area and date prove nothing
about the person today: a difference is a warning, never an error.

The rules are polars expressions, so that one rule serves a single number and a column of a million.
"""

from dataclasses import dataclass

import polars as pl

from amanah.contracts.errors import Refused


@dataclass(frozen=True)
class Number:
    """A kind of 16-digit number: its name in error codes; `dated` when digits 7 to 12 must be a birth date."""

    name: str
    dated: bool


NIK = Number("nik", dated=True)
KK = Number("kk", dated=False)

_EXPONENT = r"^(\d)(?:[.,](\d+))?[eE]\+?(\d+)$"
_ROUNDED = r"0{6}$"
SIXTEEN_DIGITS = r"^\d{16}$"


def normalize(raw: pl.Expr) -> pl.Expr:
    """Removes from a cell what spreadsheets add: spaces, apostrophes, `.0`, grouping marks. An empty cell is null.

    An exponent is written out if it has all digits.
    """
    text = raw.str.replace_all(r"[\s'’‘`´\"\u{200b}-\u{200f}\u{feff}]", "").str.replace(r"^(\d+)[.,]0+$", "${1}")
    fraction = text.str.extract(_EXPONENT, 2).fill_null("")
    exponent = text.str.extract(_EXPONENT, 3).str.slice(0, 3).cast(pl.UInt32, strict=False)
    grouped = text.str.contains(r"^\d+(?:[-_/]\d+)+$|^\d+(?:\.\d+){2,}$")
    text = (
        pl.when(fraction.str.len_chars() == exponent)
        .then(text.str.extract(_EXPONENT, 1) + fraction)
        .when(grouped)
        .then(text.str.replace_all(r"[-_/.]", ""))
        .otherwise(text)
    )
    return pl.when(text != "").then(text)


def fault(number: Number, digits: pl.Expr) -> pl.Expr:
    """The error code of a normalized number, null for a valid one. A missing number is no fault here."""

    def code(name: str) -> pl.Expr:
        return pl.lit(f"{number.name}_{name}")

    right_length = digits.str.contains(SIXTEEN_DIGITS)
    zero_serial = digits.str.ends_with("0000")
    wrong_date = pl.lit(False) if not number.dated else ~_possible_date(digits)
    return (
        pl.when(digits.is_null())
        .then(None)
        .when(digits.str.contains(_EXPONENT))
        .then(code("digits_lost"))
        .when(~digits.str.contains(r"^\d+$"))
        .then(code("not_digits"))
        .when(~right_length)
        .then(code("length"))
        # Written out, a rounded number ends in more zeros than the serial has digits.
        .when((zero_serial | wrong_date) & digits.str.contains(_ROUNDED))
        .then(code("digits_lost"))
        .when(wrong_date)
        .then(code("date_impossible"))
        .when(zero_serial)
        .then(code("serial_zero"))
    )


def _part(digits: pl.Expr, start: int) -> pl.Expr:
    return digits.str.slice(start, 2).cast(pl.Int32, strict=False)


def _day(digits: pl.Expr) -> pl.Expr:
    day = _part(digits, 6)
    return pl.when(day > 40).then(day - 40).otherwise(day)


def _possible_date(digits: pl.Expr) -> pl.Expr:
    month, year = _part(digits, 8), _part(digits, 10)
    # The century is unknown; 2000 was a leap year, so any two-digit year divisible by four may be one.
    february = pl.when(year % 4 == 0).then(29).otherwise(28)
    last = pl.when(month == 2).then(february).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    return month.is_between(1, 12) & _day(digits).is_between(1, last)


def sex(digits: pl.Expr) -> pl.Expr:
    """MALE or FEMALE, as a valid NIK encodes it."""
    return pl.when(_part(digits, 6) > 40).then(pl.lit("FEMALE")).otherwise(pl.lit("MALE"))


def district(digits: pl.Expr) -> pl.Expr:
    """The area code of the district of first registration; it may be retired."""
    return pl.concat_str([digits.str.slice(0, 2), digits.str.slice(2, 2), digits.str.slice(4, 2)], separator=".")


def has_birth_date(digits: pl.Expr, birth_date: pl.Expr) -> pl.Expr:
    """True where a valid NIK encodes this birth date, in any century."""
    date = birth_date.dt
    return (
        (_day(digits) == date.day())
        & (_part(digits, 8) == date.month().cast(pl.Int32))
        & (_part(digits, 10) == date.year() % 100)
    )


def parse(number: Number, text: str) -> str:
    """The 16 digits of one number as a person typed it. Raises Refused with the code of its fault."""
    digits, code = (
        pl.select(pl.lit(text, pl.String).alias("raw"))
        .select(normalize(pl.col("raw")).alias("digits"))
        .select("digits", fault(number, pl.col("digits")).alias("code"))
        .row(0)
    )
    if digits is None:
        raise Refused(f"{number.name}_length", number.name)
    if code is not None:
        raise Refused(code, number.name)
    return str(digits)


def mask(digits: str) -> str:
    """Hides the middle of a number: `3275********0001`. An empty one stays empty."""
    return f"{digits[:4]}{'*' * 8}{digits[-4:]}" if digits else ""
