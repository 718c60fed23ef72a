"""A handover is accepted exactly once, with evidence that is what it claims to be; a refusal leaves nothing behind."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from amanah.contracts.actor import Actor
from amanah.contracts.distribution import (
    GetHandovers,
    GetPackage,
    HandoverView,
    ListAlerts,
    ListPackageHistory,
    ReceivedBy,
    RecordFailedHandover,
    RecordHandover,
    SyncHandovers,
)
from amanah.contracts.errors import Refused, Unavailable
from amanah.contracts.message import Item, Location
from amanah.contracts.uploads import UploadPurpose
from amanah.objects import EVIDENCE, Objects
from services.distribution.commands.failures import record_failed_handover
from services.distribution.commands.handovers import record_handover, sync_handovers
from services.distribution.queries import get_handovers, get_package, list_alerts, list_package_history

AUDIT = "audit.entries.v1"
DISTRIBUTION = "distribution.events.v1"


async def refused(scene: Any, ask: RecordHandover, by: Actor | None = None) -> Refused:
    """The refusal; it has changed nothing, and the audit log knows of it."""
    before = await scene.kept()
    with pytest.raises(Refused) as caught:
        await record_handover(scene.store, by or scene.officer, ask)
    assert await scene.kept() == before
    entry = (await scene.published(AUDIT))[-1]
    assert (entry["action"], entry["outcome"], entry["reason"]) == (
        "distribution:handover:record",
        "refused",
        caught.value.code,
    )
    return caught.value


async def test_a_handover_is_recorded_with_its_evidence(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover(device="phone 7")
    got = await record_handover(scene.store, scene.officer, ask)
    assert (got.status, got.flags, got.entitlement.status) == ("ACCEPTED", (), "DELIVERED")
    assert got.photo.url.startswith("http")
    package = await scene.store.packages.get({"code": "P-1"})
    assert [(c["handed"], c["left"]) for c in package["contents"]] == [(10_000, 90_000)]
    event = next(e for e in await scene.published(DISTRIBUTION) if "handover_id" in e)
    assert event["area"] == "32.01.05.2001"
    assert event["items"] == [{"sku": "BERAS-10KG", "quantity": "10"}]
    entry = (await scene.published(AUDIT))[-1]
    assert (entry["action"], entry["outcome"]) == ("distribution:handover:accept", "done")
    assert entry["after"].startswith("hmac-sha256:")


async def test_what_is_kept_is_the_sealed_original_and_what_is_served_is_not(scene: Any, photo: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    exif = Image.Exif()
    exif[271] = "a camera's maker"
    out = io.BytesIO()
    Image.new("RGB", (900, 700), "olive").save(out, "JPEG", exif=exif)
    content = out.getvalue() + b"appended motion clip"
    ask = await scene.handover(photo_id=await scene.upload(content))
    got = await record_handover(scene.store, scene.officer, ask)
    kept = (await scene.store.handovers.get({"_id": got.id}))["photo"]
    assert await scene.store.objects.get(EVIDENCE, kept["original"]) == content
    served = await scene.store.objects.get(EVIDENCE, kept["served"])
    assert b"camera" not in served
    assert b"motion clip" not in served
    assert (await scene.store.objects.stat("uploads", ask.photo_id)) is None, "the upload is gone once it is kept"


async def test_a_proxys_name_and_number_are_kept_encrypted_and_told_to_nobody(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    proxy = ReceivedBy(kind="PROXY", name="Canary Name", relation="child", id_number="3201059999990001")
    got = await record_handover(scene.store, scene.officer, await scene.handover(received_by=proxy, note="canary note"))
    document = await scene.store.handovers.get({"_id": got.id})
    told = repr(document) + repr(await scene.store.outbox.pending(1000))
    assert "Canary" not in told
    assert "3201059999990001" not in told
    assert "canary note" not in told
    assert "Canary Name" in scene.store.keys.decrypt(document["private"], f"handover:{got.id}")


async def test_exactly_one_of_sixty_four_is_accepted(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    photos = {
        o.id: await scene.upload(b, by=o) for o, b in ((scene.officer, _photo(1)), (scene.other_officer, _photo(2)))
    }
    signatures = {
        o.id: await scene.upload(_photo(3), UploadPurpose.SIGNATURE, o) for o in (scene.officer, scene.other_officer)
    }

    async def attempt(number: int) -> HandoverView | Refused:
        officer = scene.officer if number % 2 else scene.other_officer
        ask = await scene.handover(by=officer, photo_id=photos[officer.id], signature_id=signatures[officer.id])
        try:
            return await record_handover(scene.store, officer, ask)
        except Refused as error:
            return error

    outcomes = await asyncio.gather(*(attempt(n) for n in range(64)))
    accepted = [o for o in outcomes if isinstance(o, HandoverView)]
    assert len(accepted) == 1
    others = [o for o in outcomes if isinstance(o, Refused)]
    assert {o.code for o in others} == {"already_delivered"}
    first = await scene.store.handovers.get({})
    when = f"{first['receivedAt']:%Y-%m-%d %H:%M}"
    assert all(first["officerName"] in o.message and when in o.message for o in others)
    assert await scene.store.handovers.count({}) == 1
    package = await scene.store.packages.get({"code": "P-1"})
    assert package["contents"][0]["left"] == 90_000
    assert len(await scene.store.objects.list(EVIDENCE, first["photo"]["id"])) == 3
    assert len([e for e in await scene.published(DISTRIBUTION) if "handover_id" in e]) == 1


def _photo(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 2 * shade, 3)).save(out, "JPEG")
    return out.getvalue()


async def test_a_package_never_gives_more_than_it_holds(scene: Any) -> None:
    await scene.open(8)
    await scene.arrived("P-1", quantity=30)
    asks = [await scene.handover(n) for n in range(8)]

    async def attempt(ask: RecordHandover) -> str:
        try:
            return (await record_handover(scene.store, scene.officer, ask)).status
        except Refused as error:
            return error.code

    outcomes = await asyncio.gather(*map(attempt, asks))
    assert sorted(outcomes) == ["ACCEPTED"] * 3 + ["package_short"] * 5
    assert await scene.store.entitlements.count({"status": "DELIVERED"}) == 3
    view = await get_package(scene.store, scene.officer, GetPackage(code="P-1"))
    assert view.status == "EMPTY"
    assert view.contents[0].handed_over == 30


async def test_the_same_client_id_again_is_the_first_result(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    outcomes = await asyncio.gather(
        *(record_handover(scene.store, scene.officer, ask) for _ in range(6)), return_exceptions=True
    )
    ids = {o.id for o in outcomes if isinstance(o, HandoverView)}
    assert len(ids) == 1
    again = await record_handover(scene.store, scene.officer, ask)
    assert again.id in ids
    assert await scene.store.handovers.count({}) == 1
    with pytest.raises(Refused, match="Sari"):
        await record_handover(scene.store, scene.other_officer, ask)


@pytest.mark.parametrize(
    ("content", "put", "code"),
    [
        (b"a text called jpeg", None, "photo_unreadable"),
        (_photo(1)[:-60], None, "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, "photo_unreadable"),
        (_photo(1), _photo(2), "photo_mismatch"),
        (_photo(1), _photo(1) + b"more", "photo_mismatch"),
        (_photo(1), _photo(1)[:-9], "photo_mismatch"),
    ],
    ids=["text", "cut off", "svg", "other bytes", "longer", "shorter"],
)  # fmt: skip
async def test_a_photo_that_is_none_is_refused(scene: Any, content: bytes, put: bytes | None, code: str) -> None:
    await scene.open()
    await scene.arrived("P-1")
    error = await refused(scene, await scene.handover(photo_id=await scene.upload(content, put=put)))
    assert (error.code, error.field) == (code, "photoId")
    signature = await scene.upload(content, UploadPurpose.SIGNATURE, put=put)
    error = await refused(scene, await scene.handover(signature_id=signature))
    assert (error.code, error.field) == (code, "signatureId")


async def test_a_photo_that_was_never_sent_is_missing(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    await scene.store.objects.delete("uploads", ask.photo_id)
    assert (await refused(scene, ask)).code == "photo_missing"


async def test_another_officers_upload_and_another_purposes_are_unknown(scene: Any, photo: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    theirs = await scene.upload(photo(5), by=scene.other_officer)
    assert (await refused(scene, await scene.handover(photo_id=theirs))).code == "upload_unknown"
    signature = await scene.upload(photo(5), UploadPurpose.SIGNATURE)
    assert (await refused(scene, await scene.handover(photo_id=signature))).code == "upload_unknown"
    assert (await refused(scene, await scene.handover(photo_id="upl_nothing"))).code == "upload_unknown"


async def test_an_upload_belongs_to_one_record(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    first = await scene.handover(0)
    await record_handover(scene.store, scene.officer, first)
    error = await refused(scene, await scene.handover(1, photo_id=first.photo_id))
    assert (error.code, error.field) == ("upload_used", "photoId")


async def test_the_same_photo_in_a_new_upload_is_flagged_with_one_alert(scene: Any, photo: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    same = photo(7)
    first = await record_handover(
        scene.store, scene.officer, await scene.handover(0, photo_id=await scene.upload(same))
    )
    again = await record_handover(
        scene.store, scene.officer, await scene.handover(1, photo_id=await scene.upload(same))
    )
    assert ([f.code for f in first.flags], [f.code for f in again.flags]) == ([], ["photo_reused"])
    alerts = await list_alerts(scene.store, scene.supervisor, ListAlerts())
    assert [(a.rule, a.subject_type, a.subject_id, a.area) for a in alerts.nodes] == [
        ("photo_reused", "Handover", again.id, "32.01.05.2002")
    ]
    raised = [e for e in await scene.published(DISTRIBUTION) if "alert_id" in e]
    assert [e["rule"] for e in raised] == ["photo_reused"]


async def test_a_place_far_away_is_flagged(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    away = Location(latitude_e6=-6_500_000, longitude_e6=106_800_000, accuracy_m=9)
    got = await record_handover(scene.store, scene.officer, await scene.handover(location=away))
    assert [f.code for f in got.flags] == ["far_from_home"]


async def test_less_than_due_is_flagged_and_more_is_refused(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    much = await refused(scene, await scene.handover(0, items=(Item(sku="BERAS-10KG", quantity=Decimal(11)),)))
    assert much.code == "items_not_entitled"
    less = await scene.handover(0, items=(Item(sku="BERAS-10KG", quantity=Decimal(9)),))
    assert [f.code for f in (await record_handover(scene.store, scene.officer, less)).flags] == ["short_quantity"]


async def test_an_officer_without_an_assignment_there_and_then_is_refused(
    scene: Any, person: Callable[..., Actor]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    strangers = person("Tuti", OFFICER="32.01.05")
    assert (await refused(scene, await scene.handover(by=strangers), strangers)).code == "not_assigned"
    await scene.assign(strangers, shift=30)
    assert (await refused(scene, await scene.handover(by=strangers), strangers)).code == "not_assigned"
    elsewhere = person("Wawan", OFFICER="33.01")
    await scene.assign(elsewhere)
    assert (await refused(scene, await scene.handover(by=elsewhere), elsewhere)).code == "not_assigned"
    nothing = await scene.handover(entitlement_id="ent_" + "0" * 26)
    assert (await refused(scene, nothing)).code == "not_assigned", "what does not exist sounds the same"


async def test_a_package_must_be_known_and_at_hand(scene: Any, event: Any) -> None:
    await scene.open()
    assert (await refused(scene, await scene.handover())).code == "package_unknown"
    await scene.package("P-1")
    assert (await refused(scene, await scene.handover())).code == "package_not_here"
    await scene.capture(event("P-1", "shipping", "GUDANG", minutes_ago=50))
    assert (await refused(scene, await scene.handover())).code == "package_not_here"
    await scene.capture(event("P-1", "receiving", "GUDANG", minutes_ago=40))
    assert (await refused(scene, await scene.handover())).code == "package_not_here", "a warehouse is not at hand"
    await scene.capture(event("P-1", "receiving", "BALAI", minutes_ago=30))
    await record_handover(scene.store, scene.officer, await scene.handover())
    await scene.arrived("P-2", area="32.01.05.2002")
    elsewhere = await scene.handover(2, package_code="P-2")
    assert (await refused(scene, elsewhere)).code == "package_not_here", "it is meant for the other village"


class _Full(BaseHTTPRequestHandler):
    """An object store whose disk is full."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(507)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def full_disk() -> Iterator[Objects]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Full)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = Objects(f"http://127.0.0.1:{server.server_port}", "key", "secret-secret")
    yield found
    found.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


async def test_a_full_object_store_says_so(scene: Any, full_disk: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    monkeypatch.setattr(scene.store.objects, "put", full_disk.put)
    assert (await refused(scene, ask)).code == "storage_full"
    monkeypatch.undo()
    assert (await record_handover(scene.store, scene.officer, ask)).status == "ACCEPTED", "and nothing is lost by it"


async def test_a_commit_of_unknown_outcome_loses_no_evidence(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    real = scene.store.db.transaction

    async def cut_off(work: Any) -> Any:
        await real(work)
        raise Unavailable("The document store does not answer; try again shortly.")

    monkeypatch.setattr(scene.store.db, "transaction", cut_off)
    with pytest.raises(Unavailable):
        await record_handover(scene.store, scene.officer, ask)
    monkeypatch.undo()
    again = await record_handover(scene.store, scene.officer, ask)
    kept = (await scene.store.handovers.get({"_id": again.id}))["photo"]
    assert await scene.store.objects.stat(EVIDENCE, kept["original"]) is not None
    assert await scene.store.handovers.count({}) == 1


async def test_offline_records_succeed_or_fail_each_on_its_own(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    good = await scene.handover(0)
    bad = await scene.handover(1, package_code="P-9")
    doubled = await scene.handover(0)
    late = await scene.handover(2, occurred_at=good.occurred_at - timedelta(hours=20))
    answer = await sync_handovers(scene.store, scene.officer, SyncHandovers(handovers=(good, bad, doubled, late, good)))
    assert [r.client_id for r in answer.results] == [a.client_id for a in (good, bad, doubled, late, good)]
    assert [r.code for r in answer.results] == [None, "package_unknown", "already_delivered", None, None]
    assert answer.results[4].handover.id == answer.results[0].handover.id
    assert answer.results[3].handover.flags == (), "late is not wrong"


async def test_a_failed_attempt_is_final_until_somebody_decides(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    handover = await scene.handover(0)
    ask = RecordFailedHandover(
        client_id="a", entitlement_id=handover.entitlement_id, reason="MOVED",
        occurred_at=handover.occurred_at, location=handover.location, note="canary note",
    )  # fmt: skip
    assert (await record_failed_handover(scene.store, scene.officer, ask)).status == "FAILED"
    assert (await record_failed_handover(scene.store, scene.officer, ask)).status == "FAILED", "a repeat is no error"
    assert await scene.store.failures.count({}) == 1
    event = next(e for e in await scene.published(DISTRIBUTION) if "reason" in e)
    assert event["reason"] == "MOVED"
    assert "canary" not in repr(await scene.store.outbox.pending(1000))
    assert (await refused(scene, handover)).code == "entitlement_not_pending"
    delivered = await scene.handover(1)
    await record_handover(scene.store, scene.officer, delivered)
    with pytest.raises(Refused) as caught:
        await record_failed_handover(
            scene.store,
            scene.officer,
            ask.model_copy(update={"client_id": "b", "entitlement_id": delivered.entitlement_id}),
        )
    assert caught.value.code == "already_delivered"


async def test_handovers_are_seen_by_those_of_the_area(scene: Any, person: Callable[..., Actor]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    got = await record_handover(scene.store, scene.officer, await scene.handover())
    for area, count in (("32.01.05.2001", 1), ("32.01.05.2002", 0), ("ID", 1)):
        found = await get_handovers(scene.store, person(f"of {area}", AUDITOR=area), GetHandovers(ids=(got.id,)))
        assert len(found.nodes) == count


async def test_the_packages_history_tells_of_its_handovers(scene: Any) -> None:
    await scene.open()
    await scene.arrived("P-1")
    await record_handover(scene.store, scene.officer, await scene.handover())
    history = await list_package_history(scene.store, scene.officer, ListPackageHistory(code="P-1"))
    assert [n.step for n in history.nodes] == ["receiving", "dispensing"]
    assert history.total == 2
