"""Worker that posts outcomes to partners' webhooks, signed as Standard Webhooks has it (standardwebhooks.com).

Each partner's outcomes are posted in their order, so one that fails holds up those behind it, of that partner alone. The lanes
wait for none of it. An instance that dies after a call posts the same call again, with the same `webhook-id`.
"""

import asyncio
import base64
import hmac
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from socket import AddressFamily

import aiohttp
import orjson
import structlog
from aiohttp.abc import ResolveResult

from amanah import __version__
from amanah.contracts.errors import AmanahError, Unavailable
from amanah.contracts.message import rfc3339
from amanah.contracts.partner_outcomes import PartnerEventDecided
from amanah.runtime.bus.lease import Lease
from amanah.runtime.bus.waiting import pause_after, within
from amanah.runtime.jobs import NEVER
from services.distribution.partner_events.commands.webhooks import note_delivered, note_failed
from services.distribution.partner_events.documents import WEBHOOK_DELIVERIES, WebhookDeliveryDocument
from services.distribution.partners.credentials import webhook_keys
from services.distribution.partners.documents import PARTNERS, PartnerDocument
from services.distribution.partners.rules import is_public, may_post_to
from services.distribution.store import Store

_TIMEOUT = 10.0
_TURN_SECONDS = 5.0
_POLL_SECONDS = 1.0
_LONGEST_REST = 5.0
_LEASE_SECONDS = 30.0
_SERVERS = 8

log = structlog.get_logger()


class NotPublic(OSError):
    """A host has no address that webhooks may reach."""


class PublicResolver(aiohttp.ThreadedResolver):
    """Resolves names to their public addresses alone, at each connection; those of `private_hosts` to any."""

    def __init__(self, private_hosts: Collection[str]) -> None:
        super().__init__()
        self._private_hosts = private_hosts

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """Returns the addresses. Raises NotPublic when none is left."""
        found = await super().resolve(host, port, family)
        if host in self._private_hosts:
            return found
        public = [each for each in found if is_public(ip_address(each["host"].partition("%")[0]))]
        if not public:
            raise NotPublic(f"{host} has no public address")
        return public


def call_body(delivery: WebhookDeliveryDocument) -> bytes:
    """The body of a call; the same at each attempt."""
    return orjson.dumps(
        {
            "type": PartnerEventDecided.type,
            "timestamp": rfc3339(delivery["at"]),
            "data": {"partner_id": delivery["partner"], "outcomes": delivery["outcomes"]},
        }
    )


def signed_headers(keys: Sequence[bytes], identifier: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a call: one signature a key, so that a partner may change its key within the overlap."""
    signed = b".".join((identifier.encode(), str(at).encode(), body))
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        "content-type": "application/json",
        "user-agent": f"amanah/{__version__}",
    }


class Webhooks:
    """Worker that posts what waits, several partners at a time, each for a turn. Calls may take `timeout` seconds."""

    name = "partner webhooks"

    def __init__(self, store: Store, timeout: float = _TIMEOUT) -> None:
        self._store = store
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._hosts = frozenset(store.settings.webhook_private_hosts)
        self._stopping = asyncio.Event()
        self._looking = asyncio.Lock()
        """Held by the one that looks for work: idle ones ask the store no oftener than one would."""
        self._last = ""
        self._busy: set[str] = set()
        self._resting: dict[str, float] = {}
        self._posted = self._failed = self._failures = 0
        self._parked: list[str] = []
        self._fault: str | None = None

    async def run(self) -> None:
        """Posts until cancelled. A call that is cancelled is made again."""
        async with self._session() as session, asyncio.TaskGroup() as group:
            for _ in range(_SERVERS):
                group.create_task(self._serve(session))

    def trouble(self) -> str | None:
        """Returns which webhooks are parked: a person must speak with the partner, and activate them again."""
        parked = f"no outcomes are posted to {', '.join(self._parked)}: parked after three days of failures"
        return self._fault or (parked if self._parked else None)

    def figures(self) -> dict[str, float]:
        """Returns the calls `posted`, those that `failed`, and the webhooks that are `parked`."""
        return {"posted": self._posted, "failed": self._failed, "parked": len(self._parked)}

    def _session(self) -> aiohttp.ClientSession:
        # A new connection a call, so that each is made to an address that was checked.
        connector = aiohttp.TCPConnector(resolver=PublicResolver(self._hosts), use_dns_cache=False, force_close=True)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout)

    async def _serve(self, session: aiohttp.ClientSession) -> None:
        while True:
            try:
                async with self._looking:
                    partner = await self._next_partner()
                    if partner is None:
                        parked = await self._store[PARTNERS].list({"webhook.parkedAt": {"$gt": NEVER}})
                        self._parked = sorted(each["_id"] for each in parked)
                        await within(_POLL_SECONDS, self._stopping)
                        continue
                    self._busy.add(partner)
                await self._turn(session, partner)
                self._failures, self._fault = 0, None
            except Exception as error:  # nothing may end the worker; outcomes stay in the queue
                self._failures += 1
                if not isinstance(error, AmanahError):
                    log.exception("webhook worker failed")
                    self._fault = f"cannot post outcomes: {type(error).__name__}; see the logs"
                await within(pause_after(self._failures), self._stopping)

    async def _next_partner(self) -> str | None:
        """The partner whose turn it is: the next by id with outcomes that wait, and none that is served or rests."""
        now = time.monotonic()
        self._resting = {partner: until for partner, until in self._resting.items() if until > now}
        others = sorted(self._busy | self._resting.keys())
        for condition in ({"partner": {"$gt": self._last, "$nin": others}}, {"partner": {"$nin": others}}):
            found = await self._store[WEBHOOK_DELIVERIES].get(
                condition, projection={"partner": 1}, sort=[("partner", 1)]
            )
            if found and found["partner"] not in self._busy:
                self._last = found["partner"]
                return self._last
        return None

    async def _turn(self, session: aiohttp.ClientSession, partner_id: str) -> None:
        """Posts a partner's outcomes until its turn is over, nothing is left, or a call fails."""
        lease = Lease(self._store.db, f"webhook {partner_id}", _LEASE_SECONDS)
        end = time.monotonic() + _TURN_SECONDS
        try:
            while time.monotonic() < end and await lease.hold():
                head = await self._store[WEBHOOK_DELIVERIES].get({"partner": partner_id}, sort=[("order", 1)])
                if head is None:
                    return
                partner = await self._store[PARTNERS].get({"_id": partner_id})
                webhook = partner.get("webhook") if partner else None
                if partner is None or webhook is None or not webhook["active"]:
                    self._rest(partner_id, _LONGEST_REST)
                    return
                wait = (head["due"] - datetime.now(UTC)).total_seconds()
                if wait > 0:
                    self._rest(partner_id, wait)
                    return
                if not await self._post(session, partner, webhook["url"], head):
                    return
        finally:
            self._busy.discard(partner_id)
            with suppress(Unavailable):  # the lease ends by itself
                await asyncio.shield(lease.release())

    def _rest(self, partner_id: str, seconds: float) -> None:
        self._resting[partner_id] = time.monotonic() + min(seconds, _LONGEST_REST)

    async def _post(
        self, session: aiohttp.ClientSession, partner: PartnerDocument, url: str, delivery: WebhookDeliveryDocument
    ) -> bool:
        """Makes one call, and notes how it ended."""
        now, body = datetime.now(UTC), call_body(delivery)
        headers = signed_headers(
            webhook_keys(self._store.keys, partner, now), delivery["_id"], int(now.timestamp()), body
        )
        try:
            if not may_post_to(url, self._hosts):
                raise NotPublic("the address is not allowed")
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                answer = str(response.status)
                received = 200 <= response.status < 300
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            answer, received = type(error).__name__, False
        if received:
            self._posted += 1
            await note_delivered(self._store, delivery)
            return True
        self._failed += 1
        log.warning("webhook failed", partner=partner["_id"], answer=answer, failures=delivery["failures"] + 1)
        if await note_failed(self._store, delivery):
            log.error("webhook parked", partner=partner["_id"], answer=answer)
            self._parked = sorted({*self._parked, partner["_id"]})
        return False
