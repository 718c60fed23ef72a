"""`amanah audit check`: verify one entry by its proof, as `/verify/<id>` and the API return them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from amanah.cli.audit.options import LogKeys, WitnessKeys, parse_log_keys, parse_witness_keys
from amanah.cli.audit.output import FAILED, fail, print_signatures, printable, unknown_signatures
from amanah.cli.audit.sources import parse_object
from amanah.cli.log_copy import read_file
from amanah.tlog.checkpoint import Note, NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, ProofFile
from amanah.tlog.verify import VerificationReport, verify_entry

_SHOWN_FIELDS = ("time", "action", "subject", "concerns", "outcome", "after")


def check(
    entry: Annotated[
        Path, typer.Argument(metavar="ENTRY", help="The file with the entry, byte for byte as you received it.")
    ],
    proof: Annotated[
        Path, typer.Argument(metavar="PROOF", help="The file with its proof, which begins with c2sp.org/tlog-proof@v1.")
    ],
    key: LogKeys,
    witness: WitnessKeys = None,
) -> None:
    """Check that one entry is in the log, from the entry and its proof alone, without a network.

    Exit codes: 0 it verifies, 1 it does not, 2 a file could not be read or the command was wrong.
    """
    leaf, data = _read(entry), _read(proof)
    log, *others = keys = parse_log_keys(key)
    witnesses = parse_witness_keys(witness, keys)
    try:
        head = verify_entry(leaf, data.decode(), log, witnesses, other_keys=others)
        file = ProofFile.parse(data.decode())
    except (Malformed, NotSigned, NotProven, UnicodeDecodeError) as error:
        typer.echo(f"{FAILED}: {error}")
        if isinstance(error, NotProven):
            typer.echo("Use the entry's file exactly as you received it; even an added newline changes its hash.")
        raise typer.Exit(1) from None
    report = VerificationReport()
    report.set_head(head, Note.parse(file.checkpoint), keys, witnesses)
    typer.echo(f"Entry {file.index} of the log {head.origin}, under a checkpoint of {head.size} entries")
    typer.echo(_summary(leaf))
    print_signatures(report)
    for line in unknown_signatures(report):
        typer.echo(printable(f"  NOT CHECKED: {line}"))
    typer.echo("VERIFIED: this entry is in the log of this key and was not changed.")


def _read(file: Path) -> bytes:
    try:
        return read_file(file)
    except OSError as error:
        fail(2, f"{file} cannot be read: {error.strerror}.")


def _summary(leaf: bytes) -> str:
    """Returns the main fields of an entry, escaped for the terminal."""
    try:
        fields = parse_object(leaf)
        return f"  {json.dumps({name: fields[name] for name in _SHOWN_FIELDS})}"
    except (ValueError, KeyError, RecursionError):
        return f"  {leaf[:200]!r}"
