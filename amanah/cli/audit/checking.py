"""`amanah audit check`: one entry and its proof, as `/verify/<id>` and the API hand them out. It trusts nothing but the key."""

import json
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.audit.sources import fail, key_of, witnesses_of
from amanah.tlog.checkpoint import NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, ProofFile
from amanah.tlog.verify import verify_entry

_TOLD = ("time", "action", "subject", "outcome", "after")


def check(
    entry: Annotated[Path, typer.Argument(metavar="ENTRY", help="The entry's text, byte for byte.")],
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="Its proof, a c2sp.org/tlog-proof@v1 file.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, from `amanah audit key`.")],
    witness: Annotated[
        list[str] | None, typer.Option(metavar="VKEY", help="A witness that must have cosigned; may be repeated.")
    ] = None,
) -> None:
    """Check that one entry is in the log, from its text and its proof alone; nothing is asked of any server."""
    leaf, held = _read(entry), _read(proof)
    log = key_of(key)
    witnesses = witnesses_of(witness, log)
    try:
        head = verify_entry(leaf, held.decode(), log, witnesses)
    except (Malformed, NotSigned, NotProven, UnicodeDecodeError) as error:
        typer.echo(f"DOES NOT VERIFY: {error}")
        if isinstance(error, NotProven):
            typer.echo("The entry must be the file as it was handed out: a line end that was added makes it another.")
        raise typer.Exit(1) from None
    typer.echo(f"Entry {ProofFile.parse(held.decode()).index} of the log {head.origin}, which has {head.size} entries")
    typer.echo(_said(leaf))
    for each in witnesses:
        typer.echo(f"  cosigned by {each.name}")
    typer.echo("VERIFIED: this entry is in the log that this key signs.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")


def _said(leaf: bytes) -> str:
    """What an entry says, in short, without anything that a terminal would obey."""
    try:
        said = json.loads(leaf)
        return f"  {json.dumps({name: said[name] for name in _TOLD})}"
    except (ValueError, KeyError, TypeError):
        return f"  {leaf[:200]!r}"
