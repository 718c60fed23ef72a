"""Options that the audit commands share: verifier keys of a log and of its witnesses, and the quorum."""

from collections.abc import Sequence
from typing import Annotated

import typer

from amanah.cli.audit.output import fail
from amanah.tlog.checkpoint import Verifier
from amanah.tlog.layout import Malformed

LogKeys = Annotated[
    list[str],
    typer.Option(
        "--key",
        metavar="VKEY",
        help="The log's verifier key, from its operator. During a key rotation there are two: repeat the option; one is enough.",
    ),
]
WitnessKeys = Annotated[
    list[str] | None,
    typer.Option(metavar="VKEY", help="The verifier key of a witness that must have cosigned. Can be repeated."),
]
Quorum = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Number of --witness that must have cosigned.", show_default="all of them"),
]


def parse_key(text: str) -> Verifier:
    """Parses a verifier key; ends the command when it is not valid."""
    try:
        return Verifier.parse(text.strip())
    except Malformed as error:
        fail(2, f"{text[:100]!r} is not a verifier key: {error}. Ask the log's operator for it (amanah audit key).")


def parse_log_keys(given: Sequence[str]) -> list[Verifier]:
    """Parses the keys of one log, at least one; ends the command when they are of several logs."""
    found = list(dict.fromkeys(map(parse_key, given)))
    if len(names := {key.name for key in found}) != 1:
        fail(2, f"These --key are of several logs: {', '.join(sorted(names))}. Give the keys of one log.")
    return found


def parse_witness_keys(given: Sequence[str] | None, log: Sequence[Verifier]) -> list[Verifier]:
    """Parses the witnesses' keys; ends the command when one is a key of the log itself."""
    found = list(dict.fromkeys(parse_key(each) for each in given or ()))
    names, keys = {key.name for key in log}, {key.public for key in log}
    for each in found:
        if each.name in names or each.public in keys:
            fail(2, f"--witness {each} is a key of the log, which cannot be its own witness. Give it as --key.")
    return found


def required_cosignatures(witnesses: Sequence[Verifier], quorum: int | None) -> int:
    """Returns how many witnesses must have cosigned; ends the command when the quorum exceeds their number."""
    if quorum is not None and quorum > len(witnesses):
        fail(2, f"--quorum {quorum} needs at least {quorum} --witness; {len(witnesses)} were given.")
    return len(witnesses) if quorum is None else quorum
