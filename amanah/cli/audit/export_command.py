"""`amanah audit export`: copy the log, or a selection of its entries, into a folder that verifies without a network.

It reads only the public log, which anybody may read. With a letter of assignment the export is announced first, with a token:
then an entry of the log says who exports what and on whose authority, and the folder proves this entry.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from amanah.cli.audit.export import log_files
from amanah.cli.audit.export.announcement import AnnouncementFailed, parse_announcer
from amanah.cli.audit.export.entries import Filters, parse_time
from amanah.cli.audit.export.manifest import ExportHead, Manifest
from amanah.cli.audit.export.writer import Writer
from amanah.cli.audit.options import (
    Quorum,
    WitnessKeys,
    parse_log_keys,
    parse_witness_keys,
    required_cosignatures,
)
from amanah.cli.audit.output import error_text, fail
from amanah.cli.audit.sources import reader
from amanah.cli.log_copy import Unreachable
from amanah.tlog import layout
from amanah.tlog.checkpoint import NotCosigned, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from amanah.tlog.verify import Fetch, Missing


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write. A copy of the whole log is updated.")],
    url: Annotated[
        str, typer.Option(metavar="URL|DIR", help="The log's address, or a folder with a copy of the whole log.")
    ] = "http://127.0.0.1:8000/log",
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VKEY",
            help="The log's verifier key, which must have signed. Can be repeated during a key rotation; one is enough.",
        ),
    ] = None,
    witness: WitnessKeys = None,
    quorum: Quorum = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="Entries from this time on: 2026-11-01, or 2026-11-01T08:00+07:00."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Entries before this time; a date alone includes the whole day."),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Entries with this id as subject, related object or actor. Can be repeated."),
    ] = None,
    actor: Annotated[str | None, typer.Option(metavar="ID", help="Entries of this person's actions.")] = None,
    authority: Annotated[
        str | None,
        typer.Option(
            metavar="LETTER",
            help="The letter of assignment for this export. The public log will show it, with your id and the filters.",
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Your token, to announce the export; or set AMANAH_TOKEN in the environment."
        ),
    ] = None,
    gateway: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where to announce it.", show_default="the address of --url without /log"),
    ] = None,
) -> None:
    """Export the log, or the entries that match the filters, with proofs, a table and a summary.

    All filters must match; without any, the whole log is copied. A time without a zone is UTC, as all times of the log.
    With --authority the export is announced first: an entry of the public log says who exports what, and the folder proves it.
    """
    try:
        filters = Filters(
            since=parse_time(since) if since else None,
            until=parse_time(until, end=True) if until else None,
            subjects=tuple(subject or ()),
            actor=actor,
        )
    except (ValueError, OverflowError) as error:
        fail(2, f"{error}. Write a time as 2026-11-24 or 2026-11-24T08:00+07:00.")
    if filters.since and filters.until and filters.since >= filters.until:
        fail(2, "--to must be after --from.")
    keys, witnesses, required = _parse_keys(key, witness, quorum)
    announcer = parse_announcer(url, gateway, token_file, authority)
    _check_folder(folder, filters)
    with _handle_errors(folder, url):
        fetch = reader(url)
        latest = partial(_read_head, fetch, url, keys, witnesses, required)
        head = latest()  # before the announcement, so that an export that must fail is not announced
        if announcer:
            head = announcer.announce(filters, fetch, latest)
        writer = Writer(fetch, head, filters, _progress_bar)
        written = (writer.select if filters else writer.copy)(folder)
    announced = (
        "It was not announced: the log does not show who made it."
        if head.announcement is None
        else f"Entry {head.announcement_index} announces it."
    )
    typer.echo(f"{written} {announced} Check: amanah audit verify {folder} --key {head.signer or 'VKEY'}")


def _parse_keys(
    key: list[str] | None, witness: list[str] | None, quorum: int | None
) -> tuple[tuple[Verifier, ...], tuple[Verifier, ...], int]:
    """Returns the keys of the log and of its witnesses, and how many witnesses must have cosigned."""
    if not key:
        if witness or quorum:
            fail(2, "--witness needs --key too: a cosignature is checked together with the log's own signature.")
        return (), (), 0
    log = parse_log_keys(key)
    witnesses = parse_witness_keys(witness, log)
    return tuple(log), tuple(witnesses), required_cosignatures(witnesses, quorum)


def _read_head(
    fetch: Fetch, url: str, keys: tuple[Verifier, ...], witnesses: tuple[Verifier, ...], required: int
) -> ExportHead:
    """Reads the latest checkpoint. Raises NotSigned when keys are given and none signed, or too few witnesses did."""
    try:
        head = ExportHead(url, fetch(layout.CHECKPOINT), keys, witnesses, datetime.now(UTC))
        if head.checkpoint and keys:
            open_checkpoint(head.data, keys[0], witnesses, required, other_keys=keys[1:])
    except Missing:
        fail(2, f"There is no log at {url}: it has no checkpoint. The gateway serves the log under /log.")
    except Malformed as error:
        fail(2, f"There is no log at {url}: {error}. The gateway serves the log under /log.")
    return head


def _check_folder(folder: Path, filters: Filters) -> None:
    """Ends the command unless the folder is new, or, for the whole log, a copy of it."""
    try:
        manifest = Manifest.read(folder)
        if filters and folder.exists() and any(folder.iterdir()):
            fail(2, f"{folder} is not empty, and files of another export would be mixed in. Give a new folder.")
    except (ValueError, OSError) as error:
        fail(2, f"{folder} cannot be updated: {error_text(error)}. Give another folder.")
    if manifest is not None and manifest.filters is not None:
        fail(2, f"{folder} contains a selection. Give another folder for the whole log.")


@contextmanager
def _handle_errors(folder: Path, url: str) -> Iterator[None]:
    evidence = "Export the whole log, and keep what was written as evidence."
    try:
        yield
    except Missing as error:
        fail(1, f"{url} does not serve {error}, which every log must have. {evidence}")
    except NotCosigned as error:
        fail(1, f"The checkpoint at {url} lacks cosignatures: {error}. Try again in a minute.")
    except NotSigned as error:
        fail(1, f"The checkpoint at {url} does not verify: {error}. Compare the keys with those you were given.")
    except AnnouncementFailed as error:
        fail(2, f"{error} Nothing was exported.")
    except (Malformed, NotProven) as error:
        fail(1, f"The log at {url} does not match its signed checkpoint: {error}. {evidence}")
    except Unreachable as error:
        fail(2, f"{error}. Check that it is running and that the address is right, then run the same command again.")
    except OSError as error:
        fail(2, f"{folder} cannot be written: {error.strerror}.")


@contextmanager
def _progress_bar(title: str) -> Iterator[log_files.Progress]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
