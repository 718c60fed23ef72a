"""Where a log is read from: its address, or a folder."""

import os
import re
import time
import urllib.request
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
import urllib3

from amanah.cli.log_copy import LARGEST, Folder
from amanah.cli.log_copy import Unreachable as Unreachable
from amanah.tlog.checkpoint import Verifier
from amanah.tlog.layout import Malformed
from amanah.tlog.verify import Fetch, Listing, Missing

_ATTEMPTS = 3
_CONNECTIONS = 8
_PATIENCE_SECONDS = 300


def fail(code: int, message: str) -> NoReturn:
    """Ends the command with `code`, saying why."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def plain(text: str) -> str:
    """The text without what a terminal would obey: names of files and keys are written by whoever made them."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def reason(error: Exception) -> str:
    """Why something could not be read, in its own words or the system's."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def is_here(host: str) -> bool:
    """Whether the host is this machine by a name that leads nowhere else: what is sent there, no network sees."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def pool(base: str) -> urllib3.PoolManager:
    """Connections that are used again, by the proxy that this machine is set to; to itself none leads."""
    parts = urlsplit(base)
    known: dict[str, Any] = {
        "maxsize": _CONNECTIONS,
        "timeout": urllib3.Timeout(connect=10, read=30),
        "retries": urllib3.Retry(total=5, connect=0, read=0, other=0, respect_retry_after_header=False),
        # A log may answer with gzip whatever it is asked for (tlog-tiles, "Log entries").
        "headers": {"accept-encoding": "gzip, identity"},
    }
    proxy = urllib.request.getproxies().get(parts.scheme)
    host = parts.hostname or ""
    if proxy and not is_here(host) and not urllib.request.proxy_bypass(host):
        return urllib3.ProxyManager(proxy, **known)
    return urllib3.PoolManager(**known)


def _from_url(prefix: str) -> Fetch:
    base = prefix.rstrip("/")
    connections = pool(base)

    def fetch(path: str) -> bytes:
        reason = ""
        for attempt in range(_ATTEMPTS):
            time.sleep(attempt * 0.5)
            try:
                status, data = _ask(connections, f"{base}/{path}")
            except (urllib3.exceptions.HTTPError, OSError) as error:
                reason = f"{base}/{path} cannot be read: {cause(error)}"
                continue
            if status == 200:
                return data
            if status in (404, 410):
                raise Missing(path)
            reason = f"{base}/{path} answered {status}"
            if status < 500:
                break
        raise Unreachable(reason)

    return fetch


def _ask(connections: urllib3.PoolManager, url: str) -> tuple[int, bytes]:
    """Status and body. Who is busy and says when to ask again is asked again then, for so long as our patience lasts."""
    patience = _PATIENCE_SECONDS
    while True:
        with connections.request("GET", url, preload_content=False) as answer:
            # A refusal is read as well, or its connection would be of no more use.
            data = answer.read(LARGEST + 1)
        wait = _wait(answer)
        if wait is None or wait > patience:
            return answer.status, data
        patience -= wait
        time.sleep(wait)


def _wait(answer: urllib3.BaseHTTPResponse) -> int | None:
    """In how many seconds to ask again (RFC 9110 section 10.2.3, as a number); None when nobody is asked to wait."""
    after = answer.headers.get("retry-after", "")
    return max(1, int(after)) if answer.status in (429, 503) and re.fullmatch("[0-9]{1,9}", after) else None


def cause(error: Exception) -> str:
    """Why a request failed, in a few words; those who look into it find more by opening the address."""
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        error = error.reason
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "this name is not known"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing answers there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return str(error)


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def reader(source: str) -> Fetch:
    """Reads a log by its URL, or by the folder that `export` wrote. Raises Unreachable when it is neither."""
    if _is_url(source):
        return _from_url(source)
    if not Path(source).is_dir():
        raise Unreachable(f"{source} is neither a folder nor an address that begins with http:// or https://")
    return Folder(str(Path(source)))


def listing(source: str) -> Listing | None:
    """Lists the log's files in a folder; an address cannot be listed.

    Names that begin with a dot are left out: file managers and stopped exports leave such, and nobody serves them. A link to
    a folder is listed as the file that no log has: what is behind it would be read, and never be looked at.
    """
    if _is_url(source):
        return None

    root = Path(source)

    def unreadable(error: OSError) -> None:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return  # nothing is there: what a log should have there is missed by who reads it
        raise Unreachable(f"{error.filename} cannot be read: {error.strerror}")

    def files() -> Iterator[str]:
        for folder, folders, names in os.walk(root / "tile", onerror=unreadable):
            below = Path(folder).relative_to(root).as_posix()
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links = [name for name in folders if os.path.islink(f"{folder}/{name}")]
            for name in [*names, *links]:
                if not name.startswith("."):
                    yield f"{below}/{name}"

    return files


def keys_of(given: Sequence[str]) -> list[Verifier]:
    """The keys of one log that somebody typed, each once, at least one; ends the command when they are of several logs."""
    found = list(dict.fromkeys(map(key_of, given)))
    if len(names := {key.name for key in found}) != 1:
        fail(2, f"These --key are of several logs: {', '.join(sorted(names))}. Give those of one.")
    return found


WitnessKeys = Annotated[
    list[str] | None,
    typer.Option(metavar="VKEY", help="The verifier key of a witness that must have cosigned; may be repeated."),
]
Quorum = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="So many of the --witness are enough.", show_default="all of them"),
]


def witnesses_of(given: Sequence[str] | None, log: Sequence[Verifier]) -> list[Verifier]:
    """The witnesses' keys that somebody typed, each once; ends the command when one is a key of the log itself."""
    found = list(dict.fromkeys(key_of(each) for each in given or ()))
    names, keys = {key.name for key in log}, {key.public for key in log}
    for each in found:
        if each.name in names or each.public in keys:
            fail(
                2,
                f"--witness {each} is a key of the log, which is no witness of itself. Give all keys of the log as --key.",
            )
    return found


def key_of(text: str) -> Verifier:
    """The verifier key that somebody typed; ends the command when it is none."""
    try:
        return Verifier.parse(text.strip())
    except Malformed as error:
        fail(2, f"{error}. `amanah audit key` prints the log's key; ask its operator for it.")
