"""`amanah audit export`: the log, or what an investigation asks of it, in a folder that verifies without a network.

It reads nothing but the public log, which anybody may. Who exports on a letter of assignment announces it first, with their token:
then an entry of the log tells who, what of it and on whose authority, and the folder proves that entry.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from amanah.cli.audit.export import log_files, readme, summary, writer
from amanah.cli.audit.export.anchoring import Anchor, Listed, take
from amanah.cli.audit.export.announcing import NotAnnounced, announcer
from amanah.cli.audit.export.filters import Filters, moment
from amanah.cli.audit.export.log_files import keeping, write
from amanah.cli.audit.export.manifest import About, Head, write_head
from amanah.cli.audit.export.table import Table
from amanah.cli.audit.export.tally import Tally
from amanah.cli.audit.sources import (
    Quorum,
    Unreachable,
    WitnessKeys,
    fail,
    keys_of,
    listing,
    reader,
    reason,
    witnesses_of,
)
from amanah.tlog import layout
from amanah.tlog.checkpoint import NotCosigned, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from amanah.tlog.selection import Prover
from amanah.tlog.tile_reader import Files
from amanah.tlog.verify import Fetch, Missing


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; a copy of the whole log is continued.")
    ],
    url: Annotated[
        str, typer.Option(metavar="URL|DIR", help="The log's address, or a folder with a copy of the whole log.")
    ] = "http://127.0.0.1:8000/log",
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VKEY",
            help="The log's verifier key, which must have signed; of several keys, as it has in a rotation, one.",
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
        typer.Option("--to", metavar="TIME", help="Entries before this time; a date alone is included as a whole."),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Entries about this id: as subject, concern or actor; may be repeated."),
    ] = None,
    actor: Annotated[str | None, typer.Option(metavar="ID", help="Entries of what this person did.")] = None,
    authority: Annotated[
        str | None,
        typer.Option(
            metavar="LETTER",
            help="The letter of assignment on which you export: the public log tells it, with your id and what you ask for.",
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
    """Take the log home, or only what an investigation asks for, with its proofs, a table and a summary.

    All filters must hold; without any, the whole log is copied. A time without a zone is UTC, as all times of the log.
    With --authority the export is announced first: an entry of the public log says who exports what, and the folder proves it.
    """
    try:
        filters = Filters(
            since=moment(since) if since else None,
            until=moment(until, end=True) if until else None,
            subjects=tuple(subject or ()),
            actor=actor,
        )
    except (ValueError, OverflowError) as error:
        fail(2, f"{error}. Write a time as 2026-11-24 or 2026-11-24T08:00+07:00.")
    if filters.since and filters.until and filters.since >= filters.until:
        fail(2, "--to is not after --from, so nothing can fit.")
    keys, witnesses, enough = _keys(key, witness, quorum)
    announcing = announcer(url, gateway, token_file, authority)
    _check_free(folder, filters)
    with _troubles(folder, url):
        fetch = reader(url)
        latest = partial(_head, fetch, url, keys, witnesses, enough)
        under = latest()  # with its signatures: an export that cannot be made is not announced
        if announcing:
            under = announcing.announce(filters, fetch, latest)
        told = (_select if filters else _copy)(fetch, under, filters, folder)
    typer.echo(f"{told} {_announced(under)} Check: amanah audit verify {folder} --key {under.signer or 'VKEY'}")


def _keys(
    key: list[str] | None, witness: list[str] | None, quorum: int | None
) -> tuple[tuple[Verifier, ...], tuple[Verifier, ...], int]:
    """The log's keys and its witnesses', as they were given, and how many of these must have cosigned."""
    if not key:
        if witness or quorum:
            fail(2, "--witness needs --key: the log's own signature is checked with the witnesses'.")
        return (), (), 0
    log = keys_of(key)
    witnesses = witnesses_of(witness, log)
    if quorum is not None and quorum > len(witnesses):
        fail(2, f"--quorum {quorum} needs that many --witness; {len(witnesses)} were given.")
    return tuple(log), tuple(witnesses), len(witnesses) if quorum is None else quorum


def _announced(under: Head) -> str:
    if under.announcement is None:
        return "It was not announced: the log does not tell who made it."
    return f"It is announced by entry {under.announced}."


def _head(fetch: Fetch, url: str, keys: tuple[Verifier, ...], witnesses: tuple[Verifier, ...], quorum: int) -> Head:
    """The checkpoint as it is served. Raises NotSigned when keys are given and none signed it, or too few witnesses did."""
    try:
        head = Head(url, fetch(layout.CHECKPOINT), keys, witnesses, datetime.now(UTC))
        if head.checkpoint and keys:
            open_checkpoint(head.data, keys[0], witnesses, quorum, also=keys[1:])
    except Missing:
        fail(2, f"There is no log at {url}: it has no checkpoint. The gateway serves the log under /log.")
    except Malformed as error:
        fail(2, f"{url} serves no log: {error}. The gateway serves the log under /log.")
    return head


def _check_free(folder: Path, filters: Filters) -> None:
    """A selection goes into a folder of its own; a whole copy may be continued."""
    try:
        about = About.read(folder)
        if filters and folder.exists() and any(folder.iterdir()):
            fail(
                2, f"{folder} is not empty. Give a new folder: files of another export would pass for part of this one."
            )
    except (ValueError, OSError) as error:
        fail(2, f"{folder} is no folder to continue: {reason(error)}. Give another.")
    if about is not None and about.filters is not None:
        fail(2, f"{folder} holds a selection. Give another folder for the whole log.")


@contextmanager
def _troubles(folder: Path, url: str) -> Iterator[None]:
    evidence = "Export the whole log, and keep what was written as evidence."
    try:
        yield
    except Missing as error:
        fail(1, f"{url} does not serve {error}, which a whole log has. {evidence}")
    except NotCosigned as error:
        fail(
            1, f"{url} serves a checkpoint that the log signed, and lacks cosignatures: {error}. Try again in a minute."
        )
    except NotSigned as error:
        fail(
            1,
            f"{url} serves a checkpoint that does not hold: {error}. Compare the keys with what was given to you.",
        )
    except NotAnnounced as error:
        fail(2, f"{error} Nothing was exported.")
    except (Malformed, NotProven) as error:
        fail(1, f"What {url} serves does not fit what is signed: {error}. {evidence}")
    except Unreachable as error:
        fail(2, f"{error}. Is it running, and is the address right? The same command goes on, or begins anew.")
    except OSError as error:
        fail(2, f"{folder} cannot be written: {error.strerror}.")


def _copy(fetch: Fetch, under: Head, filters: Filters, folder: Path) -> str:
    """The whole log: its files as they are served, and what people read, made of them."""
    size = under.checkpoint.size
    with Files(fetch, at_hand=listing(under.url) is not None) as files, _progress("Copying") as bar:
        written = log_files.copy(files, folder, size, bar)
    tally, listed = Tally(), Listed()
    with Files(reader(str(folder)), at_hand=True) as files, Table(folder) as table, _progress("Listing") as bar:
        for entry in log_files.entries(files, size, bar):
            listed.add(entry)
            table.add(entry)
            tally.add(entry)
    with Files(keeping(fetch, folder), at_hand=True) as files:
        anchors, missing = take(files, listed)
    _describe(under, filters, tally, anchors, missing, folder)
    return f"{size} entries are in {folder} ({written} new files)."


def _select(fetch: Fetch, under: Head, filters: Filters, folder: Path) -> str:
    """The entries that fit, and what proves them: a whole folder, or none."""
    size = under.checkpoint.size
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
        draft = Path(place) / "draft"
        with (
            Files(fetch, at_hand=listing(under.url) is not None) as files,
            Files(keeping(fetch, draft), at_hand=True) as kept,
            _progress("Reading") as bar,
        ):
            prover = Prover(kept, under.checkpoint)
            entries = log_files.entries(files, size, bar)
            tally, listed = writer.select(entries, filters, prover, under, draft)
            anchors, missing = take(kept, listed)
            writer.continue_from(anchors, prover, under)
        _describe(under, filters, tally, anchors, missing, draft)
        draft.replace(folder)
    announced = under.announcement is not None
    besides = " besides the announcement" if announced else ""
    nothing = "" if tally.entries > announced else f" Nothing in the log fits{besides}; are the ids and times right?"
    return f"{tally.entries} of {size} entries are in {folder}.{nothing}"


def _describe(
    under: Head, filters: Filters, tally: Tally, anchors: list[Anchor], missing: list[str], folder: Path
) -> None:
    if missing:
        typer.echo(f"Not served yet, and left out: {', '.join(missing)}", err=True)
    write_head(folder, under, filters, tally.entries)
    write(folder / readme.FILE, readme.readme(under, filters, tally.entries).encode())
    write(folder / summary.FILE, summary.summary(under, filters, tally, anchors))
    write(folder / layout.CHECKPOINT, under.data)


@contextmanager
def _progress(what: str) -> Iterator[log_files.Progress]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
