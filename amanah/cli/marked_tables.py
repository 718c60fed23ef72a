"""Tables of a page of docs/ that a command writes; the text between them is written by hand."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import typer


def write(page: Path, command: str, table: Callable[[str], str], *, check: bool) -> None:
    """Writes each table between `<!-- command: CONTENT -->` and `<!-- end -->` anew, as `table(CONTENT)` in Markdown.

    With `check` it writes nothing, and exits with 1 when the page differs.
    """
    written = page.read_text()
    renewed = re.sub(
        rf"<!-- {command}: ([^>]*) -->\n.*?<!-- end -->",
        lambda found: f"<!-- {command}: {found[1]} -->\n{table(found[1])}\n<!-- end -->",
        written,
        flags=re.DOTALL,
    )
    if not check:
        page.write_text(renewed)
    elif renewed != written:
        print(f"{page} is out of date; run `amanah {command}`.", file=sys.stderr)
        raise typer.Exit(1)


def markdown(*rows: list[str]) -> str:
    """Returns a table of `rows`, the first of which is its head."""
    head, *below = rows
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *below))
