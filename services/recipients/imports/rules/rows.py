"""Checks a batch of rows: accepted rows come out normalized, the others with their problems."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from amanah.contracts.areas import Scope
from services.recipients.imports.rules import cells
from services.recipients.imports.rules.columns import FIELDS, Header
from services.recipients.imports.rules.places import PlacePath, Places
from services.recipients.imports.rules.problems import Problem
from services.recipients.register.rules import nik

ROW = "row"
VALUES = (
    "nik", "household_number", "name", "birth_date", "sex", "address", "rt", "rw", "area", "phone",
    "latitude_e6", "longitude_e6", "household_size", "bank_account",
)  # fmt: skip
_LONGEST_NAME, _LONGEST_ADDRESS = 150, 300


@dataclass(frozen=True)
class BatchCheck:
    """Result of checking a batch.

    `total` counts the rows that are not empty. `accepted` has the columns `row`, VALUES (`birth_date` as a date) and
    `warnings`: codes of oddities that are accepted. A row has problems or is accepted, never both.
    """

    total: int
    accepted: pl.DataFrame
    problems: list[Problem]


def check(raw: pl.DataFrame, header: Header, places: Places, within: Scope, today: date) -> BatchCheck:
    """Checks rows by every rule that needs no other row.

    `raw` has the spreadsheet's row number in `row` (1-based, header counted) and a String column for each field of the
    header. Villages outside `within` are refused.
    """
    rows = _normalize(raw)
    rows = rows.with_columns(*_villages(rows, places, within), *_costly_values(rows, today)).with_columns(**_values())
    rows = rows.with_columns(**{f"fault_{field}": code for field, code in _faults(today).items()})
    wrong = pl.any_horizontal(pl.col("^fault_.*$").is_not_null())
    accepted = rows.filter(~wrong).with_columns(sex=pl.coalesce("sex", nik.sex(pl.col("nik"))))
    accepted = accepted.select(ROW, *VALUES, warnings=_warnings())
    return BatchCheck(rows.height, accepted, _problems(rows.filter(wrong), header))


def _text(field: str) -> pl.Expr:
    """The normalized text of a field; null for an empty cell."""
    return pl.col(f"text_{field}")


def _bank() -> pl.Expr:
    """The bank's code where the list has it, else its name."""
    return pl.coalesce(_text("bank_code"), _text("bank"))


def _normalize(raw: pl.DataFrame) -> pl.DataFrame:
    """Every field as `text_<field>`, absent ones null, without empty rows."""
    texts = {f"text_{f}": cells.normalize(pl.col(f)) if f in raw.columns else pl.lit(None, pl.String) for f in FIELDS}
    rows = raw.select(pl.col(ROW).cast(pl.Int64), **texts)
    both = r"^\D*(\d{1,3})\D+(\d{1,3})$"
    return rows.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null())).with_columns(
        text_rt=pl.coalesce(_text("rt"), _text("rt_rw").str.extract(both, 1)),
        text_rw=pl.coalesce(_text("rw"), _text("rt_rw").str.extract(both, 2)),
    )


def _villages(rows: pl.DataFrame, places: Places, within: Scope) -> list[pl.Series]:
    """The village of each row, or the error code and the field that is wrong. Each distinct path is looked up once."""
    paths = rows.select(pl.struct([_text(f).fill_null("").alias(f) for f in PlacePath._fields]).alias("path"))
    distinct = paths.unique()
    found = [places.find(PlacePath(**p)) for p in distinct["path"]]
    outside = [f.code is not None and not within.covers(f.code) for f in found]
    answers = distinct.with_columns(
        pl.Series("area", [f.code for f in found], pl.String),
        pl.Series(
            "area_fault", ["area_outside" if o else f.fault for f, o in zip(found, outside, strict=True)], pl.String
        ),
        pl.Series("area_field", [f.field for f in found], pl.String),
    )
    return paths.join(answers, on="path", how="left", maintain_order="left").drop("path").get_columns()


def _costly_values(rows: pl.DataFrame, today: date) -> list[pl.Series]:
    """The values that cost most to parse, each distinct cell once.

    Most numbers are valid as they are, and people share their birthdays.
    """
    return [
        _parse_distinct(rows["text_nik"], nik.normalize, valid=nik.SIXTEEN_DIGITS).alias("nik"),
        _parse_distinct(rows["text_household_number"], nik.normalize, valid=nik.SIXTEEN_DIGITS).alias(
            "household_number"
        ),
        _parse_distinct(rows["text_birth_date"], lambda text: cells.birth_date(text, today)).alias("birth_date"),
    ]


def _parse_distinct(texts: pl.Series, parse: Callable[[pl.Expr], pl.Expr], valid: str | None = None) -> pl.Series:
    """Parses each distinct cell once; those that match the pattern `valid` are their own values."""
    rows = texts.to_frame("text")
    plain = pl.col("text").str.contains(valid) if valid else pl.lit(False)
    distinct = rows.filter(~plain).unique().with_columns(value=parse(pl.col("text")))
    found = rows.join(distinct, on="text", how="left", maintain_order="left")
    return found.select(
        pl.when(plain).then(pl.col("text")).otherwise(pl.col("value")) if valid else "value"
    ).to_series()


def _values() -> dict[str, pl.Expr]:
    """The value of each field, except for costly ones; null for an empty or wrong cell."""
    return {
        "name": _text("name"),
        "sex": cells.sex(_text("sex")),
        "address": _text("address").fill_null(""),
        "rt": cells.neighbourhood(_text("rt")),
        "rw": cells.neighbourhood(_text("rw")),
        "phone": cells.phone(_text("phone")),
        "latitude_e6": cells.latitude_e6(_text("latitude")),
        "longitude_e6": cells.longitude_e6(_text("longitude")),
        "household_size": cells.household_size(_text("household_size")),
        "bank_account": cells.account(_text("account"), _bank()),
    }


def _faults(today: date) -> dict[str, pl.Expr]:
    """The error code of each field; null for a valid one. In the order in which a row's problems are shown."""

    def unparsable(field: str, value: str, code: str) -> pl.Expr:
        return pl.when(_text(field).is_not_null() & pl.col(value).is_null()).then(pl.lit(code))

    no_name = pl.when(pl.col("name").is_null()).then(pl.lit("name_missing"))
    odd_name = ~pl.col("name").str.contains(r"\p{L}") | (pl.col("name").str.len_chars() > _LONGEST_NAME)
    half_location = pl.when(_text("latitude").is_null() != _text("longitude").is_null()).then(
        pl.lit("location_incomplete")
    )
    return {
        "nik": pl.when(pl.col("nik").is_null())
        .then(pl.lit("nik_missing"))
        .otherwise(nik.fault(nik.NIK, pl.col("nik"))),
        "household_number": nik.fault(nik.KK, pl.col("household_number")),
        "name": no_name.when(odd_name).then(pl.lit("name_invalid")),
        "birth_date": cells.birth_date_fault(_text("birth_date"), pl.col("birth_date"), today),
        "sex": unparsable("sex", "sex", "sex_unknown"),
        "address": pl.when(pl.col("address").str.len_chars() > _LONGEST_ADDRESS).then(pl.lit("address_invalid")),
        "rt": unparsable("rt", "rt", "rt_invalid"),
        "rw": unparsable("rw", "rw", "rw_invalid"),
        "area": pl.col("area_fault"),
        "phone": cells.phone_fault(_text("phone"), pl.col("phone")),
        "latitude": pl.coalesce(unparsable("latitude", "latitude_e6", "location_invalid"), half_location),
        "longitude": unparsable("longitude", "longitude_e6", "location_invalid"),
        "household_size": unparsable("household_size", "household_size", "household_size_invalid"),
        "account": cells.account_fault(_text("account"), _bank(), pl.col("bank_account")),
    }


def _warnings() -> pl.Expr:
    """Codes of differences between the NIK and the row. The NIK encodes the first registration, so both may be right."""
    number = pl.col("nik")
    differences = {
        "nik_area_differs": ~pl.col("area").str.starts_with(nik.district(number)),
        "nik_birth_differs": ~nik.has_birth_date(number, pl.col("birth_date")),
        "nik_sex_differs": pl.col("sex") != nik.sex(number),
    }
    return pl.concat_list(
        [pl.when(differs).then(pl.lit(code)) for code, differs in differences.items()]
    ).list.drop_nulls()


def _problems(rows: pl.DataFrame, header: Header) -> list[Problem]:
    """The problems of the rows, by row."""
    fields = [c.removeprefix("fault_") for c in rows.columns if c.startswith("fault_")]
    problems = []
    for row, area_field, *codes in rows.select(ROW, "area_field", pl.col("^fault_.*$")).iter_rows():
        for field, code in zip(fields, codes, strict=True):
            if code is not None:
                problems.append(Problem(row, header.label(area_field if field == "area" else field), code))
    return problems
