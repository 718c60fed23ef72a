"""`amanah partners simulate`: sends the events of a file over HTTP in the order and pace in which they happened.

Exit codes: 0 all events accepted or known already, 1 some rejected or without an outcome, 2 the file cannot be read, or the
gateway not be reached or not be entered.
"""

import asyncio
import copy
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import aiohttp
import orjson
import typer
import uvloop

from amanah.cli.validate import Format, media_type_of, read_file
from amanah.contracts.logistics import MAX_BYTES, Rejection, Reported, read
from amanah.contracts.logistics.reading import parse
from amanah.contracts.message import rfc3339

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
CAPTURE = "/partners/v1/capture"
_MOST = 100
_MAX_BYTES, _MAX_EVENTS = 200_000_000, 1_000_000
_FAR = timedelta(days=36_500)
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 5
_RETRIES = 5
_WAIT_SECONDS = 300.0


class Failed(Exception):
    """The simulation cannot go on; the text says why."""


@dataclass(frozen=True)
class Planned:
    """An event to send `after` so many seconds."""

    after: float
    event: Mapping[str, Any]


def plan(events: Sequence[Reported], speed: float, start: datetime | None = None) -> list[Planned]:
    """When to send which event: in the order of their times, `speed` times as fast as they happened; at once with 0.

    With `start`, the time at which sending begins, they happen when they are sent (at a speed of 0, the last of them), and have
    new ids, so that a file can be sent again and again.
    """
    ordered = sorted(events, key=lambda each: each.at)
    if not ordered:
        return []
    first, last = ordered[0].at, ordered[-1].at
    ids: dict[str, str] = {}
    planned: list[Planned] = []
    for each in ordered:
        content: dict[str, Any] = orjson.loads(each.original)
        after = (each.at - first).total_seconds() / speed if speed else 0.0
        if start is not None:
            at = start + timedelta(seconds=after) if speed else start - (last - each.at)
            content = _moved(content, at - each.at, at, ids)
        planned.append(Planned(after, content))
    return planned


def _moved(event: dict[str, Any], by: timedelta, at: datetime, ids: dict[str, str]) -> dict[str, Any]:
    """The event at another time under another id; an error declaration has the id of its event."""
    moved = copy.deepcopy(event)
    moved["eventTime"] = rfc3339(at)
    moved.pop("recordTime", None)
    if "eventID" in moved:
        moved["eventID"] = ids.setdefault(moved["eventID"], f"urn:uuid:{uuid4()}")
    declaration = moved.get("errorDeclaration")
    if isinstance(declaration, dict) and isinstance(declaration.get("declarationTime"), str):
        declaration["declarationTime"] = rfc3339(datetime.fromisoformat(declaration["declarationTime"]) + by)
    return moved


@dataclass
class Sender:
    """Sends documents with a token, or with the credentials by which it gets tokens, and prints the outcomes."""

    session: aiohttp.ClientSession
    url: str
    token: str
    client: tuple[str, str] | None = None
    context: object = CONTEXT
    results: Counter[str] = field(default_factory=Counter)
    running: list[str] = field(default_factory=list)

    async def send(self, planned: Sequence[Planned]) -> None:
        """Sends all, each when it is due, and waits for the outcomes. Raises Failed."""
        start = time.monotonic()
        rest = list(planned)
        while rest:
            wait = rest[0].after - (time.monotonic() - start)
            if wait > 0:
                await asyncio.sleep(wait)
            batch = _due(rest, time.monotonic() - start)
            await self._post([each.event for each in batch])
            del rest[: len(batch)]
        end = time.monotonic() + _WAIT_SECONDS
        while self.running and time.monotonic() < end:
            await asyncio.sleep(_POLL_SECONDS)
            for job in list(self.running):
                self._show(await self._ask("GET", f"{CAPTURE}/{job}"))

    async def _post(self, events: Sequence[Mapping[str, Any]]) -> None:
        document = {
            "@context": self.context, "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": rfc3339(datetime.now(UTC)), "epcisBody": {"eventList": events},
        }  # fmt: skip
        job = await self._ask("POST", CAPTURE, orjson.dumps(document))
        self.running.append(job["id"])
        self._show(job)

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The answer to a request; a refusal that passes is waited for. Raises Failed."""
        for left in reversed(range(_RETRIES)):
            if not self.token:
                await self._log_in()
            headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
            async with self.session.request(method, self.url + path, data=body, headers=headers) as response:
                answer = await response.json(content_type=None)
                if response.status < 300:
                    return answer
                if response.status == 401 and self.client and left:
                    self.token = ""
                    continue
                if (response.status == 429 or response.status >= 500) and left:
                    wait = int(response.headers.get("retry-after", _RETRY_SECONDS))
                    print(f"{_clock()} waiting   {wait} s: {answer.get('detail', response.status)}", file=sys.stderr)
                    await asyncio.sleep(wait)
                    continue
                raise Failed(f"{answer.get('code', response.status)}: {answer.get('detail', '')}")
        raise AssertionError("unreachable")

    async def _log_in(self) -> None:
        if self.client is None:
            raise Failed("No token. Give --token, or --client-id and --client-secret.")
        headers = {"authorization": aiohttp.encode_basic_auth(*self.client)}
        form = {"grant_type": "client_credentials"}
        async with self.session.post(f"{self.url}/oauth2/token", data=form, headers=headers) as response:
            answer = await response.json(content_type=None)
        if "access_token" not in answer:
            raise Failed(f"{answer.get('code')}: {answer.get('error_description')}")
        self.token = answer["access_token"]

    def _show(self, job: Any) -> None:
        """Prints the outcomes of a job that is done."""
        if job["running"]:
            return
        self.running.remove(job["id"])
        for event in job["events"]:
            self.results[event["result"]] += 1
            why = f": {event['code']} at {event['field'] or '/'}: {event['explanation']}" if event["code"] else ""
            print(f"{_clock()} {event['result']:<9} {event['eventId'] or 'document'}{why}", flush=True)


def simulate(
    file: Annotated[Path, typer.Argument(help="Events in JSON, XML or CSV, as for `amanah validate`; `-` reads standard input")],
    speed: Annotated[float, typer.Option(min=0, help="So many times as fast as the events happened; 0 sends all at once")] = 1.0,
    now: Annotated[bool, typer.Option("--now", help="Give events the time at which they are sent, and new ids")] = False,
    url: Annotated[str, typer.Option(help="The gateway")] = "http://127.0.0.1:8000",
    token: Annotated[str, typer.Option(envvar="AMANAH_TOKEN", help="A partner's token")] = "",
    client_id: Annotated[str, typer.Option(envvar="AMANAH_CLIENT_ID", help="Partner's id, instead of a token")] = "",
    client_secret: Annotated[str, typer.Option(envvar="AMANAH_CLIENT_SECRET", help="Its OAUTH2 secret")] = "",
    form: Annotated[Format | None, typer.Option("--format", help="How the file is written; by default its name and content tell")] = None,
) -> None:  # fmt: skip
    """Send a file of events over HTTP in the order and pace of their eventTime, and print what became of each.

    Example: amanah partners simulate shipment.json --speed 600 --now --client-id ptn_... --client-secret ...
    """
    data = read_file(file, _MAX_BYTES)
    media_type = media_type_of(file, data, form)
    found = read(
        data, now=datetime.now(UTC) + _FAR, media_type=media_type, max_bytes=_MAX_BYTES, max_events=_MAX_EVENTS
    )
    invalid = [each for each in found if isinstance(each, Rejection)]
    for each in invalid:
        where = "document" if each.index is None else f"event {each.index}"
        print(f"invalid   {where}: {each.code} at {each.field or '/'}: {each.explanation}", file=sys.stderr)
    if any(each.index is None for each in invalid):
        raise typer.Exit(2)
    client = (client_id, client_secret) if client_id else None
    content = parse(data) if media_type == "application/json" else None
    context = content.get("@context", CONTEXT) if isinstance(content, dict) else CONTEXT

    async def run() -> Sender:
        async with aiohttp.ClientSession() as session:
            sender = Sender(session, url.rstrip("/"), "" if client else token, client, context)
            events = [each for each in found if isinstance(each, Reported)]
            await sender.send(plan(events, speed, datetime.now(UTC) if now else None))
            return sender

    try:
        sender = uvloop.run(run())
    except Failed as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        print(f"{url} cannot be reached ({error}); is `amanah up` running?", file=sys.stderr)
        raise typer.Exit(2) from None
    counts = sender.results
    print(
        f"{counts['accepted']} accepted, {counts['duplicate']} known already, {counts['rejected']} rejected, "
        f"{len(invalid)} invalid and not sent."
    )
    if sender.running:
        print(f"No outcome yet of {len(sender.running)} captures: {', '.join(sender.running)}", file=sys.stderr)
    if counts["rejected"] or invalid or sender.running:
        raise typer.Exit(1)


def _due(planned: Sequence[Planned], now: float) -> Sequence[Planned]:
    """The events of the next document: those that are due, as many as it may have."""
    size = 0
    for number, each in enumerate(planned[:_MOST]):
        size += len(orjson.dumps(each.event))
        if number and (each.after > now or size > MAX_BYTES // 2):
            return planned[:number]
    return planned[:_MOST]


def _clock() -> str:
    return f"{datetime.now(UTC):%H:%M:%S}"
