"""All the checks of one batch of rows at once: what is right comes out normalised, what is wrong with its reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from amanah.contracts.areas import Scope
from services.recipients.imports.rules import cells
from services.recipients.imports.rules.columns import FIELDS, Header
from services.recipients.imports.rules.places import Path, Places
from services.recipients.imports.rules.problems import Problem
from services.recipients.register.rules import nik

ROW = "row"
VALUES = (
    "nik", "household_number", "name", "birth_date", "sex", "address", "rt", "rw", "area", "phone",
    "latitude_e6", "longitude_e6", "household_size", "bank_account",
)  # fmt: skip
_LONGEST_NAME, _LONGEST_ADDRESS = 150, 300


@dataclass(frozen=True)
class Checked:
    """A batch after the checks.

    `total` counts the rows that say anything. `accepted` has the columns `row`, VALUES (`birth_date` as a date) and
    `warnings`: the codes of what is odd but no reason to refuse. A row has problems or is accepted, never both.
    """

    total: int
    accepted: pl.DataFrame
    problems: list[Problem]


def check(raw: pl.DataFrame, header: Header, places: Places, within: Scope, today: date) -> Checked:
    """Checks rows against every rule that needs no other row.

    `raw` has the spreadsheet's row number in `row` (1-based, header counted) and a String column for each field of the
    header. Villages outside `within` are refused.
    """
    rows = _tidied(raw)
    rows = rows.with_columns(*_located(rows, places, within), *_looked_up(rows, today)).with_columns(**_values())
    rows = rows.with_columns(**{f"fault_{field}": code for field, code in _faults(today).items()})
    wrong = pl.any_horizontal(pl.col("^fault_.*$").is_not_null())
    accepted = rows.filter(~wrong).with_columns(sex=pl.coalesce("sex", nik.sex(pl.col("nik"))))
    accepted = accepted.select(ROW, *VALUES, warnings=_warnings())
    return Checked(rows.height, accepted, _problems(rows.filter(wrong), header))


def _said(field: str) -> pl.Expr:
    """What the office wrote for a field, tidied; null when nothing."""
    return pl.col(f"said_{field}")


def _bank() -> pl.Expr:
    """The bank's code where the office wrote it, else its name."""
    return pl.coalesce(_said("bank_code"), _said("bank"))


def _tidied(raw: pl.DataFrame) -> pl.DataFrame:
    """Every field as `said_<field>`, absent ones null, without the rows that say nothing."""
    said = {f"said_{f}": cells.tidied(pl.col(f)) if f in raw.columns else pl.lit(None, pl.String) for f in FIELDS}
    rows = raw.select(pl.col(ROW).cast(pl.Int64), **said)
    both = r"^\D*(\d{1,3})\D+(\d{1,3})$"
    return rows.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null())).with_columns(
        said_rt=pl.coalesce(_said("rt"), _said("rt_rw").str.extract(both, 1)),
        said_rw=pl.coalesce(_said("rw"), _said("rt_rw").str.extract(both, 2)),
    )


def _located(rows: pl.DataFrame, places: Places, within: Scope) -> list[pl.Series]:
    """For each row its village, or the fault and the field to blame. Each distinct path is resolved once."""
    paths = rows.select(pl.struct([_said(f).fill_null("").alias(f) for f in Path._fields]).alias("path"))
    distinct = paths.unique()
    found = [places.find(Path(**p)) for p in distinct["path"]]
    outside = [f.code is not None and not within.covers(f.code) for f in found]
    answers = distinct.with_columns(
        pl.Series("area", [f.code for f in found], pl.String),
        pl.Series(
            "area_fault", ["area_outside" if o else f.fault for f, o in zip(found, outside, strict=True)], pl.String
        ),
        pl.Series("area_field", [f.field for f in found], pl.String),
    )
    return paths.join(answers, on="path", how="left", maintain_order="left").drop("path").get_columns()


def _looked_up(rows: pl.DataFrame, today: date) -> list[pl.Series]:
    """The values that cost the most to find, each distinct cell's once: most numbers are right as they are, and people
    share their birthdays.
    """
    return [
        _each_once(rows["said_nik"], nik.cleaned, right=nik.SIXTEEN_DIGITS).alias("nik"),
        _each_once(rows["said_household_number"], nik.cleaned, right=nik.SIXTEEN_DIGITS).alias("household_number"),
        _each_once(rows["said_birth_date"], lambda text: cells.birth_date(text, today)).alias("birth_date"),
    ]


def _each_once(said: pl.Series, meant: Callable[[pl.Expr], pl.Expr], right: str | None = None) -> pl.Series:
    """What each cell means; those that match `right` mean themselves, and are not looked at further."""
    rows = said.to_frame("said")
    plain = pl.col("said").str.contains(right) if right else pl.lit(False)
    distinct = rows.filter(~plain).unique().with_columns(means=meant(pl.col("said")))
    found = rows.join(distinct, on="said", how="left", maintain_order="left")
    return found.select(
        pl.when(plain).then(pl.col("said")).otherwise(pl.col("means")) if right else "means"
    ).to_series()


def _values() -> dict[str, pl.Expr]:
    """The value that each field means; null where it means none. Some are found already."""
    return {
        "name": _said("name"),
        "sex": cells.sex(_said("sex")),
        "address": _said("address").fill_null(""),
        "rt": cells.neighbourhood(_said("rt")),
        "rw": cells.neighbourhood(_said("rw")),
        "phone": cells.phone(_said("phone")),
        "latitude_e6": cells.latitude_e6(_said("latitude")),
        "longitude_e6": cells.longitude_e6(_said("longitude")),
        "household_size": cells.household_size(_said("household_size")),
        "bank_account": cells.account(_said("account"), _bank()),
    }


def _faults(today: date) -> dict[str, pl.Expr]:
    """The code of each field's fault; null where there is none. In the order in which a row's problems are told."""

    def unread(field: str, value: str, code: str) -> pl.Expr:
        return pl.when(_said(field).is_not_null() & pl.col(value).is_null()).then(pl.lit(code))

    no_name = pl.when(pl.col("name").is_null()).then(pl.lit("name_missing"))
    odd_name = ~pl.col("name").str.contains(r"\p{L}") | (pl.col("name").str.len_chars() > _LONGEST_NAME)
    lonely = pl.when(_said("latitude").is_null() != _said("longitude").is_null()).then(pl.lit("location_incomplete"))
    return {
        "nik": pl.when(pl.col("nik").is_null())
        .then(pl.lit("nik_missing"))
        .otherwise(nik.fault(nik.NIK, pl.col("nik"))),
        "household_number": nik.fault(nik.KK, pl.col("household_number")),
        "name": no_name.when(odd_name).then(pl.lit("name_invalid")),
        "birth_date": cells.birth_date_fault(_said("birth_date"), pl.col("birth_date"), today),
        "sex": unread("sex", "sex", "sex_unknown"),
        "address": pl.when(pl.col("address").str.len_chars() > _LONGEST_ADDRESS).then(pl.lit("address_invalid")),
        "rt": unread("rt", "rt", "rt_invalid"),
        "rw": unread("rw", "rw", "rw_invalid"),
        "area": pl.col("area_fault"),
        "phone": cells.phone_fault(_said("phone"), pl.col("phone")),
        "latitude": pl.coalesce(unread("latitude", "latitude_e6", "location_invalid"), lonely),
        "longitude": unread("longitude", "longitude_e6", "location_invalid"),
        "household_size": unread("household_size", "household_size", "household_size_invalid"),
        "account": cells.account_fault(_said("account"), _bank(), pl.col("bank_account")),
    }


def _warnings() -> pl.Expr:
    """What a NIK says otherwise than the row. It was so at first registration, and may be right."""
    number = pl.col("nik")
    odd = {
        "nik_area_differs": ~pl.col("area").str.starts_with(nik.district(number)),
        "nik_birth_differs": ~nik.born_on(number, pl.col("birth_date")),
        "nik_sex_differs": pl.col("sex") != nik.sex(number),
    }
    return pl.concat_list([pl.when(differs).then(pl.lit(code)) for code, differs in odd.items()]).list.drop_nulls()


def _problems(rows: pl.DataFrame, header: Header) -> list[Problem]:
    """The faults of the rows, by row."""
    fields = [c.removeprefix("fault_") for c in rows.columns if c.startswith("fault_")]
    problems = []
    for row, blamed, *codes in rows.select(ROW, "area_field", pl.col("^fault_.*$")).iter_rows():
        for field, code in zip(fields, codes, strict=True):
            if code is not None:
                problems.append(Problem(row, header.label(blamed if field == "area" else field), code))
    return problems
