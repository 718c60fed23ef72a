"""Flags of handovers, found on the real stores: other photos, other handovers, family cards."""

import asyncio
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from PIL import ExifTags, Image

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import ListAlerts
from amanah.contracts.errors import Forbidden, Refused
from amanah.contracts.handovers.handovers import HandoverView, ReceivedBy, SyncHandovers
from amanah.contracts.message import Item, Location
from amanah.contracts.rounds import CreateProgram, GetPrograms, ProgramItem, SetThresholds, ThresholdChanges
from services.distribution.alerts.queries import list_alerts
from services.distribution.evidence.documents import PHOTO_HASHES
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.rounds.commands.programs import create_program, set_thresholds
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.queries import get_programs
from tests.integration.distribution.scene import Scene

RICE = "BERAS-10KG"


def codes(got: HandoverView) -> list[str]:
    """Its flags."""
    return [flag.code for flag in got.flags]


def retouched(content: bytes) -> bytes:
    """The photo, scaled, lightened and saved again: other bytes, the same picture."""
    image = Image.open(io.BytesIO(content)).resize((280, 210)).point(lambda x: min(255, x + 9))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=40)
    return out.getvalue()


async def test_nearly_the_same_photo_in_the_round_is_flagged(scene: Scene, photo: Callable[[int], bytes]) -> None:
    await scene.open(8)
    await scene.arrived("P-1")
    now = datetime.now(UTC)

    async def record(number: int, content: bytes) -> HandoverView:
        upload = await scene.upload(content)
        at = now - timedelta(minutes=number)
        return await scene.answer(scene.officer, await scene.handover(number, photo_id=upload, occurred_at=at))

    first = await record(0, photo(1))
    other = await record(2, photo(2))
    alike = await record(4, retouched(photo(1)))
    assert [codes(first), codes(other), codes(alike)] == [[], [], ["photo_similar"]]
    flag = alike.flags[0]
    assert (flag.severity, flag.explanation) == ("MEDIUM", "Nearly the same photo was used in this round before.")
    alerts = await list_alerts(scene.store, scene.supervisor, ListAlerts(rule="photo_similar"))
    assert [a.subject_id for a in alerts.nodes] == [alike.id]
    await scene.store[PHOTO_HASHES].update_many({}, {"$set": {"round": "rnd_another"}})
    assert codes(await record(6, retouched(photo(2)))) == [], "other rounds are not compared"


async def test_the_cameras_time_and_place_are_compared_with_the_claim(
    scene: Scene, photo: Callable[[int], bytes]
) -> None:
    await scene.open(6)
    await scene.arrived("P-1")

    def taken(at: datetime, latitude: float) -> bytes:
        exif = Image.Exif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = f"{at:%Y:%m:%d %H:%M:%S}"
        details[ExifTags.Base.OffsetTimeOriginal] = "+00:00"
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "S", (latitude, 0.0, 0.0)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (106.8, 0.0, 0.0)
        out = io.BytesIO()
        Image.open(io.BytesIO(photo(random.getrandbits(20)))).save(out, "JPEG", exif=exif)
        return out.getvalue()

    now = datetime.now(UTC)
    for number, (content, found) in enumerate(
        [
            (taken(now, 6.6), []),
            (taken(now - timedelta(hours=5), 6.6), ["exif_contradicts"]),
            (taken(now, 6.5), ["exif_contradicts"]),
        ]
    ):
        ask = await scene.handover(number, photo_id=await scene.upload(content), occurred_at=now)
        assert codes(await scene.answer(scene.officer, ask)) == found


async def test_an_officer_who_is_everywhere_at_once_is_flagged_whatever_comes_in_first(scene: Scene) -> None:
    await scene.open(8)
    await scene.arrived("P-1")
    now = datetime.now(UTC) - timedelta(minutes=30)
    away = Location(latitude_e6=-6_608_000, longitude_e6=106_800_000, accuracy_m=10)  # 890 m
    asks = [
        await scene.handover(0, occurred_at=now),
        await scene.handover(2, occurred_at=now + timedelta(minutes=10), location=away),
        await scene.handover(4, occurred_at=now + timedelta(minutes=10, seconds=10)),
    ]
    got = {n: await scene.answer(scene.officer, asks[n]) for n in (0, 2, 1)}
    assert [codes(got[n]) for n in (0, 1, 2)] == [[], ["impossible_travel"], []]
    # Another officer's handovers are another officer's.
    theirs = await scene.handover(6, by=scene.other_officer, occurred_at=now, location=away)
    assert codes(await scene.answer(scene.other_officer, theirs)) == []


async def test_a_burst_is_flagged_even_when_it_is_sent_at_once(scene: Scene) -> None:
    await scene.open(16)
    await scene.arrived("P-1", quantity=200)
    now = datetime.now(UTC) - timedelta(minutes=5)
    asks = [await scene.handover(n, occurred_at=now + timedelta(seconds=n)) for n in range(8)]
    got = await asyncio.gather(*(scene.answer(scene.officer, ask) for ask in asks))
    assert sorted(len(g.flags) for g in got) == [0] * 4 + [1] * 4
    assert {code for g in got for code in codes(g)} == {"too_fast"}
    later = await scene.handover(9, occurred_at=now + timedelta(minutes=3))
    assert codes(await scene.answer(scene.officer, later)) == []


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("3201050101000003", []),
        ("3201 0501 0100 0003", []),
        ("3201050101000004", ["proxy_not_on_kk"]),
        ("3201050101999999", ["proxy_not_on_kk"]),
        ("A1234567", ["proxy_not_on_kk"]),
    ],
    ids=["on the card", "with spaces", "of another family", "unknown", "a passport"],
)
async def test_a_proxy_is_looked_for_on_the_family_card(scene: Scene, number: str, found: list[str]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    proxy = ReceivedBy(kind="PROXY", name="Ani", relation="daughter", id_number=number)
    got = await scene.answer(scene.officer, await scene.handover(0, received_by=proxy))
    assert codes(got) == found
    assert number not in repr(await scene.store[HANDOVERS].list({})) + repr(await scene.store.outbox.pending(1000))


async def test_where_the_roster_knows_no_numbers_a_proxy_is_not_suspected(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await scene.store[ENTITLEMENTS].update_many({}, {"$set": {"nik": None}})
    proxy = ReceivedBy(kind="PROXY", name="Ani", relation="daughter", id_number="3201050101999999")
    assert codes(await scene.answer(scene.officer, await scene.handover(received_by=proxy))) == []


@pytest.mark.parametrize("missing", ["name", "relation", "id_number"])
async def test_a_proxy_without_name_relation_or_number_is_refused(scene: Scene, missing: str) -> None:
    await scene.open()
    await scene.arrived("P-1")
    who = {"name": "Ani", "relation": "daughter", "id_number": "3201050101000003"} | {missing: " "}
    refused = await scene.refused(await scene.handover(received_by=ReceivedBy(kind="PROXY", **who)))
    assert (refused.code, refused.field) == ("proxy_incomplete", "receivedBy")


async def test_offline_records_come_in_any_order_and_late_is_not_wrong(scene: Scene) -> None:
    await scene.open(8)
    await scene.arrived("P-1")
    now = datetime.now(UTC)
    asks = [await scene.handover(n, occurred_at=now - timedelta(minutes=50 - 5 * n)) for n in range(4)]
    spoilt = asks[1].model_copy(update={"photo_id": "upl_none"})
    sent = [asks[3], spoilt, asks[0], asks[3], asks[2]]
    sent = [ask.model_copy(update={"sent_at": datetime.now(UTC)}) for ask in sent]
    answer = await scene.answer(scene.officer, SyncHandovers(handovers=tuple(sent)))
    assert [r.client_id for r in answer.results] == [ask.client_id for ask in sent]
    assert [r.code for r in answer.results] == [None, "upload_unknown", None, None, None]
    first, repeated = answer.results[0].handover, answer.results[3].handover
    assert first
    assert repeated
    assert first.id == repeated.id
    assert all(r.handover.flags == () for r in answer.results if r.handover)
    again = await scene.answer(scene.officer, SyncHandovers(handovers=(asks[1], *sent)))
    assert [r.code for r in again.results] == [None, None, None, None, None, None], "mended, it is taken"
    assert await scene.store[HANDOVERS].count({}) == 4
    for document in await scene.store[HANDOVERS].list({}):
        assert document["occurredAt"] < now <= document["receivedAt"]


async def test_a_wrong_clock_is_told_from_a_late_record(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    now = datetime.now(UTC)
    late = await scene.handover(0, occurred_at=now - timedelta(minutes=50), sent_at=datetime.now(UTC))
    assert codes(await scene.answer(scene.officer, late)) == []
    slow = await scene.handover(1, occurred_at=now - timedelta(minutes=50), sent_at=now - timedelta(minutes=40))
    assert codes(await scene.answer(scene.officer, slow)) == ["clock_skew"]


async def test_thresholds_are_the_programs_and_move_with_an_audit_entry(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    store = scene.store
    item = ProgramItem(sku=RICE, name="Beras", unit="kg", quantity_per_recipient=Decimal(10))
    ask = CreateProgram(
        code="BPNT", name="Bantuan pangan", items=(item,), thresholds=ThresholdChanges(low_accuracy_m=40)
    )
    made = await create_program(store, scene.supervisor, ask)
    assert (made.thresholds.low_accuracy_m, made.thresholds.far_from_home_m) == (40, 1000)
    await scene.open()
    await scene.arrived("P-1")
    rough = Location(latitude_e6=-6_600_000, longitude_e6=106_800_000, accuracy_m=50)
    less = (Item(sku=RICE, quantity=Decimal(9)),)
    got = await scene.answer(scene.officer, await scene.handover(0, location=rough, items=less))
    assert codes(got) == ["low_accuracy", "short_quantity"]
    changes = ThresholdChanges(low_accuracy_m=60, short_quantity_percent=10)
    moved = SetThresholds(program_id=made.id, thresholds=changes, authority="SK 4/2026")
    await set_thresholds(store, scene.supervisor, moved)
    (now,) = (await get_programs(store, scene.officer, GetPrograms(ids=(made.id,)))).nodes
    assert (now.thresholds.low_accuracy_m, now.thresholds.short_quantity_percent) == (60, 10)
    later = await scene.handover(1, location=rough, items=less)
    assert codes(await scene.answer(scene.officer, later)) == [], "in rounds that are open, too"
    entry = (await scene.published("audit.entries.v1"))[-2]
    assert (entry["action"], entry["authority"]) == ("distribution:program:set-thresholds", "SK 4/2026")
    assert entry["reason"] == "low_accuracy_m=60, short_quantity_percent=10"
    assert entry["before"] != entry["after"]
    with pytest.raises(Forbidden):
        await set_thresholds(store, scene.officer, moved)
    with pytest.raises(Forbidden):
        await set_thresholds(store, person("Elsewhere", SUPERVISOR="33"), moved)
    with pytest.raises(Refused, match="No threshold"):
        await set_thresholds(store, scene.supervisor, SetThresholds(program_id=made.id, thresholds=ThresholdChanges()))
