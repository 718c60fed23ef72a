"""`amanah token`: a token of the trial issuer."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from amanah.cli import process
from amanah.contracts.actor import Role


def token(
    role: Annotated[Role, typer.Option(help="What the person may do")],
    area: Annotated[str, typer.Option(help='Where: an area code such as 32.75.03, or "ID" for the whole nation')],
    user: Annotated[str, typer.Option(help="The person's name; the same name is the same person")] = "",
    data: Annotated[Path, typer.Option(help="The data folder of `amanah up`")] = Path(".amanah"),
) -> None:
    """Print a token of the local issuer, valid for a week. For trial only: whoever reads the folder can be anyone.

    Example: amanah token --role OFFICER --area 32.01.18 --user "Budi Santoso"
    """
    name = user or f"{role.value.title()} {area}"
    try:
        made = process.token(data, role.value, area, name)
    except ValidationError:
        print(f"{area} is not an area code; write 32, 32.75, 32.75.03, 32.75.03.1002 or ID.", file=sys.stderr)
        raise typer.Exit(2) from None
    print("Trial identity: never use the local issuer with real people's data.", file=sys.stderr)
    print(made)
