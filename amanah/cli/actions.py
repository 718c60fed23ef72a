"""`amanah actions`: writes the tables of docs/guide/audit-actions.md from the table of audit actions."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from amanah.contracts.audit.actions import AuditAction

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "audit-actions.md"

_TABLE = re.compile(r"<!-- actions: ([a-z]+) -->\n.*?<!-- end -->", re.DOTALL)
_OF_EVERY_SERVICE = frozenset({"settings", "key"})


def actions(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with docs/guide/audit-actions.md; exit 1 when it differs")
    ] = False,
) -> None:
    """Write the tables of docs/guide/audit-actions.md. The text between them is written by hand.

    Example: amanah actions
    """
    written = PAGE.read_text()
    page = renew(written)
    if not check:
        PAGE.write_text(page)
    elif page != written:
        print(f"{PAGE} differs from the table of audit actions; run `amanah actions`.", file=sys.stderr)
        raise typer.Exit(1)


def renew(page: str) -> str:
    """Returns the page with each table between `<!-- actions: SECTION -->` and `<!-- end -->` written anew."""
    return _TABLE.sub(lambda found: f"<!-- actions: {found[1]} -->\n{_table(found[1])}\n<!-- end -->", page)


def _table(section: str) -> str:
    rows = [_row(action) for action in AuditAction if _section(action) == section]
    return "\n".join(["| Action | Written when | Subject |", "| --- | --- | --- |", *dict.fromkeys(rows)])


def _section(action: AuditAction) -> str:
    service, noun, _ = action.split(":")
    if service == "bus" or noun in _OF_EVERY_SERVICE:
        return "operation"
    return "payments" if noun.startswith("payment") else service


def _row(action: AuditAction) -> str:
    """A row of the table; the actions that every service has share one."""
    service, noun, verb = action.split(":")
    shown = f"<service>:{noun}:{verb}" if noun in _OF_EVERY_SERVICE else f"{service}:{noun}:{verb}"
    return f"| `{shown}` | {action.description} | {action.subject} |"
