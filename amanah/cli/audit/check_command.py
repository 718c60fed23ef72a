"""`amanah audit check`: one entry and its proof, as `/verify/<id>` and the API hand them out. It trusts nothing but the keys."""

import json
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.audit.output import KEY, tell_signed, unknown
from amanah.cli.audit.sources import WitnessKeys, fail, keys_of, plain, witnesses_of
from amanah.cli.audit.untrusted import parsed
from amanah.cli.log_copy import read_file
from amanah.tlog.checkpoint import Note, NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, ProofFile
from amanah.tlog.verify import Report, verify_entry

_TOLD = ("time", "action", "subject", "concerns", "outcome", "after")


def check(
    entry: Annotated[
        Path, typer.Argument(metavar="ENTRY", help="The file with the entry, byte for byte as it was handed out.")
    ],
    proof: Annotated[
        Path, typer.Argument(metavar="PROOF", help="The file with its proof, which begins with c2sp.org/tlog-proof@v1.")
    ],
    key: Annotated[list[str], typer.Option(metavar="VKEY", help=KEY)],
    witness: WitnessKeys = None,
) -> None:
    """Check that one entry is in the log, from its text and its proof alone; nothing is asked of any server.

    Exit codes: 0 it verifies, 1 it does not, 2 a file could not be read or the command was wrong.
    """
    leaf, held = _read(entry), _read(proof)
    log, *also = keys = keys_of(key)
    witnesses = witnesses_of(witness, keys)
    try:
        head = verify_entry(leaf, held.decode(), log, witnesses, also=also)
        kept = ProofFile.parse(held.decode())
    except (Malformed, NotSigned, NotProven, UnicodeDecodeError) as error:
        typer.echo(f"DOES NOT VERIFY: {error}")
        if isinstance(error, NotProven):
            typer.echo("The entry must be the file as it was handed out: a line end that was added makes it another.")
        raise typer.Exit(1) from None
    report = Report()
    report.head(head, Note.parse(kept.checkpoint), keys, witnesses)
    typer.echo(f"Entry {kept.index} of the log {head.origin}, which had {head.size} entries then")
    typer.echo(_said(leaf))
    tell_signed(report)
    for line in unknown(report):
        typer.echo(plain(f"  NOT CHECKED: {line}"))
    typer.echo("VERIFIED: this entry is in the log that this key signs, and was not changed.")


def _read(file: Path) -> bytes:
    try:
        return read_file(file)
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")


def _said(leaf: bytes) -> str:
    """What an entry says, in short, without anything that a terminal would obey."""
    try:
        said = parsed(leaf)
        return f"  {json.dumps({name: said[name] for name in _TOLD})}"
    except (ValueError, KeyError, RecursionError):
        return f"  {leaf[:200]!r}"
