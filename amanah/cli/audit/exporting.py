"""`amanah audit export`: the log taken home, in a folder that verifies without a network."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from amanah.cli.audit.sources import Unreachable, fail, reader
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Fetch, Missing


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; an earlier export is continued.")],
    url: Annotated[str, typer.Option(help="The log's address.")] = "http://127.0.0.1:8000/log",
) -> None:
    """Copy the whole log into a folder that `verify` checks without a network."""
    try:
        fetch = reader(url)
        data = fetch(layout.CHECKPOINT)
        size = Checkpoint.parse(Note.parse(data).text).size
        written = _copy(fetch, folder, size)
        _write(folder / layout.CHECKPOINT, data)
    except Missing as error:
        fail(1, f"{url} does not serve {error}, which a whole log has. Keep what was written as evidence.")
    except Malformed as error:
        fail(2, f"{url} serves no checkpoint: {error}. The gateway serves the log under /log.")
    except Unreachable as error:
        fail(2, f"{error}. Is it running, and is the address right? Run the same command again to continue.")
    except OSError as error:
        fail(2, f"{folder} cannot be written: {error.strerror}.")
    typer.echo(f"{size} entries are in {folder} ({written} new files). Check: amanah audit verify {folder} --key VKEY")


def _copy(fetch: Fetch, folder: Path, size: int) -> int:
    """Copies every file of a log of `size` entries that the folder lacks; how many. They never change once written."""

    def copy(path: str) -> None:
        _write(folder / path, fetch(path))

    lacking = (path for path in layout.paths(size) if not (folder / path).exists())
    written = 0
    with ThreadPoolExecutor(8) as pool, Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Copying", total=None)
        while some := list(islice(lacking, 64)):
            written += len(list(pool.map(copy, some)))
            bar.update(task, completed=written)
    return written


def _write(file: Path, data: bytes) -> None:
    """Writes a file whole or not at all, so that a stopped export leaves no part of one behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)
