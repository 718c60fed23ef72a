"""`amanah errors`: the tables of docs/guide/errors.md, written from the table of errors."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from amanah.contracts.errors import STATUS, Kind, code_row
from amanah.contracts.errors.table import AREAS, TABLE
from amanah.contracts.errors.texts import Code, Row

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "errors.md"

_TABLE = re.compile(r"<!-- errors: ([^>]*) -->\n.*?<!-- end -->", re.DOTALL)
_UNNAMED = frozenset({Kind.REFUSED, Kind.FINDING})


def errors(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with docs/guide/errors.md; exit 1 when it differs")
    ] = False,
) -> None:
    """Write the tables of docs/guide/errors.md. The text between them is written by hand.

    Example: amanah errors
    """
    written = PAGE.read_text()
    page = renewed(written)
    if not check:
        PAGE.write_text(page)
    elif page != written:
        print(f"{PAGE} differs from the table of errors; run `amanah errors`.", file=sys.stderr)
        raise typer.Exit(1)


def renewed(page: str) -> str:
    """The page with every table between `<!-- errors: ... -->` and `<!-- end -->` written anew.

    The comment names areas of the table of errors, and keys, whose rows the table has.
    """
    return _TABLE.sub(lambda found: f"<!-- errors: {found[1]} -->\n{table(found[1].split())}\n<!-- end -->", page)


def table(names: Iterable[str]) -> str:
    """A table in Markdown: a line for each code, and for each variant that has help of its own."""
    rows = [row for name in names for row in (AREAS[name] if name in AREAS else (TABLE[name],)) if row.help]
    kinds = any(_kind(row) not in _UNNAMED for row in rows)
    title = ["Code", *(["Kind"] if kinds else []), "Message", "Pesan", "What to do"]
    lines = [title, ["---"] * len(title)]
    for row in sorted(rows, key=_key):
        lines.append([f"`{row.key.partition('.')[0]}`", *([_named(row)] if kinds else []), row.en, row.id, row.help])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _key(row: Row) -> str:
    return row.key


def _kind(row: Row) -> Kind:
    return row.kind or code_row(row.key).kind


def _named(row: Row) -> str:
    kind = _kind(row)
    status = (row.status if isinstance(row, Code) else None) or STATUS.get(kind)
    return f"`{kind}` {status}" if status else f"`{kind}`"
