"""Evidence is what its bytes are: read back, hashed, decoded; kept sealed, shown without metadata, or refused."""

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from amanah.contracts.alerts import ListAlerts
from amanah.contracts.buckets import EVIDENCE, ORIGINALS
from amanah.contracts.errors import Unavailable
from amanah.contracts.handovers.handovers import ReceivedBy
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.objects import Objects
from services.distribution.alerts.queries import list_alerts
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.scene import Scene

DISTRIBUTION = "distribution.events.v1"


async def test_what_is_kept_is_the_sealed_original_and_what_is_served_is_not(
    scene: Scene, photo: Callable[[int], bytes]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    exif = Image.Exif()
    exif[271] = "a camera's maker"
    out = io.BytesIO()
    Image.new("RGB", (900, 700), "olive").save(out, "JPEG", exif=exif)
    content = out.getvalue() + b"appended motion clip"
    ask = await scene.handover(photo_id=await scene.upload(content))
    got = await scene.answer(scene.officer, ask)
    kept = (await scene.one(HANDOVERS, {"_id": got.id}))["photo"]
    assert await scene.store.objects.get(ORIGINALS, kept["original"]) == content
    served = await scene.store.objects.get(EVIDENCE, kept["served"])
    assert b"camera" not in served
    assert b"motion clip" not in served
    assert await scene.store.objects.list("uploads", ask.photo_id) == [], "the upload is gone once it is kept"


async def test_a_proxys_name_and_number_are_kept_encrypted_and_told_to_nobody(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    proxy = ReceivedBy(kind="PROXY", name="Canary Name", relation="child", id_number="3201059999990001")
    got = await scene.answer(scene.officer, await scene.handover(received_by=proxy, note="canary note"))
    document = await scene.one(HANDOVERS, {"_id": got.id})
    told = repr(document) + repr(await scene.store.outbox.pending(1000))
    assert "Canary" not in told
    assert "3201059999990001" not in told
    assert "canary note" not in told
    assert "Canary Name" in scene.store.keys.decrypt(document["private"], f"handover:{got.id}")


def _photo(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 2 * shade, 3)).save(out, "JPEG")
    return out.getvalue()


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
async def test_a_photo_that_is_none_is_refused(scene: Scene, content: bytes, put: bytes | None, code: str) -> None:
    await scene.open()
    await scene.arrived("P-1")
    error = await scene.refused(await scene.handover(photo_id=await scene.upload(content, put=put)))
    assert (error.code, error.field) == (code, "photoId")
    signature = await scene.upload(content, UploadPurpose.SIGNATURE, put=put)
    error = await scene.refused(await scene.handover(signature_id=signature))
    assert (error.code, error.field) == (code, "signatureId")


async def test_a_photo_that_was_never_sent_is_missing(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    await scene.store.objects.delete("uploads", ask.photo_id)
    assert (await scene.refused(ask)).code == "photo_missing"


async def test_another_officers_upload_and_another_purposes_are_unknown(
    scene: Scene, photo: Callable[[int], bytes]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    theirs = await scene.upload(photo(5), by=scene.other_officer)
    assert (await scene.refused(await scene.handover(photo_id=theirs))).code == "upload_unknown"
    signature = await scene.upload(photo(5), UploadPurpose.SIGNATURE)
    assert (await scene.refused(await scene.handover(photo_id=signature))).code == "upload_unknown"
    assert (await scene.refused(await scene.handover(photo_id="upl_nothing"))).code == "upload_unknown"


async def test_an_upload_belongs_to_one_record(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    first = await scene.handover(0)
    await scene.answer(scene.officer, first)
    error = await scene.refused(await scene.handover(1, photo_id=first.photo_id))
    assert (error.code, error.field) == ("upload_used", "photoId")


async def test_the_same_photo_in_a_new_upload_is_flagged_with_one_alert(
    scene: Scene, photo: Callable[[int], bytes]
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    same = photo(7)
    first = await scene.answer(scene.officer, await scene.handover(0, photo_id=await scene.upload(same)))
    again = await scene.answer(scene.officer, await scene.handover(1, photo_id=await scene.upload(same)))
    assert ([f.code for f in first.flags], [f.code for f in again.flags]) == ([], ["photo_reused"])
    alerts = await list_alerts(scene.store, scene.supervisor, ListAlerts())
    assert [(a.rule, a.subject_type, a.subject_id, a.area) for a in alerts.nodes] == [
        ("photo_reused", "Handover", again.id, "32.01.05.2002")
    ]
    raised = [e for e in await scene.published(DISTRIBUTION) if "alert_id" in e]
    assert [e["rule"] for e in raised] == ["photo_reused"]


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


async def test_a_full_object_store_says_so(scene: Scene, full_disk: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    monkeypatch.setattr(scene.store.objects, "put", full_disk.put)
    assert (await scene.refused(ask)).code == "storage_full"
    monkeypatch.undo()
    assert (await scene.answer(scene.officer, ask)).status == "ACCEPTED", "and nothing is lost by it"


async def test_a_commit_of_unknown_outcome_loses_no_evidence(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open()
    await scene.arrived("P-1")
    ask = await scene.handover()
    real = scene.store.db.transaction

    async def cut_off(work: Any) -> Any:
        await real(work)
        raise Unavailable("unavailable.store")

    monkeypatch.setattr(scene.store.db, "transaction", cut_off)
    with pytest.raises(Unavailable):
        await scene.answer(scene.officer, ask)
    monkeypatch.undo()
    again = await scene.answer(scene.officer, ask)
    kept = (await scene.one(HANDOVERS, {"_id": again.id}))["photo"]
    assert await scene.store.objects.list(ORIGINALS, kept["original"]) == [kept["original"]]
    assert await scene.store[HANDOVERS].count({}) == 1
