"""The public view of a handover, and the seal of it in the log."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.handovers.public import Seal, VerifiedHandover, VerifyHandover
from amanah.contracts.uploads import UploadPurpose
from services.distribution.handovers.documents import HANDOVERS, HandoverDocument
from services.distribution.handovers.queries.public_view import district, verify_handover
from tests.integration.distribution.scene import Scene


async def test_who_holds_the_files_can_hold_them_against_the_log(
    scene: Scene, photo: Callable[[int], bytes], person: Callable[..., Actor]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    taken, signed = photo(1), photo(2)
    ask = await scene.handover(
        photo_id=await scene.upload(taken), signature_id=await scene.upload(signed, UploadPurpose.SIGNATURE)
    )
    recorded = await scene.answer(scene.officer, ask)
    found = await verify_handover(scene.store, person("nobody"), VerifyHandover(id=recorded.id))
    assert found.seal is not None
    assert found.seal.photo == hashlib.sha256(taken).hexdigest()
    assert found.seal.signature == hashlib.sha256(signed).hexdigest()
    assert found.seal.state.startswith("hmac-sha256:")
    (entry,) = [e for e in await scene.published("audit.entries.v1") if e["action"] == VerifiedHandover.action]
    assert {"type": "Handover", "id": recorded.id} in entry["concerns"]
    assert entry["after"] == "sha256:" + hashlib.sha256(found.seal.text.encode()).hexdigest()
    assert Seal.model_validate_json(found.seal.text) == found.seal


async def test_what_is_changed_afterwards_no_longer_has_the_seal(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    recorded = await scene.answer(scene.officer, await scene.handover())
    (entry,) = [e for e in await scene.published("audit.entries.v1") if e["action"] == VerifiedHandover.action]
    kept = await scene.one(HANDOVERS, {"_id": recorded.id})

    async def still_sealed(**changes: Any) -> bool:
        await scene.store[HANDOVERS].put(cast(HandoverDocument, kept | changes))
        found = await verify_handover(scene.store, person("nobody"), VerifyHandover(id=recorded.id))
        return found.seal is not None and f"sha256:{found.seal.hash}" == entry["after"]

    # What becomes of it later is written elsewhere.
    assert await still_sealed(status="DISPUTED", disputes=["cas_1"], confirmedAt=datetime(2026, 12, 1, tzinfo=UTC))
    altered: dict[str, Any] = {
        "items": [{"sku": "BERAS-10KG", "quantity": 9_000}],
        "occurredAt": datetime(2026, 1, 1, tzinfo=UTC),
        "officer": "usr_9",
        "area": "32.01.06.2001",
        "location": kept["location"] | {"latitude_e6": 1},
        "photo": kept["photo"] | {"sha256": "0" * 64},
        "signature": kept["signature"] | {"sha256": "0" * 64},
    }
    assert [name for name, value in altered.items() if await still_sealed(**{name: value})] == []


async def test_it_points_at_nobody(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    recorded = await scene.answer(scene.officer, await scene.handover(device="phone 7"))
    found = await verify_handover(scene.store, person("nobody"), VerifyHandover(id=recorded.id))
    assert (found.status, found.program, found.round) == ("ACCEPTED", "Bantuan pangan", "Tahap 1")
    assert found.area == "32.01.05"
    assert [(i.name, i.unit, i.quantity) for i in found.items] == [("Beras", "kg", Decimal(10))]
    kept: Mapping[str, object] = dict(await scene.one(HANDOVERS, {"_id": recorded.id}))
    told = found.model_dump_json()
    personal = ("officer", "officerName", "recipient", "entitlement", "device", "package", "area")
    assert [name for name in personal if f'"{kept[name]}"' in told] == []
    with pytest.raises(NotFound):
        await verify_handover(scene.store, person("nobody"), VerifyHandover(id="hov_0"))


@pytest.mark.parametrize(
    ("area", "shown"),
    [("32.01.05.2001", "32.01.05"), ("32.01.05", "32.01.05"), ("32.01", "32.01"), ("32", "32"), ("ID", "ID")],
)
def test_no_place_is_smaller_than_a_district(area: str, shown: str) -> None:
    assert district(area) == shown
