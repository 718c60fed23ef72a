"""Sources of a log: its address, or a local folder; and JSON objects of unknown origin."""

import os
import re
import time
import urllib.request
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import urllib3

from amanah.cli.log_copy import MAX_FILE_BYTES, LogFolder, Unreachable
from amanah.tlog.verify import Fetch, Listing, Missing

_ATTEMPTS = 3
_CONNECTIONS = 8
_MAX_WAIT_SECONDS = 300


def is_url(source: str) -> bool:
    """Tells if the source is an address; otherwise it is a folder."""
    return source.startswith(("http://", "https://"))


def is_loopback(host: str) -> bool:
    """Tells if the host is this machine, so that nothing sent there crosses a network."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def connection_pool(base: str) -> urllib3.PoolManager:
    """Creates a pool of connections, through the proxy of the environment unless the host is this machine."""
    parts = urlsplit(base)
    known: dict[str, Any] = {
        "maxsize": _CONNECTIONS,
        "timeout": urllib3.Timeout(connect=10, read=30),
        "retries": urllib3.Retry(total=5, connect=0, read=0, other=0, respect_retry_after_header=False),
        # A log may respond with gzip to any request (tlog-tiles, "Log entries").
        "headers": {"accept-encoding": "gzip, identity"},
    }
    proxy = urllib.request.getproxies().get(parts.scheme)
    host = parts.hostname or ""
    if proxy and not is_loopback(host) and not urllib.request.proxy_bypass(host):
        return urllib3.ProxyManager(proxy, **known)
    return urllib3.PoolManager(**known)


def reader(source: str) -> Fetch:
    """Returns a reader of the log at an address or in a folder. Raises Unreachable when the source is neither."""
    if is_url(source):
        return _url_reader(source)
    if not Path(source).is_dir():
        raise Unreachable(f"{source} is neither a folder nor an address that begins with http:// or https://")
    return LogFolder(str(Path(source)))


def _url_reader(prefix: str) -> Fetch:
    base = prefix.rstrip("/")
    connections = connection_pool(base)

    def fetch(path: str) -> bytes:
        message = ""
        for attempt in range(_ATTEMPTS):
            time.sleep(attempt * 0.5)
            try:
                status, data = _get(connections, f"{base}/{path}")
            except (urllib3.exceptions.HTTPError, OSError) as error:
                message = f"{base}/{path} cannot be read: {request_error(error)}"
                continue
            if status == 200:
                return data
            if status in (404, 410):
                raise Missing(path)
            message = f"{base}/{path} answered {status}"
            if status < 500:
                break
        raise Unreachable(message)

    return fetch


def _get(connections: urllib3.PoolManager, url: str) -> tuple[int, bytes]:
    """Returns status and body; follows Retry-After up to the time limit in all."""
    remaining = _MAX_WAIT_SECONDS
    while True:
        with connections.request("GET", url, preload_content=False) as response:
            # The body of an error is read as well, or the connection could not be used again.
            data = response.read(MAX_FILE_BYTES + 1)
        wait = _retry_after(response)
        if wait is None or wait > remaining:
            return response.status, data
        remaining -= wait
        time.sleep(wait)


def _retry_after(response: urllib3.BaseHTTPResponse) -> int | None:
    """Returns the seconds of Retry-After (RFC 9110 section 10.2.3, as a number); None without a valid one."""
    after = response.headers.get("retry-after", "")
    return max(1, int(after)) if response.status in (429, 503) and re.fullmatch("[0-9]{1,9}", after) else None


def request_error(error: Exception) -> str:
    """Returns the reason of a failed request in a few words."""
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        error = error.reason
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "the host name is not known"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "the connection was refused"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "the request timed out"
    return str(error)


def listing(source: str) -> Listing | None:
    """Returns a listing of the log's files in a folder; None for an address, which cannot be listed.

    It leaves out names that begin with a dot, such as those of file managers and interrupted exports. A link to a folder is
    listed as a file, which no log has: the verification does not follow it.
    """
    if is_url(source):
        return None

    root = Path(source)

    def raise_unreadable(error: OSError) -> None:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return  # the verification reports what is missing
        raise Unreachable(f"{error.filename} cannot be read: {error.strerror}")

    def files() -> Iterator[str]:
        for folder, folders, names in os.walk(root / "tile", onerror=raise_unreadable):
            below = Path(folder).relative_to(root).as_posix()
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links = [name for name in folders if os.path.islink(f"{folder}/{name}")]
            for name in [*names, *links]:
                if not name.startswith("."):
                    yield f"{below}/{name}"

    return files


def parse_object(data: bytes) -> dict[str, Any]:
    """Parses a JSON object of unknown origin. Raises ValueError on anything else, and on too deep nesting.

    The types of its fields are unknown. Print strings only: other values may be nested too deep for a serializer.
    """
    fields = orjson.loads(data)
    if not isinstance(fields, dict):
        raise ValueError("it is not a JSON object")
    return fields
