"""The wiring: called as the gateway calls it, on the stores and the bus of one machine."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.custody.packages import CreatePackages, GetPackage, NewPackage, PackageView
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.partners import AddPartner
from amanah.contracts.rounds import GetRounds
from amanah.contracts.topics import DISTRIBUTION, LOGISTICS_INTAKE
from amanah.runtime.bus.bus import Outgoing, Start
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import PARTNER_TOKENS, CallSigner, PartnerIssuer, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import Runtime, Service
from amanah.runtime.settings import Settings
from services.distribution import app
from tests.integration.distribution.scene import Scene
from tests.waiting import eventually

SECRET = "s" * 32


def partner_issuer(keys: Keyring) -> PartnerIssuer:
    """The issuer of partners' tokens, as the gateway has it."""
    return PartnerIssuer(keys.derive(PARTNER_TOKENS), "amanah")


@pytest.fixture
async def service(
    stores: Settings,
    database: Callable[[str], Database],
    db: Database,
    objects: Objects,
    keys: Keyring,
    issuer: LocalIssuer,
    bus: LocalBus,
) -> AsyncIterator[Service]:
    runtime = Runtime(
        settings=stores,
        database=lambda _: db,
        objects=objects,
        bus=bus,
        keys=keys,
        signer=CallSigner(SECRET),
        verifier=Verifier(issuer.jwks(), "amanah-trial", "amanah", partner_issuer(keys)),
    )
    built = app.build(runtime)
    async with built.running():
        yield built


async def test_from_a_message_on_the_bus_to_an_event_on_the_bus(
    scene: Scene,
    service: Service,
    bus: LocalBus,
    event: Callable[..., Any],
    issuer: LocalIssuer,
    person: Callable[..., Actor],
) -> None:
    await scene.open()
    await scene.package("P-1")
    follower = await bus.subscribe([DISTRIBUTION.name], group=None, start=Start.EARLIEST)
    token = issuer.issue("PT Angkut", [Grant(role=Role.LOGISTICS, area="32")])
    value = json.dumps(event("P-1", "receiving", "POS")).encode()
    await bus.publish([Outgoing(LOGISTICS_INTAKE.name, b"P-1", value, (("amanah-token", token.encode()),))])

    client = Client({"distribution": InProcessTransport(service.mounted())}, CallSigner(SECRET))

    async def arrived() -> bool:
        return (await _package(client, scene.officer)).status == "ARRIVED"

    await eventually(arrived, every=0.05)
    async with asyncio.timeout(30):
        seen: list[str] = []
        while "package.moved" not in " ".join(seen):
            seen += [m.header("ce_type") or "" for m in await follower.poll(timeout=0.2)]
    await follower.close()
    assert service.troubles() == []
    with pytest.raises(NotFound):
        await client.call(GetPackage(code="P-1"), person("Joko", AUDITOR="33"))
    with pytest.raises(Forbidden):
        await client.call(GetRounds(ids=(scene.round.id,)), person("nobody"))
    with pytest.raises(Refused) as caught:
        await client.call(await scene.handover(entitlement_id="nothing"), scene.officer)
    assert (caught.value.code, caught.value.field) == ("not_assigned", "entitlementId")


async def test_a_partner_moves_its_package_with_a_token_of_ours(
    scene: Scene,
    service: Service,
    bus: LocalBus,
    event: Callable[..., Any],
    keys: Keyring,
    person: Callable[..., Actor],
) -> None:
    await scene.open()
    await scene.package("P-0")
    client = Client({"distribution": InProcessTransport(service.mounted())}, CallSigner(SECRET))
    account = await client.call(AddPartner(name="Partner B", area="32.01"), person("Adi", ADMIN="32"))
    package = NewPackage(code="P-1", area="32.01.05", partner="Partner B", contents=())
    await client.call(CreatePackages(round_id=scene.round.id, packages=(package,)), scene.supervisor)
    token = partner_issuer(keys).issue(account.partner.id, "Partner B", "32.01", timedelta(minutes=5))
    value = json.dumps(event("P-1", "receiving", "POS")).encode()
    await bus.publish([Outgoing(LOGISTICS_INTAKE.name, b"P-1", value, (("amanah-token", token.encode()),))])
    async with asyncio.timeout(30):
        while (await _package(client, scene.officer)).place is None:
            await asyncio.sleep(0.05)
    assert service.troubles() == []


async def _package(client: Client, viewer: Actor) -> PackageView:
    return await client.call(GetPackage(code="P-1"), viewer)


async def test_denials_are_audit_entries(
    scene: Scene, service: Service, bus: LocalBus, person: Callable[..., Actor]
) -> None:
    client = Client({"distribution": InProcessTransport(service.mounted())}, CallSigner(SECRET))
    wati = person("Wati", RECIPIENT="32.01")
    with pytest.raises(Forbidden):
        await client.call(GetRounds(ids=("rnd_1",)), wati)
    follower = await bus.subscribe(["audit.entries.v1"], group=None, start=Start.EARLIEST)
    entries: list[Any] = []
    until = time.monotonic() + 30
    while not entries and time.monotonic() < until:
        read = [json.loads(m.value) for m in await follower.poll(timeout=0.2)]
        entries += [entry for entry in read if entry["actor"]["id"] == wati.id]
    await follower.close()
    assert [(e["action"], e["outcome"], e["subject"]["id"]) for e in entries] == [
        ("access:request:deny", "denied", "distribution.get_rounds")
    ]
