"""`amanah audit`: the audit log seen from outside. `verify` and `export` trust nothing but the key they are given.

Exit codes: 0 it verifies, 1 it does not, 2 it could not be read or the command was wrong.
"""

import base64
import binascii
import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from amanah.settings import BadSettings, load
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Signer, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Fetch, Missing, Report, verify_log

app = typer.Typer(name="audit", help="Check the audit log, or take it home.", no_args_is_help=True)

_LARGEST = layout.WIDTH * (layout.MAX_ENTRY_BYTES + 2)
_ATTEMPTS = 3
_SHOWN = 20


class Unreachable(Exception):
    """The log could not be read; this says nothing about whether it is honest."""


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _from_folder(folder: Path) -> Fetch:
    def fetch(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(path) from None
        except OSError as error:
            raise Unreachable(f"{folder / path} cannot be read: {error.strerror}") from error

    return fetch


def _from_url(prefix: str) -> Fetch:
    base = prefix.rstrip("/")

    def once(path: str) -> bytes:
        with urllib.request.urlopen(f"{base}/{path}", timeout=30) as response:  # noqa: S310 - http or https, see reader
            data: bytes = response.read(_LARGEST + 1)
            return data

    def fetch(path: str) -> bytes:
        reason = ""
        for attempt in range(_ATTEMPTS):
            time.sleep(attempt * 0.5)
            try:
                return once(path)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code in (404, 410):
                    raise Missing(path) from None
                reason = f"{base}/{path} answered {error.code}"
                if error.code < 500:
                    break
            except (OSError, ValueError) as error:
                reason = f"{base}/{path} cannot be read: {error}"
        raise Unreachable(reason)

    return fetch


def reader(source: str) -> Fetch:
    """Reads a log by its URL, or by the folder that `export` wrote. Raises Unreachable when it is neither."""
    if source.startswith(("http://", "https://")):
        return _from_url(source)
    if not Path(source).is_dir():
        raise Unreachable(f"{source} is neither a folder nor an address that begins with http:// or https://")
    return _from_folder(Path(source))


def _key(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except Malformed as error:
        _fail(2, f"{error}. `amanah audit key` prints the log's key; ask its operator for it.")


def _kept(file: Path, key: Verifier) -> Checkpoint:
    try:
        checkpoint, _ = open_checkpoint(file.read_bytes(), key)
    except OSError as error:
        _fail(2, f"{file} cannot be read: {error.strerror}.")
    except (Malformed, NotSigned) as error:
        _fail(2, f"{file} is no checkpoint of this log: {error}. Give the file that you kept from /log/checkpoint.")
    return checkpoint


@app.command(epilog="Example: amanah audit verify http://127.0.0.1:8000/log --key amanah.local/log+1a2b3c4d+AbCd...")
def verify(
    source: Annotated[str, typer.Argument(metavar="URL|DIR", help="The log's address, or an exported folder.")],
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, from `amanah audit key`.")],
    old: Annotated[
        Path | None, typer.Option(metavar="CHECKPOINT", help="A checkpoint file that you kept earlier.")
    ] = None,
    witness: Annotated[list[str] | None, typer.Option(metavar="VKEY", help="A witness's key; may be repeated.")] = None,
) -> None:
    """Check the whole log: every entry, every tile, the root, the signatures, and that it only grew."""
    log = _key(key)
    kept = _kept(old, log) if old else None
    witnesses = [_key(w) for w in witness or ()]
    try:
        fetch = reader(source)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Checking entries", total=None)
            report = verify_log(
                fetch,
                log,
                kept=kept,
                witnesses=witnesses,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except Missing:
        _fail(2, f"There is no log at {source}: it has no checkpoint. The gateway serves the log under /log.")
    except Unreachable as error:
        _fail(2, f"{error}. Is it running, and is the address right?")
    _tell(report)
    if not report.verified:
        raise typer.Exit(1)


def _tell(report: Report) -> None:
    if report.origin:
        typer.echo(f"Log {report.origin}: {report.size} entries, root {report.root.hex()}")
        typer.echo(f"  signature of {report.key}")
        typer.echo(f"  {report.entries} entries hashed again, {report.tiles} tiles built again")
        typer.echo(f"  cosigned by {', '.join(report.witnesses)}" if report.witnesses else "  no witness was checked")
        if report.unknown_signatures:
            typer.echo(f"  {report.unknown_signatures} signatures of unknown keys passed over; --witness checks them")
    if report.continues is not None:
        typer.echo(f"  continues the checkpoint you kept ({report.continues} entries)")
    if report.verified:
        typer.echo("VERIFIED: nothing was changed, removed or inserted below this checkpoint. Keep a copy of it.")
        return
    typer.echo("DOES NOT VERIFY")
    for finding in report.findings[:_SHOWN]:
        typer.echo(f"  {finding.path}: {finding.message}")
    if len(report.findings) > _SHOWN:
        typer.echo(f"  and {len(report.findings) - _SHOWN} more")
    if report.first_index is not None:
        typer.echo(f"The first entry that differs is {report.first_index}.")
    typer.echo("Keep the files and the checkpoint as evidence (amanah audit export), and compare with another copy.")


def signing_key(data: Path) -> Signer:
    """The log's signing key: AMANAH_AUDIT_KEY, or the one below the data folder. Exits with 2 when there is none."""
    try:
        settings = load(data=data)
    except BadSettings as error:
        _fail(2, str(error))
    file = settings.data / "keys" / "audit.key"
    try:
        text = settings.audit_key or file.read_text()
        return Signer(settings.audit_origin, base64.b64decode(text.strip(), validate=True))
    except OSError:
        _fail(2, f"There is no key at {file}. Start `amanah up --data {data}` once, or give --data the right folder.")
    except (binascii.Error, ValueError):
        _fail(2, "The signing key is not base64 of 32 bytes; restore AMANAH_AUDIT_KEY or keys/audit.key from a backup.")


@app.command(epilog="Example: amanah audit key --data .amanah")
def key(data: Annotated[Path, typer.Option(metavar="DIR", help="The data folder.")] = Path(".amanah")) -> None:
    """Print the log's verifier key, which anyone may have and which `verify` needs."""
    typer.echo(str(signing_key(data).verifier))


@app.command(epilog="Example: amanah audit export kept-log --url http://127.0.0.1:8000/log")
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
        _fail(1, f"{url} does not serve {error}, which a whole log has. Keep what was written as evidence.")
    except Malformed as error:
        _fail(2, f"{url} serves no checkpoint: {error}. The gateway serves the log under /log.")
    except Unreachable as error:
        _fail(2, f"{error}. Is it running, and is the address right? Run the same command again to continue.")
    except OSError as error:
        _fail(2, f"{folder} cannot be written: {error.strerror}.")
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
