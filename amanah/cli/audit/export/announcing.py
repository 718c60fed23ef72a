"""An export is announced to the gateway before anything is taken home: then the log itself tells who exports what."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import typer
import urllib3

from amanah.cli.audit.export.announcement import announces, authority
from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.export.log_files import entry_at
from amanah.cli.audit.export.manifest import Head
from amanah.cli.audit.sources import cause, fail, is_here, plain, pool
from amanah.cli.audit.untrusted import parsed
from amanah.tlog.checkpoint import NotSigned
from amanah.tlog.proofs import NotProven
from amanah.tlog.verify import Fetch

PATIENCE_S = 60.0
_PAUSE_S = 0.5
_LARGEST = 1 << 20
_LONGEST_TOLD = 500
_CLOCKS_DIFFER = timedelta(minutes=5)

_ANNOUNCE = "mutation($input: AnnounceExportInput!) { answer: announceExport(input: $input) { entryId userErrors { code field message } } }"
_PLACE = "query($id: ID!) { answer: auditProof(entryId: $id) { index } }"
# Kinds of errors after which the same question has an answer later.
_LATER = ("UNAVAILABLE", "THROTTLED")


class NotAnnounced(Exception):
    """The gateway did not take the announcement, or the log does not hold it in time; nothing was exported."""


@dataclass(frozen=True)
class Announcer:
    """Who announces: at which gateway, with which token, and on whose authority (a letter of assignment)."""

    gateway: str
    token: str = field(repr=False)
    authority: str

    def announce(self, filters: Filters, fetch: Fetch, latest: Callable[[], Head]) -> Head:
        """Announces the export, and waits for a head of the log that covers the announcement; it names the entry.

        Raises NotAnnounced, NotProven when the log holds something else in the entry's place, and what `latest` raises.
        """
        begun = datetime.now(UTC)
        entry_id = self._say(filters)
        typer.echo(f"Announced as entry {entry_id}; waiting until the log has published it.", err=True)
        end = monotonic() + PATIENCE_S
        index = self._place(entry_id, end)
        head = _covering(latest, index, end)
        entry = entry_at(fetch, index, head.checkpoint.size)
        if others := self._others(entry, entry_id, filters, begun):
            raise NotProven(
                f"entry {index} is not the announcement {entry_id} that the gateway confirmed: {'; '.join(others)}"
            )
        return replace(head, announcement=entry)

    def _others(self, entry: Entry, entry_id: str, filters: Filters, begun: datetime) -> list[str]:
        """By what an entry is somebody else's announcement, or none. What the gateway says of it is not believed."""
        found = []
        if entry.text("id") != entry_id:
            found.append("it has another id")
        if not announces(entry, filters):
            found.append("it announces no export of this")
        if entry.text("authority") != self.authority:
            found.append(f"its authority is {authority(entry) or 'none'}")
        if entry.time is None or entry.time < begun - _CLOCKS_DIFFER:
            found.append(f"it was there before this command began, at {begun:%Y-%m-%d %H:%M:%S} UTC by the clock here")
        return found

    def _say(self, filters: Filters) -> str:
        """The id of the announcement's entry."""
        asked = {
            "authority": self.authority,
            "subjects": list(filters.subjects),
            "actorId": filters.actor,
            "from": filters.since and filters.since.isoformat(),
            "to": filters.until and filters.until.isoformat(),
        }
        answer, errors = self._ask(_ANNOUNCE, {"input": asked})
        if errors:
            raise NotAnnounced(f"{self.gateway} does not take the announcement: {'; '.join(errors.values())}")
        if not (entry_id := _told(answer.get("entryId"))):
            raise NotAnnounced(f"{self.gateway} names no entry by which it took the announcement.")
        return entry_id

    def _place(self, entry_id: str, end: float) -> int:
        """The index of the entry, once a published checkpoint covers it."""
        while True:
            answer, errors = self._ask(_PLACE, {"id": entry_id})
            index = answer.get("index")
            if type(index) is int and index >= 0:
                return index
            said = "; ".join(errors.values())
            if not errors or errors.keys() - set(_LATER):
                raise NotAnnounced(f"{self.gateway} does not prove the announcement {entry_id}: {said}")
            if monotonic() > end:
                raise NotAnnounced(
                    f"The log has not published the announcement {entry_id} within {PATIENCE_S:.0f} seconds: {said} "
                    "It stays announced. Ask the operator whether the log goes on, then export again."
                )
            sleep(_PAUSE_S)

    def _ask(self, query: str, variables: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """What the gateway answers, and the messages of its errors by their code. Raises NotAnnounced when it is no gateway."""
        url = f"{self.gateway}/graphql"
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        body = json.dumps({"query": query, "variables": variables}).encode()
        try:
            # A redirect is not followed: the token is for this gateway alone.
            with pool(self.gateway).request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            ) as response:
                data = response.read(_LARGEST)
            told = parsed(data)
            answer = dict((told.get("data") or {}).get("answer") or {})
            errors = {
                _told((error.get("extensions") or {}).get("code")): _told(error.get("message"))
                for error in told.get("errors") or ()
            }
            for error in answer.get("userErrors") or ():
                code, at, message = (_told(error.get(name)) for name in ("code", "field", "message"))
                errors[code] = f"{code}: {at} {message}"
            return answer, errors
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NotAnnounced(f"{url} cannot be reached: {plain(cause(error))}.") from None
        except (ValueError, TypeError, AttributeError):
            raise NotAnnounced(
                f"{url} answered {response.status}, and not as a gateway does; give its --gateway."
            ) from None


def _covering(latest: Callable[[], Head], index: int, end: float) -> Head:
    """A head of the log that covers the entry. Raises NotAnnounced, and NotSigned while it lacks cosignatures to the end."""
    while True:
        over = monotonic() > end
        try:
            head = latest()
        except NotSigned:  # the one before had them, and a slow witness may still cosign this one
            if over:
                raise
        else:
            if head.checkpoint.size > index:
                return head
            if over:
                raise NotAnnounced(
                    f"{head.url} has {head.checkpoint.size} entries and not yet entry {index}, which announces this export. "
                    "Export from the log's own address, or when the copy there is newer."
                )
        sleep(_PAUSE_S)


def _told(text: object) -> str:
    """A text of a gateway's answer, for people; whatever else is in its place is not printed."""
    return plain(text[:_LONGEST_TOLD]) if isinstance(text, str) else ""


def announcer(source: str, gateway: str | None, token_file: Path | None, authority: str | None) -> Announcer | None:
    """Who announces, by what somebody typed; None when they announce nothing. Ends the command when that is no whole."""
    if authority is None:
        if token_file or gateway:
            fail(
                2, "--token-file and --gateway are for an announcement: name its --authority, the letter of assignment."
            )
        return None
    token = _token(token_file)
    if gateway is None:
        if not source.startswith(("http://", "https://")) or not source.rstrip("/").endswith("/log"):
            fail(2, f"Where to announce cannot be told from {source}: give --gateway, such as https://amanah.example.")
        gateway = source.rstrip("/").removesuffix("/log")
    _demand_secrecy(gateway)
    return Announcer(gateway.rstrip("/").removesuffix("/graphql"), token, authority.strip())


def _demand_secrecy(gateway: str) -> None:
    """Whoever reads a token on its way acts as its holder: it goes over TLS, or no way at all."""
    try:
        parts = urllib3.util.parse_url(gateway)
    except urllib3.exceptions.LocationParseError:
        fail(2, f"{gateway} is no address of a gateway: give --gateway, such as https://amanah.example.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(parts.host or "")):
        fail(
            2,
            f"To {gateway} your token would go in clear: whoever reads it on the way can act as you. Give --gateway with an "
            "address that begins with https://; http:// is for a gateway on this machine.",
        )


def _token(file: Path | None) -> str:
    try:
        text = file.read_text() if file else os.environ.get("AMANAH_TOKEN", "")
    except (OSError, UnicodeDecodeError) as error:
        fail(2, f"{file} holds no token that can be read: {error}.")
    token = text.strip()
    if not token:
        fail(2, "--authority needs your token: in a file (--token-file), or in the environment as AMANAH_TOKEN.")
    if not token.isascii() or len(token.split()) != 1:
        fail(2, "What was given as token is none: it is one word, as the one who issues tokens gave it.")
    return token
