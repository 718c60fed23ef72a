"""Codes that nobody else has, and labels that can be printed and read back."""

import asyncio
import hashlib
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import LABELS
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import CreatePackages, NewPackage
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.message import Item
from services.distribution.custody.commands.labels import issue_package_codes, make_package_labels
from services.distribution.custody.commands.packages import create_packages
from services.distribution.custody.documents import CODE_NUMBERS
from services.distribution.custody.rules.labels import check_code
from tests.integration.distribution.scene import Scene


async def issue(scene: Scene, count: int = 3, scheme: str = "OWN", prefix: str | None = None) -> tuple[str, ...]:
    ask = IssuePackageCodes(round_id=scene.round.id, count=count, scheme=scheme, company_prefix=prefix)
    return (await issue_package_codes(scene.store, scene.supervisor, ask)).codes


async def test_codes_are_given_out_once_and_carry_their_check_digit(scene: Scene) -> None:
    await scene.open()
    found = await asyncio.gather(
        issue(scene, 40), issue(scene, 40), issue(scene, 40, "SSCC", "8991234"), issue(scene, 40, "SSCC", "8991234")
    )
    codes = [code for each in found for code in each]
    assert len(set(codes)) == 160
    for code in codes:
        check_code(code, "code")
    issued = [e for e in await scene.published("distribution.events.v1") if "scheme" in e]
    assert sorted(e["count"] for e in issued) == [40] * 4


async def test_a_code_that_somebody_typed_is_passed_over(scene: Scene) -> None:
    await scene.open()
    first = (await issue(scene, 1))[0]
    taken = (await issue(scene, 1))[0]
    await scene.store[CODE_NUMBERS].delete({})
    new = NewPackage(code=taken, area="32.01.05", contents=(Item(sku="A", quantity=1),))
    await create_packages(scene.store, scene.supervisor, CreatePackages(round_id=scene.round.id, packages=(new,)))
    codes = await issue(scene, 2)
    assert codes[0] == first
    assert taken not in codes


async def test_what_cannot_be_issued_is_refused(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    for prefix in (None, "12"):
        with pytest.raises(Refused) as caught:
            await issue(scene, 1, "SSCC", prefix)
        assert (caught.value.code, caught.value.field) == ("company_prefix", "companyPrefix")
    await scene.store[CODE_NUMBERS].put({"_id": "899123456789", "next": 10**5 - 1})
    with pytest.raises(Refused) as caught:
        await issue(scene, 2, "SSCC", "899123456789")
    assert caught.value.code == "codes_exhausted"
    assert len(await issue(scene, 1, "SSCC", "899123456789")) == 1
    with pytest.raises(ValidationError):
        await issue(scene, 1001)
    ask = IssuePackageCodes(round_id=scene.round.id, count=1, scheme="OWN")
    with pytest.raises(Refused) as caught:
        await issue_package_codes(scene.store, person("far", SUPERVISOR="33"), ask)
    assert caught.value.code == "round_unknown"
    with pytest.raises(Forbidden):
        await issue_package_codes(scene.store, scene.officer, ask)


async def test_labels_are_a_file_whose_hash_is_on_the_audit_trail(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    for code in ("P-1", "P-2", "P-3"):
        await scene.package(code)
    ask = MakePackageLabels(round_id=scene.round.id, codes=("P-3", "P-1"))
    made = await make_package_labels(scene.store, scene.supervisor, ask)
    again = await make_package_labels(scene.store, scene.supervisor, ask)
    assert (made.count, made.sha256) == (2, again.sha256)
    pdf = await scene.store.objects.get(LABELS, f"{made.sha256}.pdf")
    assert hashlib.sha256(pdf).hexdigest() == made.sha256
    assert pdf.startswith(b"%PDF-")
    entries = [e for e in await scene.published("audit.entries.v1") if e["action"].endswith("package-labels:print")]
    assert [e["after"] for e in entries] == [f"sha256:{made.sha256}"] * 2
    for viewer, codes in ((scene.supervisor, ("P-1", "P-9")), (scene.other_partner, ("P-2", "P-1"))):
        with pytest.raises(Refused) as caught:
            await make_package_labels(scene.store, viewer, MakePackageLabels(round_id=scene.round.id, codes=codes))
        assert caught.value.code == "package_unknown"
    assert (await make_package_labels(scene.store, scene.partner, ask)).sha256 == made.sha256
