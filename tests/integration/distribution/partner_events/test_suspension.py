"""Suspended partners and ended secrets on the bus: suspended events are answered, those of an ended secret are parked."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor
from amanah.contracts.partners import (
    AddPartner,
    CredentialKind,
    PartnerView,
    ResumePartner,
    RotatePartnerCredential,
    SuspendPartner,
)
from amanah.contracts.topics import partner_outcomes
from amanah.runtime.bus.bus import Message
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import PARTNER_TOKENS, PartnerIssuer, Verifier
from services.distribution.partner_events.bus_intake import Intake
from services.distribution.partner_events.commands.lanes import Lane
from services.distribution.partner_events.documents import PARTNER_EVENTS, PARTNER_SESSIONS
from services.distribution.reactions import raw_reactions
from tests.integration.distribution.scene import Scene

Event = Callable[..., dict[str, Any]]


class Bus:
    """Messages of a partner, with tokens of our token endpoint."""

    def __init__(self, scene: Scene, issuer: LocalIssuer, keys: Keyring, partner: PartnerView) -> None:
        self.scene = scene
        self.partner = partner
        self.tokens = PartnerIssuer(keys.derive(PARTNER_TOKENS), "amanah")
        verifier = Verifier(issuer.jwks(), "amanah-trial", "amanah", self.tokens)
        (self.sort,) = raw_reactions(Intake(verifier)).values()
        self.offset = 0

    def token(self) -> str:
        """A token of the partner."""
        return self.tokens.issue(self.partner.id, self.partner.name, "32.01", timedelta(hours=1))

    def message(self, content: dict[str, Any], token: str, seconds: int = 0) -> Message:
        """An event as it is on the bus at this moment, or so many seconds later."""
        self.offset += 1
        at = int((time.time() + seconds) * 1000)
        headers = (("amanah-token", token.encode()),)
        return Message("logistics.intake.v1", 0, self.offset, at, b"P", json.dumps(content).encode(), headers)

    async def receive(self, *messages: Message) -> list[str]:
        """Sorts messages into the lane and serves it. Returns the codes of what is parked."""
        parked = await self.scene.store.db.transaction(lambda tx: self.sort(self.scene.store, tx, messages))
        while await Lane(self.scene.store, self.partner.id).serve_batch():
            pass
        return [each.reason.code for each in parked or ()]

    async def outcomes(self) -> list[tuple[str, str | None]]:
        """What the partner was told."""
        told = await self.scene.published(partner_outcomes(self.partner.id).name)
        return [(each["outcome"], each["code"]) for each in told]


@pytest.fixture
def admin(person: Callable[..., Actor]) -> Actor:
    """An administrator of the regency."""
    return person("Adi", ADMIN="32.01")


@pytest.fixture
async def bus(scene: Scene, issuer: LocalIssuer, keys: Keyring, admin: Actor) -> Bus:
    """The bus, with a partner in the sandbox."""
    made = await scene.call(AddPartner(name="Partner B", area="32.01", sandbox=True), admin)
    return Bus(scene, issuer, keys, made.partner)


async def test_events_of_a_suspended_partner_are_answered(scene: Scene, admin: Actor, bus: Bus, event: Event) -> None:
    earlier = bus.token()
    await bus.receive(bus.message(event("SANDBOX-001", "shipping"), earlier))
    await scene.call(SuspendPartner(partner_id=bus.partner.id, reason="The contract ended"), admin)
    suspended = event("SANDBOX-002", "shipping")
    # Neither a token from before helps, nor one from after, which only a race could give.
    assert await bus.receive(bus.message(suspended, earlier), bus.message(suspended, bus.token())) == []
    assert await bus.outcomes() == [("accepted", None), *[("rejected", "partner_suspended")] * 2]
    assert await scene.store[PARTNER_EVENTS].count({}) == 1
    await scene.call(ResumePartner(partner_id=bus.partner.id), admin)
    await bus.receive(bus.message(suspended, earlier))
    assert (await bus.outcomes())[-1] == ("accepted", None)


async def test_tokens_of_a_secret_that_was_ended_do_not_help(
    scene: Scene, admin: Actor, bus: Bus, event: Event
) -> None:
    earlier = bus.token()
    before = bus.message(event("SANDBOX-001", "shipping"), earlier, seconds=-1)
    rotate = RotatePartnerCredential(partner_id=bus.partner.id, kind=CredentialKind.OAUTH2)
    await scene.call(rotate, admin)
    # The earlier secret may be used for a day more, and so may its tokens.
    assert await bus.receive(bus.message(event("SANDBOX-002", "shipping"), earlier)) == []
    await scene.call(rotate.model_copy(update={"now": True}), admin)
    stolen = bus.message(event("SANDBOX-003", "shipping"), earlier, seconds=1)
    assert await bus.receive(before, stolen) == ["token_revoked"]
    assert await bus.outcomes() == [("accepted", None)] * 2
    assert len(await scene.store[PARTNER_SESSIONS].list({})) == 1
    # Another kind of credential has no tokens.
    later = rotate.model_copy(update={"kind": CredentialKind.HMAC, "now": True})
    await scene.call(later, admin)
