"""Announcement of an export: the gateway writes an entry to the log, before the export, that says who exports what and why."""

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

from amanah.cli.audit.export.entries import Filters, LogEntry
from amanah.cli.audit.export.log_files import read_entry
from amanah.cli.audit.export.manifest import FILE, ExportHead, Manifest
from amanah.cli.audit.output import CheckResult, fail, printable
from amanah.cli.audit.sources import connection_pool, is_loopback, is_url, parse_object, request_error
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.exports import describe_filters, filters_of
from amanah.tlog.checkpoint import NotSigned
from amanah.tlog.proofs import NotProven
from amanah.tlog.verify import Fetch

PATIENCE_S = 60.0
_PAUSE_S = 0.5
_MAX_RESPONSE_BYTES = 1 << 20
_MAX_TEXT = 500
_CLOCK_TOLERANCE = timedelta(minutes=5)

_ANNOUNCE = "mutation($input: AnnounceExportInput!) { answer: announceExport(input: $input) { entryId userErrors { code field message } } }"
_GET_INDEX = "query($id: ID!) { answer: auditProof(entryId: $id) { index } }"
_RETRYABLE = ("UNAVAILABLE", "THROTTLED")
_MASKED = (
    "which code was announced where the announcement has [number]: the log masks long numbers, so another code would be "
    "announced in the same words"
)


def announces(entry: LogEntry, filters: Filters) -> bool:
    """Tells if the entry announces an export with exactly these filters."""
    expected = describe_filters(filters.subjects, filters.actor, filters.since, filters.until)
    return entry.text("action") == AuditAction.LOG_EXPORT and filters_of(entry.text("reason")) == expected


def actor_of(entry: LogEntry) -> str:
    """Returns the announcing person's id, role and area."""
    return printable(f"{entry.text('actor', 'id')} ({entry.text('actor', 'role')}, {entry.text('actor', 'area')})")


def authority_of(entry: LogEntry) -> str:
    """Returns the letter of assignment in the announcement."""
    return printable(entry.text("authority"))


def reference_to(entry: LogEntry) -> str:
    """Returns index, id and time of the announcing entry."""
    return printable(f"{entry.index} ({entry.text('id')}), {entry.text('time')}")


def check_announcement(manifest: Manifest, entry: LogEntry | None, result: CheckResult) -> None:
    """Checks that `entry`, the proven one at the manifest's index, announces an export with the manifest's filters."""
    index, filters = manifest.announcement, manifest.filters or Filters()
    if index is None:
        result.unproven.append("who made this export, and on whose authority: it was not announced in the log")
    elif entry is None:
        result.find(FILE, index, f"entry {index}, which should announce this export, is not here")
    elif not announces(entry, filters):
        result.find(FILE, index, f"entry {index} does not announce this export")
    else:
        actor, authority = actor_of(entry), authority_of(entry)
        result.confirmed.append(f"announced by {actor} on the authority {authority}: entry {reference_to(entry)}")
        if "[number]" in describe_filters(filters.subjects, filters.actor, filters.since, filters.until):
            result.unproven.append(_MASKED)


class AnnouncementFailed(Exception):
    """The gateway rejected the announcement, or the log did not publish it in time; nothing was exported."""


@dataclass(frozen=True)
class Announcer:
    """Announces exports at a gateway, with a token and on an authority (a letter of assignment)."""

    gateway: str
    token: str = field(repr=False)
    authority: str

    def announce(self, filters: Filters, fetch: Fetch, latest: Callable[[], ExportHead]) -> ExportHead:
        """Announces the export; returns a head of the log that covers the announcing entry, with this entry.

        Raises AnnouncementFailed, NotProven when the log has another entry in its place, and what `latest` raises.
        """
        started = datetime.now(UTC)
        entry_id = self._announce(filters)
        typer.echo(f"Announced as entry {entry_id}. Waiting for the log to publish it.", err=True)
        deadline = monotonic() + PATIENCE_S
        index = self._wait_for_index(entry_id, deadline)
        head = _wait_for_head(latest, index, deadline)
        entry = read_entry(fetch, index, head.checkpoint.size)
        if differences := self._differences(entry, entry_id, filters, started):
            raise NotProven(
                f"entry {index} is not the announcement {entry_id} that the gateway confirmed: {'; '.join(differences)}"
            )
        return replace(head, announcement=entry)

    def _differences(self, entry: LogEntry, entry_id: str, filters: Filters, started: datetime) -> list[str]:
        """Compares the entry with what was announced; the gateway's answer is not trusted."""
        found = []
        if entry.text("id") != entry_id:
            found.append("it has another id")
        if not announces(entry, filters):
            found.append("it does not announce this export")
        if entry.text("authority") != self.authority:
            found.append(f"its authority is {authority_of(entry) or 'none'}")
        if entry.time is None or entry.time < started - _CLOCK_TOLERANCE:
            found.append(f"it is older than this command, which started at {started:%Y-%m-%d %H:%M:%S} UTC")
        return found

    def _announce(self, filters: Filters) -> str:
        """Sends the announcement; returns the id of its entry."""
        fields = {
            "authority": self.authority,
            "subjects": list(filters.subjects),
            "actorId": filters.actor,
            "from": filters.since and filters.since.isoformat(),
            "to": filters.until and filters.until.isoformat(),
        }
        answer, errors = self._ask(_ANNOUNCE, {"input": fields})
        if errors:
            raise AnnouncementFailed(f"{self.gateway} rejected the announcement: {'; '.join(errors.values())}")
        if not (entry_id := _text(answer.get("entryId"))):
            raise AnnouncementFailed(f"{self.gateway} did not return the id of the announcing entry.")
        return entry_id

    def _wait_for_index(self, entry_id: str, deadline: float) -> int:
        """Returns the index of the entry, once a published checkpoint covers it."""
        while True:
            answer, errors = self._ask(_GET_INDEX, {"id": entry_id})
            index = answer.get("index")
            if type(index) is int and index >= 0:
                return index
            messages = "; ".join(errors.values())
            if not errors or errors.keys() - set(_RETRYABLE):
                raise AnnouncementFailed(f"{self.gateway} does not prove the announcement {entry_id}: {messages}")
            if monotonic() > deadline:
                raise AnnouncementFailed(
                    f"The log has not published the announcement {entry_id} within {PATIENCE_S:.0f} seconds: {messages} "
                    "The announcement stays in the log. Ask the operator if the log is running, then export again."
                )
            sleep(_PAUSE_S)

    def _ask(self, query: str, variables: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Returns the gateway's answer, and its error messages by code. Raises AnnouncementFailed without a valid answer."""
        url = f"{self.gateway}/graphql"
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        body = json.dumps({"query": query, "variables": variables}).encode()
        try:
            # No redirects: the token is for this gateway only.
            with connection_pool(self.gateway).request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            ) as response:
                data = response.read(_MAX_RESPONSE_BYTES)
            fields = parse_object(data)
            answer = dict((fields.get("data") or {}).get("answer") or {})
            errors = {
                _text((error.get("extensions") or {}).get("code")): _text(error.get("message"))
                for error in fields.get("errors") or ()
            }
            for error in answer.get("userErrors") or ():
                code, at, message = (_text(error.get(name)) for name in ("code", "field", "message"))
                errors[code] = f"{code}: {at} {message}"
            return answer, errors
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise AnnouncementFailed(f"{url} cannot be reached: {printable(request_error(error))}.") from None
        except (ValueError, TypeError, AttributeError):
            raise AnnouncementFailed(
                f"{url} answered {response.status}, but not as an Amanah gateway. Give its address with --gateway."
            ) from None


def _wait_for_head(latest: Callable[[], ExportHead], index: int, deadline: float) -> ExportHead:
    """Returns a head that covers the entry. Raises AnnouncementFailed, or NotSigned if cosignatures are still missing."""
    while True:
        late = monotonic() > deadline
        try:
            head = latest()
        except NotSigned:  # the head before had them, and a slow witness may still cosign this one
            if late:
                raise
        else:
            if head.checkpoint.size > index:
                return head
            if late:
                raise AnnouncementFailed(
                    f"{head.url} has {head.checkpoint.size} entries, not yet entry {index}, which announces this export. "
                    "Export from the log's own address, or again when the copy is newer."
                )
        sleep(_PAUSE_S)


def _text(value: object) -> str:
    """Returns a text of the gateway's answer, shortened and printable; empty for any other type."""
    return printable(value[:_MAX_TEXT]) if isinstance(value, str) else ""


def parse_announcer(
    source: str, gateway: str | None, token_file: Path | None, authority: str | None
) -> Announcer | None:
    """Returns the announcer from the options; None without --authority. Ends the command when an option is missing."""
    if authority is None:
        if token_file or gateway:
            fail(
                2, "--token-file and --gateway announce an export. Give the letter of assignment with --authority too."
            )
        return None
    token = _read_token(token_file)
    if gateway is None:
        if not is_url(source) or not source.rstrip("/").endswith("/log"):
            fail(2, f"{source} does not show the gateway's address. Give --gateway, such as https://amanah.example.")
        gateway = source.rstrip("/").removesuffix("/log")
    _require_tls(gateway)
    return Announcer(gateway.rstrip("/").removesuffix("/graphql"), token, authority.strip())


def _require_tls(gateway: str) -> None:
    """Ends the command when the token would cross a network without TLS: whoever read it could act as its holder."""
    try:
        parts = urllib3.util.parse_url(gateway)
    except urllib3.exceptions.LocationParseError:
        fail(2, f"{gateway} is not an address. Give --gateway, such as https://amanah.example.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.host or "")):
        fail(
            2,
            f"Your token would be sent to {gateway} unencrypted, and whoever reads it can act as you. Give --gateway with an "
            "address that begins with https://; http:// is allowed for a gateway on this machine only.",
        )


def _read_token(file: Path | None) -> str:
    try:
        text = file.read_text() if file else os.environ.get("AMANAH_TOKEN", "")
    except (OSError, UnicodeDecodeError) as error:
        fail(2, f"The token in {file} cannot be read: {error}.")
    token = text.strip()
    if not token:
        fail(2, "--authority needs your token: in a file (--token-file), or in the environment as AMANAH_TOKEN.")
    if not token.isascii() or len(token.split()) != 1:
        fail(2, "The token is not valid: it must be one word. Use it exactly as it was issued to you.")
    return token
