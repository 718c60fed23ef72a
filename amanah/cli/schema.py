"""`amanah schema`: prints the GraphQL schema as SDL, or compares the committed one with it."""

import difflib
import sys
from pathlib import Path
from typing import Annotated

import typer

COMMITTED = Path(__file__).parents[2] / "gateway" / "schema.graphql"


def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with gateway/schema.graphql; exit 1 if they differ")
    ] = False,
) -> None:
    """Print the GraphQL schema.

    Example: amanah schema > gateway/schema.graphql
    """
    from gateway.schema.root import schema as built

    printed = built().as_str() + "\n"
    if not check:
        sys.stdout.write(printed)
        return
    committed = COMMITTED.read_text() if COMMITTED.exists() else ""
    if committed != printed:
        lines = difflib.unified_diff(committed.splitlines(), printed.splitlines(), "committed", "built", lineterm="")
        print("\n".join(lines))
        print(f"{COMMITTED} is out of date. Run `amanah schema > {COMMITTED}`.", file=sys.stderr)
        raise typer.Exit(1)
