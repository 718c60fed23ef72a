"""Outcomes are posted to partners' webhooks: signed, in order, again after failures, and never to a private address."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import Refused
from amanah.contracts.partners import (
    AddPartner,
    ChangePartner,
    CredentialKind,
    GetPartners,
    RotatePartnerCredential,
    WebhookAddress,
)
from services.distribution.partner_events import webhooks
from services.distribution.partner_events.documents import DELIVERIES, WEBHOOK_DELIVERIES, WebhookDeliveryDocument
from services.distribution.partner_events.rules import retry_delay
from services.distribution.partner_events.webhooks import NotPublic, PublicResolver, Webhooks
from services.distribution.partners.rules import may_post_to
from tests.integration.distribution.scene import Scene
from tests.waiting import eventually

Event = Callable[..., dict[str, Any]]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOST = "127.0.0.1"
PAGE = Path(__file__).parents[4] / "docs" / "partners" / "webhooks.md"


class Receiver:
    """A partner's own HTTP server. It answers each call with the next of `answers`, and then with 204."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int | Answer] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Notes a call."""
        self.calls.append((dict(request.headers), await request.read()))
        answer = self.answers.pop(0) if self.answers else 204
        return web.Response(status=answer) if isinstance(answer, int) else await answer(request)

    def ids(self) -> list[list[str]]:
        """The event ids of each call."""
        return [[each["event_id"] for each in json.loads(body)["data"]["outcomes"]] for _, body in self.calls]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server of a partner on this machine."""
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    assert site._server
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    found.url = f"http://{HOST}:{port}/outcomes"
    yield found
    await runner.cleanup()


@pytest.fixture
def admin(person: Callable[..., Actor], scene: Scene) -> Actor:
    """An administrator of the regency, where webhooks may reach this machine."""
    scene.store.settings = scene.store.settings.model_copy(update={"webhook_private_hosts": (HOST,)})
    return person("Adi", ADMIN="32.01")


@pytest.fixture
async def posting(scene: Scene, admin: Actor) -> AsyncIterator[Callable[..., Webhooks]]:
    """Starts the worker."""
    tasks: list[asyncio.Task[None]] = []

    def start(timeout: float = 10.0) -> Webhooks:
        made = Webhooks(scene.store, timeout)
        tasks.append(asyncio.create_task(made.run()))
        return made

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def partner(scene: Scene, admin: Actor, url: str, name: str = "Partner B") -> tuple[Actor, str]:
    """A partner in the sandbox with a webhook, as its tokens show it, and the webhook's secret."""
    made = (await scene.call(AddPartner(name=name, area="32.01", sandbox=True), admin)).partner
    rotate = RotatePartnerCredential(partner_id=made.id, kind=CredentialKind.WEBHOOK)
    secret = (await scene.call(rotate, admin)).credentials[0].secret
    await scene.call(ChangePartner(partner_id=made.id, webhook=WebhookAddress(url=url)), admin)
    bearer = Actor(id=made.id, name=name, grants=(Grant(role=Role.LOGISTICS, area="32.01"),), session="s")
    return bearer, secret


def signed(secret: str, headers: dict[str, str], body: bytes) -> str:
    """The signature as the specification describes it, by another library than the house's."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = HMAC(base64.b64decode(secret.removeprefix("whsec_")), hashes.SHA256())
    made.update(content)
    return "v1," + base64.b64encode(made.finalize()).decode()


async def waiting(scene: Scene) -> int:
    return await scene.store[WEBHOOK_DELIVERIES].count({})


async def all_posted(scene: Scene) -> None:
    async def none() -> bool:
        return await waiting(scene) == 0

    await eventually(none)


async def failed(scene: Scene, attempts: int) -> None:
    await eventually(lambda: scene.store[WEBHOOK_DELIVERIES].get({"failures": attempts}))


async def due(scene: Scene, **more: Any) -> WebhookDeliveryDocument:
    """Makes the next attempt due, as after its wait."""
    head = (await scene.store[WEBHOOK_DELIVERIES].list({}, sort=[("order", 1)]))[0]
    changed: Any = {**head, "due": datetime.now(UTC), **more}
    await scene.store[WEBHOOK_DELIVERIES].put(changed)
    return head


async def test_outcomes_are_posted_signed_one_call_a_batch(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, secret = await partner(scene, admin, receiver.url)
    job = await scene.capture(event("SANDBOX-001", "shipping", "SANDBOX-POS"), event("X-1", "shipping"), by=by)
    assert await waiting(scene) == 1
    worker = posting()
    await all_posted(scene)
    ((headers, body),) = receiver.calls
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["webhook-signature"] == signed(secret, headers, body)
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    sent = json.loads(body)
    assert sent["type"] == "id.amanah.distribution.partner-event.decided.v1"
    assert sent["data"]["partner_id"] == by.id
    accepted, rejected = sent["data"]["outcomes"]
    assert (accepted["outcome"], accepted["code"], accepted["index"]) == ("accepted", None, 0)
    assert (rejected["outcome"], rejected["code"], rejected["field"]) == (
        "rejected", "unknown_package", "/epcisBody/eventList/1/epcList/0",
    )  # fmt: skip
    assert {each["source"] for each in (accepted, rejected)} == {job.id}
    assert "original" not in rejected
    assert worker.figures() == {"posted": 1, "failed": 0, "parked": 0}


async def test_many_outcomes_are_posted_a_hundred_a_call(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, _ = await partner(scene, admin, receiver.url)
    events = [event(f"SANDBOX-{n % 100 + 1:03}", "shipping", "SANDBOX-POS") | {"eventID": f"urn:x:{n}"}
              for n in range(250)]  # fmt: skip
    job = await scene.capture(*events, by=by, rollback=True)
    assert not job.running
    posting()
    await all_posted(scene)
    assert [len(ids) for ids in receiver.ids()] == [100, 100, 50]
    assert [each for ids in receiver.ids() for each in ids] == [f"urn:x:{n}" for n in range(250)]


async def test_a_failed_call_is_made_again_before_the_next(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, _ = await partner(scene, admin, receiver.url)
    for n in range(2):
        await scene.capture(event("SANDBOX-001", "shipping") | {"eventID": f"urn:x:{n}"}, by=by)
    receiver.answers = [500, 429]
    worker = posting()
    for attempt in (1, 2):
        await failed(scene, attempt)
        head = await due(scene)
        assert timedelta(seconds=1) < head["due"] - datetime.now(UTC) < timedelta(seconds=11)
    # The worker looks at a partner that rests every few seconds.
    worker._resting.clear()
    await all_posted(scene)
    assert receiver.ids() == [["urn:x:0"], ["urn:x:0"], ["urn:x:0"], ["urn:x:1"]]
    ids = [headers["webhook-id"] for headers, _ in receiver.calls]
    assert len(set(ids[:3])) == 1
    assert len(set(ids)) == 2
    assert len({body for _, body in receiver.calls[:3]}) == 1
    # The lane waited for none of it.
    assert await scene.store[DELIVERIES].count({}) == 0


async def test_a_webhook_is_parked_after_three_days_and_goes_on_when_it_is_activated(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, _ = await partner(scene, admin, receiver.url)
    await scene.capture(event("SANDBOX-001", "shipping"), by=by)
    receiver.answers = [500]
    await due(scene, failures=80, since=datetime.now(UTC) - timedelta(days=3, minutes=1))
    worker = posting()

    async def parked() -> bool:
        return worker.trouble() is not None

    await eventually(parked)
    assert by.id in (worker.trouble() or "")
    shown = (await scene.call(GetPartners(ids=(by.id,)), admin)).nodes[0].webhook
    assert shown
    assert not shown.active
    assert shown.parked_at
    entries = [
        e for e in await scene.published("audit.entries.v1") if e["action"] == "distribution:partner-webhook:park"
    ]
    assert [(e["subject"], e["actor"]["role"]) for e in entries] == [({"type": "Partner", "id": by.id}, "SYSTEM")]
    # Outcomes from then on are on the topic and in the capture jobs; those that wait go on.
    await scene.capture(event("SANDBOX-002", "shipping"), by=by)
    assert (await waiting(scene), len(receiver.calls)) == (1, 1)
    await scene.call(ChangePartner(partner_id=by.id, webhook=WebhookAddress(url=receiver.url)), admin)
    worker._resting.clear()
    await all_posted(scene)

    async def well() -> bool:
        return worker.trouble() is None

    await eventually(well)
    assert len(receiver.calls) == 2


async def test_redirects_are_not_followed_and_slow_servers_are_left(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, _ = await partner(scene, admin, receiver.url)
    released = asyncio.Event()

    async def redirect(_: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": receiver.url + "/elsewhere"})

    async def slow(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response(status=204)

    receiver.answers = [redirect, slow]
    await scene.capture(event("SANDBOX-001", "shipping"), by=by)
    worker = posting(timeout=0.3)
    for attempt in (1, 2):
        await failed(scene, attempt)
        assert len(receiver.calls) == attempt
        await due(scene)
        worker._resting.clear()
    released.set()
    await all_posted(scene)
    assert worker.figures() == {"posted": 1, "failed": 2, "parked": 0}


async def test_one_partners_server_holds_up_no_other(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    released = asyncio.Event()
    slow_by, _ = await partner(scene, admin, receiver.url, "Slow")
    by, _ = await partner(scene, admin, receiver.url, "Quick")

    async def slow(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response(status=204)

    receiver.answers = [slow]
    await scene.capture(event("SANDBOX-001", "shipping"), by=slow_by)
    posting()
    await eventually(lambda: asyncio.sleep(0, len(receiver.calls) == 1))
    await scene.capture(event("SANDBOX-001", "shipping"), by=by)
    await eventually(lambda: asyncio.sleep(0, len(receiver.calls) == 2))
    assert await scene.store[WEBHOOK_DELIVERIES].count({"partner": slow_by.id}) == 1
    released.set()
    await all_posted(scene)


async def test_both_secrets_sign_until_the_earlier_one_ends(
    scene: Scene, admin: Actor, receiver: Receiver, event: Event, posting: Callable[..., Webhooks]
) -> None:
    by, first = await partner(scene, admin, receiver.url)
    rotate = RotatePartnerCredential(partner_id=by.id, kind=CredentialKind.WEBHOOK)
    second = (await scene.call(rotate, admin)).credentials[0].secret
    posting()
    await scene.capture(event("SANDBOX-001", "shipping"), by=by)
    await all_posted(scene)
    third = (await scene.call(rotate.model_copy(update={"now": True}), admin)).credentials[0].secret
    await scene.capture(event("SANDBOX-002", "shipping"), by=by)
    await all_posted(scene)
    for (headers, body), secrets in zip(receiver.calls, ((first, second), (third,)), strict=True):
        assert headers["webhook-signature"].split(" ") == [signed(each, headers, body) for each in secrets]


async def test_addresses_that_are_not_public_are_refused(scene: Scene, admin: Actor) -> None:
    made = (await scene.call(AddPartner(name="Partner B", area="32.01"), admin)).partner
    assert [each.kind for each in made.credentials] == ["OAUTH2", "HMAC", "KAFKA"]
    with pytest.raises(Refused) as caught:
        await scene.call(ChangePartner(partner_id=made.id, webhook=WebhookAddress(url="https://a.example/")), admin)
    assert (caught.value.code, caught.value.field) == ("webhook_secret_missing", "webhook")
    await scene.call(RotatePartnerCredential(partner_id=made.id, kind=CredentialKind.WEBHOOK), admin)
    with pytest.raises(Refused) as caught:
        await scene.call(ChangePartner(partner_id=made.id, webhook=WebhookAddress(url="http://a.example/")), admin)
    assert (caught.value.code, caught.value.field) == ("webhook_address", "webhook.url")
    changed = await scene.call(
        ChangePartner(partner_id=made.id, webhook=WebhookAddress(url="https://a.example/")), admin
    )
    assert changed.webhook
    assert (changed.webhook.url, changed.webhook.active) == ("https://a.example/", True)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://partner.example/outcomes?key=1", True),
        ("https://8.8.8.8:8443/", True),
        ("https://[2001:4860:4860::8888]/", True),
        ("http://trusted/", True),
        ("http://partner.example/", False),
        ("ftp://trusted/", False),
        ("https://user:word@partner.example/", False),
        ("https://partner.example/#part", False),
        ("https://localhost/", False),
        ("https://127.0.0.1/", False),
        ("https://10.1.2.3/", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://0.0.0.0/", False),
        ("https://100.64.0.1/", False),
        ("https://224.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://[::ffff:127.0.0.1]/", False),
        ("https://[64:ff9b::7f00:1]/", False),
        ("https://[2002:7f00:1::]/", False),
        ("https://[fd00::1]/", False),
        ("https:///path", False),
        ("https://[/", False),
        ("partner.example", False),
    ],
)
def test_which_addresses_are_allowed(url: str, allowed: bool) -> None:
    assert may_post_to(url, {"trusted"}) is allowed


async def test_a_name_that_means_a_private_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("localhost", "127.1", "2130706433"):
        with pytest.raises(NotPublic):
            await PublicResolver(()).resolve(name, 443, socket.AF_INET)
        assert await PublicResolver((name,)).resolve(name, 443, socket.AF_INET)


def test_waits_grow_to_an_hour() -> None:
    assert [retry_delay(n, 1).total_seconds() for n in (1, 2, 3, 10, 11, 1_000)] == [5, 10, 20, 2560, 3600, 3600]
    assert retry_delay(1, 0).total_seconds() == 2.5


def test_the_signature_is_that_of_the_specification() -> None:
    page = PAGE.read_text()
    secret, identifier, body, signature = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    )  # fmt: skip
    assert all(each in page for each in (secret, identifier, body.decode(), signature))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = webhooks.signed_headers([b"other", key], identifier, 1614265330, body)
    assert headers["webhook-signature"].split(" ")[1] == signature
    # The code on the page for partners verifies it.
    names: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    assert names["is_genuine"](secret, headers, body)
    assert not names["is_genuine"](secret, headers, body + b" ")
