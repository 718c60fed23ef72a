"""`amanah token`: prints a token of the trial issuer."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from amanah.cli import process
from amanah.contracts.actor import Role


def token(
    role: Annotated[Role, typer.Option(help="Role of the user")],
    area: Annotated[str, typer.Option(help='Area code of the role, such as 32.75.03, or "ID" for the nation')],
    user: Annotated[str, typer.Option(help="Name of the user; the same name is the same user")] = "",
    data: Annotated[Path, typer.Option(help="Data folder of `amanah up`")] = Path(".amanah"),
) -> None:
    """Print a token of the local issuer, valid for a week. For trials only: a reader of the folder can act as anyone.

    Example: amanah token --role OFFICER --area 32.01.18 --user "Budi Santoso"
    """
    name = user or f"{role.value.title()} {area}"
    try:
        made = process.token(data, role.value, area, name)
    except ValidationError:
        print(
            f"Invalid area code {area}. Expected a code such as 32, 32.75, 32.75.03 or 32.75.03.1002, or ID.",
            file=sys.stderr,
        )
        raise typer.Exit(2) from None
    print("Trial token: do not use the local issuer with real personal data.", file=sys.stderr)
    print(made)
