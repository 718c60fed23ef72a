"""Where a log is read from: its address, or a folder."""

import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

import typer

from amanah.tlog import layout
from amanah.tlog.checkpoint import Verifier
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Fetch, Missing

_LARGEST = layout.WIDTH * (layout.MAX_ENTRY_BYTES + 2)
_ATTEMPTS = 3


class Unreachable(Exception):
    """The log could not be read; this says nothing about whether it is honest."""


def fail(code: int, message: str) -> NoReturn:
    """Ends the command with `code`, saying why."""
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


def key_of(text: str) -> Verifier:
    """The verifier key that somebody typed; ends the command when it is none."""
    try:
        return Verifier.parse(text)
    except Malformed as error:
        fail(2, f"{error}. `amanah audit key` prints the log's key; ask its operator for it.")
