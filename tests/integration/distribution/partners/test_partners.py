"""Partners are records: one a name, within the area of who registers them, and nothing is decided by a display name."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.custody.custody import Piece, RecordPackageLoss, SplitPackage
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import (
    CreatePackages,
    CreatePlaces,
    GetPackage,
    ListPackages,
    NewPackage,
    NewPlace,
    PackageView,
)
from amanah.contracts.errors import Forbidden, NotFound, Refused, Unauthenticated
from amanah.contracts.ids import new_id
from amanah.contracts.message import Item, Request
from amanah.contracts.partners import (
    PARTNER_GATEWAY,
    AddPartner,
    AuthenticatePartner,
    ChangePartner,
    CredentialKind,
    GetPartners,
    ListPartners,
    PartnerAccount,
    PartnerLimits,
    ResumePartner,
    RotatePartnerCredential,
    Signature,
    SuspendPartner,
)
from amanah.runtime.identity import person_id
from services.distribution.custody.documents import PACKAGES
from services.distribution.partners.documents import PARTNERS
from services.distribution.partners.lookup import find_partner, owner_ids
from tests.integration.distribution.scene import HOME, RICE, Scene

DISTRIBUTION, AUDIT = "distribution.events.v1", "audit.entries.v1"
AREA = "32.01"
Person = Callable[..., Actor]


@pytest.fixture
def admin(person: Person) -> Actor:
    """An administrator of the regency."""
    return person("Adi", ADMIN=AREA)


async def added(scene: Scene, admin: Actor, name: str = "Partner B", **more: Any) -> PartnerAccount:
    return await scene.call(AddPartner(name=name, area=AREA, **more), admin)


def bearer(account: PartnerAccount) -> Actor:
    """The partner as its own tokens show it."""
    return Actor(
        id=account.partner.id, name=account.partner.name, grants=(Grant(role=Role.LOGISTICS, area=AREA),), session="s"
    )


def secret(account: PartnerAccount, kind: CredentialKind) -> str:
    return next(each.secret for each in account.credentials if each.kind == kind)


def package(code: str, partner: str | None, area: str = "32.01.05") -> NewPackage:
    return NewPackage(code=code, area=area, partner=partner, contents=(Item(sku=RICE, quantity=Decimal(100)),))


async def made(scene: Scene, by: Actor, *packages: NewPackage) -> list[PackageView]:
    return list((await scene.call(CreatePackages(round_id=scene.round.id, packages=packages), by)).nodes)


async def codes(scene: Scene, viewer: Actor) -> list[str]:
    return sorted(p.code for p in (await scene.call(ListPackages(), viewer)).nodes)


async def test_a_partner_is_registered_with_three_credentials(scene: Scene, admin: Actor) -> None:
    account = await added(
        scene, admin, contacts=("Siti, ops@partner.example", "0812-3456-7890"), places=("POS",), packages=("B-",),
        limits=PartnerLimits(events_per_minute=10, pending_events=20), sandbox=True,
    )  # fmt: skip
    partner = account.partner
    assert (partner.name, partner.area, partner.status, partner.sandbox) == ("Partner B", AREA, "ACTIVE", True)
    assert partner.contacts == ("Siti, ops@partner.example", "0812-3456-7890")
    assert (partner.limits.events_per_minute, partner.limits.pending_events) == (10, 20)
    assert [each.kind for each in account.credentials] == ["OAUTH2", "HMAC", "KAFKA"]
    stored = json.dumps(await scene.one(PARTNERS), default=str)
    for told in (*(each.secret for each in account.credentials), "ops@partner.example"):
        assert told not in stored
    assert [e for e in await scene.published(DISTRIBUTION) if "partner_id" in e] == [
        {"partner_id": partner.id, "area": AREA, "sandbox": True}
    ]
    entry = (await scene.published(AUDIT))[-1]
    assert (entry["action"], entry["subject"]) == ("distribution:partner:add", {"type": "Partner", "id": partner.id})
    listed = await scene.call(ListPartners(), admin)
    assert [each.id for each in listed.nodes] == [partner.id]
    assert (await scene.call(GetPartners(ids=(partner.id,)), admin)).nodes == listed.nodes
    read = (await scene.published(AUDIT))[-1]
    assert (read["action"], read["concerns"]) == ("access:personal-data:read", [{"type": "Partner", "id": partner.id}])


async def test_sixty_four_at_once_with_one_name_are_one_record(scene: Scene, admin: Actor) -> None:
    names = [("PARTNER b", "Partner  B", "partner B")[n % 3] for n in range(64)]
    done = await asyncio.gather(*(added(scene, admin, name) for name in names), return_exceptions=True)
    accounts = [each for each in done if isinstance(each, PartnerAccount)]
    assert len(accounts) == 1
    assert {each.code for each in done if isinstance(each, Refused)} == {"partner_name_taken"}
    assert len([each for each in done if isinstance(each, Refused)]) == 63
    assert await scene.store[PARTNERS].count({}) == 1
    assert len([e for e in await scene.published(DISTRIBUTION) if "sandbox" in e]) == 1


async def test_a_user_acts_for_one_partner_only(scene: Scene, admin: Actor) -> None:
    user = scene.partner.id
    asks = (added(scene, admin, f"Partner {n}", subjects=(user,)) for n in range(16))
    done = await asyncio.gather(*asks, return_exceptions=True)
    assert len([each for each in done if isinstance(each, PartnerAccount)]) == 1
    assert {each.code for each in done if isinstance(each, Refused)} == {"partner_subject_taken"}
    # Those without users do not meet.
    await added(scene, admin, "One")
    other = await added(scene, admin, "Two")
    with pytest.raises(Refused) as caught:
        await scene.call(ChangePartner(partner_id=other.partner.id, subjects=(new_id("usr"), user)), admin)
    assert (caught.value.code, caught.value.field) == ("partner_subject_taken", "subjects.1")


async def test_only_administrators_of_the_area_register_and_see_partners(
    scene: Scene, admin: Actor, person: Person
) -> None:
    for by in (scene.supervisor, scene.partner, person("elsewhere", ADMIN="33"), person("below", ADMIN="32.01.05")):
        with pytest.raises(Forbidden):
            await added(scene, by)
    assert await scene.store[PARTNERS].count({}) == 0
    partner = (await added(scene, admin)).partner
    elsewhere = person("elsewhere", ADMIN="33")
    asks: tuple[Request[Any], ...] = (
        ChangePartner(partner_id=partner.id, places=("POS",)),
        RotatePartnerCredential(partner_id=partner.id, kind=CredentialKind.HMAC),
        SuspendPartner(partner_id=partner.id, reason="No contract."),
        ResumePartner(partner_id=partner.id),
    )
    for ask in asks:
        with pytest.raises(NotFound):
            await scene.call(ask, elsewhere)
        with pytest.raises(Forbidden):
            await scene.call(ask, scene.supervisor)
    assert (await scene.call(ListPartners(), elsewhere)).nodes == ()
    assert (await scene.call(GetPartners(ids=(partner.id,)), elsewhere)).nodes == ()
    with pytest.raises(Forbidden):
        await scene.call(ListPartners(), scene.partner)
    assert [each.id for each in (await scene.call(ListPartners(), person("above", ADMIN="ID"))).nodes] == [partner.id]


async def test_a_name_of_a_token_sees_and_moves_nothing(
    scene: Scene, admin: Actor, person: Person, event: Callable[..., Any]
) -> None:
    await scene.open()
    account = await added(scene, admin)
    (found,) = await made(scene, scene.supervisor, package("B-1", "partner b"))
    assert found.partner == "Partner B"
    owner, thief = bearer(account), person("Partner B", LOGISTICS="32")
    assert thief.name == owner.name
    assert (await codes(scene, owner), await codes(scene, thief)) == (["B-1"], [])
    with pytest.raises(NotFound):
        await scene.call(GetPackage(code="B-1"), thief)
    now = datetime.now(UTC)
    rice = (Item(sku=RICE, quantity=Decimal(1)),)
    asks: tuple[Request[Any], ...] = (
        SplitPackage(package_code="B-1", pieces=(Piece(code="B-1-A", contents=rice),), occurred_at=now),
        RecordPackageLoss(client_id="c" * 36, package_code="B-1", kind="LOST", items=rice, occurred_at=now),
        MakePackageLabels(round_id=scene.round.id, codes=("B-1",)),
    )
    for ask in asks:
        with pytest.raises(Refused) as caught:
            await scene.call(ask, thief)
        assert caught.value.code == "package_unknown"
    with pytest.raises(Refused) as caught:
        await made(scene, thief, package("B-2", "Partner B"))
    assert caught.value.code == "not_your_package"
    stolen = await scene.capture(event("B-1", "shipping", "GUDANG"), by=thief)
    assert [(e.result, e.code) for e in stolen.events] == [("rejected", "not_your_package")]
    # The owner may do all of it.
    assert (await scene.call(GetPackage(code="B-1"), owner)).partner == "Partner B"
    split = await scene.call(
        SplitPackage(package_code="B-1", pieces=(Piece(code="B-1-A", contents=rice),), occurred_at=now), owner
    )
    assert [p.partner for p in split.nodes] == ["Partner B", "Partner B"]
    assert await codes(scene, owner) == ["B-1", "B-1-A"]
    assert [p.partner for p in await made(scene, owner, package("B-3", None))] == ["Partner B"]


async def test_who_a_name_means(scene: Scene, admin: Actor) -> None:
    await scene.open()
    account = await added(scene, admin, subjects=(scene.other_partner.id,))
    for code, given, means in (
        ("C-1", "PARTNER  B", account.partner.id),
        ("C-2", account.partner.id, account.partner.id),
        ("C-3", scene.other_partner.id, account.partner.id),
        ("C-4", scene.partner.id, scene.partner.id),
        ("C-5", "PT Angkut", person_id("PT Angkut")),
        ("C-6", None, None),
    ):
        await made(scene, scene.supervisor, package(code, given))
        assert (await scene.one(PACKAGES, {"code": code}))["partner"] == means, code
    for given in (new_id("ptn"),):
        with pytest.raises(Refused) as caught:
            await made(scene, scene.supervisor, package("C-7", given))
        assert (caught.value.code, caught.value.field) == ("partner_unknown", "packages.0.partner")
    # Where an identity provider is trusted, no name is a user.
    scene.store = replace(scene.store, trial_issuer=False)
    with pytest.raises(Refused) as caught:
        await made(scene, scene.supervisor, package("C-8", "PT Angkut"))
    assert caught.value.code == "partner_unknown"
    assert await owner_ids(scene.store, scene.other_partner) == (account.partner.id, scene.other_partner.id)
    assert await find_partner(scene.store, scene.partner) is None


async def test_a_partner_carries_what_its_record_allows(scene: Scene, admin: Actor, person: Person) -> None:
    await scene.open()
    await added(scene, admin, packages=("B-",))
    nation = person("Nusa", SUPERVISOR="ID")
    assert await made(scene, nation, package("B-1", "Partner B"))
    with pytest.raises(Refused) as caught:
        await made(scene, nation, package("A-1", "Partner B"))
    assert (caught.value.code, caught.value.field) == ("partner_outside", "packages.0.partner")
    await scene.call(AddPartner(name="Far", area="33"), person("Jauh", ADMIN="33"))
    with pytest.raises(Refused) as caught:
        await made(scene, nation, package("F-1", "Far"))
    assert caught.value.code == "partner_outside"


async def test_earlier_packages_keep_their_owner(scene: Scene, admin: Actor) -> None:
    await scene.open()
    for code in ("P-1", "P-2", "P-3"):
        await scene.package(code)
    by_name = {"$set": {"partner": "Partner B"}, "$unset": {"partnerName": ""}}
    await scene.store[PACKAGES].update({"code": "P-2"}, by_name)
    # What lies outside of the partner's area is not the administrator's to give.
    await scene.store[PACKAGES].update({"code": "P-3"}, {"$set": {"partner": "Partner B", "area": "33.01"}})
    account = await added(scene, admin, subjects=(scene.partner.id,))
    assert await codes(scene, bearer(account)) == ["P-1", "P-2"]
    assert await codes(scene, scene.partner) == ["P-1", "P-2"]
    shown = {p.code: p.partner for p in (await scene.call(ListPackages(), scene.supervisor)).nodes}
    assert shown == {"P-1": "PT Angkut", "P-2": "Partner B"}
    entry = next(e for e in await scene.published(AUDIT) if e["action"] == "distribution:partner:add")
    assert entry["reason"] == "2 packages"


async def test_a_suspended_partner_is_told_why(scene: Scene, admin: Actor) -> None:
    await scene.open()
    account = await added(scene, admin, subjects=(scene.partner.id,))
    await made(scene, scene.supervisor, package("B-1", "Partner B"))
    suspended = await scene.call(SuspendPartner(partner_id=account.partner.id, reason="The contract ended"), admin)
    assert (suspended.status, suspended.reason) == ("SUSPENDED", "The contract ended")
    labels = MakePackageLabels(round_id=scene.round.id, codes=("B-1",))
    place = NewPlace(code="X", name="X", kind="POST", area="32.01.05", location=HOME)
    asks: tuple[Request[Any], ...] = (
        ListPackages(), GetPackage(code="B-1"), labels, CreatePlaces(places=(place,)),
        IssuePackageCodes(round_id=scene.round.id, count=1, scheme="OWN"),
    )  # fmt: skip
    for by in (bearer(account), scene.partner):
        for ask in asks:
            with pytest.raises(Forbidden) as caught:
                await scene.call(ask, by)
            assert (caught.value.code, "The contract ended" in caught.value.message) == ("partner_suspended", True)
        with pytest.raises(Forbidden):
            await made(scene, by, package("B-2", None))
    found = await find_partner(scene.store, scene.partner)
    assert found
    assert (found["status"], found["reason"]) == ("SUSPENDED", "The contract ended")
    with pytest.raises(Forbidden) as caught:
        await scene.call(
            AuthenticatePartner(partner_id=account.partner.id, secret=secret(account, CredentialKind.OAUTH2)),
            PARTNER_GATEWAY,
        )
    assert caught.value.code == "partner_suspended"
    # Whoever does not know the secret does not learn that the partner is suspended.
    with pytest.raises(Unauthenticated):
        await scene.call(AuthenticatePartner(partner_id=account.partner.id, secret="guess"), PARTNER_GATEWAY)
    again = await scene.call(SuspendPartner(partner_id=account.partner.id, reason="The contract ended"), admin)
    assert again.suspended_at == suspended.suspended_at
    resumed = await scene.call(ResumePartner(partner_id=account.partner.id), admin)
    assert (resumed.status, resumed.reason, resumed.suspended_at) == ("ACTIVE", None, None)
    assert await codes(scene, bearer(account)) == ["B-1"]
    actions = [e["action"] for e in await scene.published(AUDIT) if e["action"].startswith("distribution:partner:")]
    assert actions == ["distribution:partner:add", "distribution:partner:suspend", "distribution:partner:resume"]


async def authenticates(scene: Scene, account: PartnerAccount, given: str) -> bool:
    try:
        found = await scene.call(AuthenticatePartner(partner_id=account.partner.id, secret=given), PARTNER_GATEWAY)
    except Unauthenticated:
        return False
    return found.id == account.partner.id


async def age(scene: Scene, by: timedelta) -> None:
    """Moves the ends of rotated credentials into the past."""
    partner = await scene.one(PARTNERS)
    for each in partner["credentials"]:
        each["until"] = each["until"] and each["until"] - by
    await scene.store[PARTNERS].put(partner)


async def test_a_rotated_secret_stays_valid_for_a_day_unless_it_ends_at_once(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin)
    first = secret(account, CredentialKind.OAUTH2)
    rotate = RotatePartnerCredential(partner_id=account.partner.id, kind=CredentialKind.OAUTH2)
    rotated = await scene.call(rotate, admin)
    second = rotated.credentials[0].secret
    assert rotated.credentials[0].earlier_until
    assert timedelta(hours=23) < rotated.credentials[0].earlier_until - datetime.now(UTC) < timedelta(hours=25)
    assert [await authenticates(scene, account, each) for each in (first, second, "")] == [True, True, False]
    await age(scene, timedelta(hours=25))
    assert [await authenticates(scene, account, each) for each in (first, second)] == [False, True]
    ended = await scene.call(rotate.model_copy(update={"now": True}), admin)
    third = ended.credentials[0].secret
    assert ended.credentials[0].earlier_until is None
    assert [await authenticates(scene, account, each) for each in (first, second, third)] == [False, False, True]
    shown = (await scene.call(GetPartners(ids=(account.partner.id,)), admin)).nodes[0].credentials
    assert sorted(each.kind for each in shown) == ["HMAC", "KAFKA", "OAUTH2"]


async def test_each_kafka_credential_is_a_user_of_its_own(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin)
    await scene.call(RotatePartnerCredential(partner_id=account.partner.id, kind=CredentialKind.KAFKA), admin)
    shown = (await scene.call(GetPartners(ids=(account.partner.id,)), admin)).nodes[0].credentials
    names = [each.name for each in shown if each.kind == CredentialKind.KAFKA]
    assert len(set(names)) == 2
    assert all(name.startswith(account.partner.id) for name in names)


async def test_rotations_at_once_lose_no_secret(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin)
    ask = RotatePartnerCredential(partner_id=account.partner.id, kind=CredentialKind.OAUTH2)
    answers = await asyncio.gather(*(scene.call(ask, admin) for _ in range(8)))
    secrets = [secret(account, CredentialKind.OAUTH2), *(each.credentials[0].secret for each in answers)]
    assert all([await authenticates(scene, account, each) for each in secrets])
    current = [c for c in (await scene.one(PARTNERS))["credentials"] if c["kind"] == "OAUTH2" and c["until"] is None]
    assert len(current) == 1


def signed(key: str, **parts: str) -> Signature:
    given = {"timestamp": "1", "nonce": "n" * 8, "method": "POST", "target": "/x", "body": "0" * 64} | parts
    unsigned = Signature(**given, signature="")
    return unsigned.model_copy(
        update={"signature": "v1=" + hmac.new(key.encode(), unsigned.signed(), hashlib.sha256).hexdigest()}
    )


async def test_a_signature_is_over_every_part(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin)
    other = await added(scene, admin, "Other")
    key = secret(account, CredentialKind.HMAC)
    right = signed(key)

    async def accepted(signature: Signature, partner: PartnerAccount = account) -> bool:
        try:
            await scene.call(AuthenticatePartner(partner_id=partner.partner.id, signature=signature), PARTNER_GATEWAY)
        except Unauthenticated:
            return False
        return True

    assert await accepted(right)
    for part, value in (
        ("timestamp", "2"),
        ("nonce", "m" * 8),
        ("method", "GET"),
        ("target", "/y"),
        ("body", "1" * 64),
    ):
        assert not await accepted(right.model_copy(update={part: value})), part
    assert not await accepted(right, other)
    assert not await accepted(signed(secret(account, CredentialKind.OAUTH2)))
    await scene.call(RotatePartnerCredential(partner_id=account.partner.id, kind=CredentialKind.HMAC, now=True), admin)
    assert not await accepted(right)


async def test_only_the_gateway_checks_credentials(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin)
    ask = AuthenticatePartner(partner_id=account.partner.id, secret=secret(account, CredentialKind.OAUTH2))
    for by in (admin, scene.partner, bearer(account)):
        with pytest.raises(Forbidden):
            await scene.call(ask, by)


async def test_what_a_partner_may_do_is_changed(scene: Scene, admin: Actor) -> None:
    account = await added(scene, admin, subjects=(scene.partner.id,), places=("POS",))
    changed = await scene.call(
        ChangePartner(
            partner_id=account.partner.id, places=(), packages=("B-",), subjects=(), contacts=("Siti",),
            limits=PartnerLimits(events_per_minute=5),
        ),
        admin,
    )  # fmt: skip
    assert (changed.places, changed.packages, changed.subjects, changed.contacts) == ((), ("B-",), (), ("Siti",))
    assert changed.limits.events_per_minute == 5
    assert await find_partner(scene.store, scene.partner) is None
    entry = (await scene.published(AUDIT))[-1]
    assert (entry["action"], entry["reason"]) == (
        "distribution:partner:change", "contacts, limits, packages, places, subjects",
    )  # fmt: skip
    # A user who is free may act for another partner, or for this one again.
    assert (await added(scene, admin, "Other", subjects=(scene.partner.id,))).partner.subjects == (scene.partner.id,)
