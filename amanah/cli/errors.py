"""`amanah errors`: the tables of docs/guide/errors.md, written from the table of errors."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.marked_tables import markdown, write
from amanah.contracts.errors import STATUS, Kind, code_row
from amanah.contracts.errors.table import AREAS, TABLE
from amanah.contracts.errors.texts import Code, Row

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "errors.md"

_UNNAMED = frozenset({Kind.REFUSED, Kind.FINDING})


def errors(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with docs/guide/errors.md; exit 1 when it differs")
    ] = False,
) -> None:
    """Write the tables of docs/guide/errors.md. The text between them is written by hand.

    Example: amanah errors
    """
    write(PAGE, "errors", _table, check=check)


def _table(names: str) -> str:
    """A line for each code of `names` (areas and keys of the table of errors), and for each variant that has help of its own."""
    rows = [row for name in names.split() for row in (AREAS[name] if name in AREAS else (TABLE[name],)) if row.help]
    kinds = any(_kind(row) not in _UNNAMED for row in rows)
    title = ["Code", *(["Kind"] if kinds else []), "Message", "Pesan", "What to do"]
    cells = (
        [f"`{row.key.partition('.')[0]}`", *([_named(row)] if kinds else []), row.en, row.id, row.help]
        for row in sorted(rows, key=_key)
    )
    return markdown(title, *cells)


def _key(row: Row) -> str:
    return row.key


def _kind(row: Row) -> Kind:
    return row.kind or code_row(row.key).kind


def _named(row: Row) -> str:
    kind = _kind(row)
    status = (row.status if isinstance(row, Code) else None) or STATUS.get(kind)
    return f"`{kind}` {status}" if status else f"`{kind}`"
