"""`amanah actions`: writes the tables of docs/guide/audit-actions.md from the table of audit actions."""

from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.marked_tables import markdown, write
from amanah.contracts.audit.actions import AuditAction

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "audit-actions.md"

_OF_EVERY_SERVICE = frozenset({"settings", "key"})


def actions(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with docs/guide/audit-actions.md; exit 1 when it differs")
    ] = False,
) -> None:
    """Write the tables of docs/guide/audit-actions.md. The text between them is written by hand.

    Example: amanah actions
    """
    write(PAGE, "actions", _table, check=check)


def _table(section: str) -> str:
    # The actions that every service has share a row.
    rows = {_shown(action): action for action in AuditAction if _section(action) == section}
    cells = ([f"`{shown}`", action.description, action.subject] for shown, action in rows.items())
    return markdown(["Action", "Written when", "Subject"], *cells)


def _section(action: AuditAction) -> str:
    service, noun, _ = action.split(":")
    if service == "bus" or noun in _OF_EVERY_SERVICE:
        return "operation"
    return "payments" if noun.startswith("payment") else service


def _shown(action: AuditAction) -> str:
    service, noun, verb = action.split(":")
    return f"<service>:{noun}:{verb}" if noun in _OF_EVERY_SERVICE else f"{service}:{noun}:{verb}"
