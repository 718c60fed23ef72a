"""A hostile corpus: each file or deed is refused with its code, and leaves nothing behind but the audit entry."""

import asyncio
import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from PIL import Image, PngImagePlugin

from amanah.contracts.buckets import EVIDENCE, ORIGINALS, UPLOADS
from amanah.contracts.errors import Refused
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.handovers.handovers import RecordHandover
from amanah.contracts.uploads import UploadPurpose
from services.distribution.evidence.commands import create_evidence_upload
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.scene import Scene

MEGABYTE = 1 << 20


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """An image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scene_of(width: int = 640, height: int = 480) -> Image.Image:
    """Something to look at."""
    return Image.radial_gradient("L").resize((width, height)).convert("RGB")


def png(width: int, height: int, body: bytes) -> bytes:
    """A PNG of one bit a pixel whose compressed rows are `body`: small as a file, huge when it is decoded."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """30,000 x 30,000 pixels, whole and valid, in a file of some 110 kB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 30_000 // 8)
    return png(30_000, 30_000, b"".join(packer.compress(row) for _ in range(30_000)) + packer.flush())


def text_bomb() -> bytes:
    """A small picture with 64 MB of text, packed into 64 kB."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "a" * (64 * MEGABYTE), zip=True)
    return saved(scene_of(64, 64), "PNG", pnginfo=notes)


def lying_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header claims other dimensions than its data has."""
    content = bytearray(saved(scene_of()))
    start = content.index(b"\xff\xc0")
    content[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(content)


CORPUS: dict[str, Callable[[], bytes]] = {
    "html": lambda: b"<!doctype html><html><body onload=alert(1)>" + b" " * 500,
    "text": lambda: b"The rice was handed over, believe me.",
    "svg": lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "svg after a JPEG's first bytes": lambda: b"\xff\xd8\xff" + b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "html after a JPEG's head": lambda: saved(scene_of())[:200] + b"<script>alert(1)</script>" * 40,
    "pdf": lambda: saved(scene_of(), "PDF"),
    "gif": lambda: saved(scene_of(), "GIF"),
    "tiff": lambda: saved(scene_of(), "TIFF"),
    "bmp": lambda: saved(scene_of(), "BMP"),
    "zip": lambda: b"PK\x03\x04" + bytes(400),
    "one byte": lambda: b"\xff",
    "1 x 1": lambda: saved(scene_of(1, 1)),
    "a line": lambda: saved(scene_of(4000, 2)),
    "30,000 x 30,000": bomb,
    "claims 60,000 x 60,000": lambda: lying_jpeg(60_000, 60_000),
    "much text in a PNG": text_bomb,
    "truncated JPEG": lambda: saved(scene_of())[:-300],
    "truncated PNG": lambda: saved(scene_of(), "PNG")[:-300],
    "truncated WebP": lambda: saved(scene_of(), "WEBP")[:-300],
    "truncated HEIC": lambda: saved(scene_of(), "HEIF")[:-300],
    "HEIC's head only": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(300),
    "zeros after a PNG's head": lambda: saved(scene_of(), "PNG")[:60] + bytes(5000),
}


async def everything(scene: Scene) -> dict[str, Any]:
    """All that a refused attempt must not have added to, and the files in the store."""
    listed = scene.store.objects.list
    files = {bucket: sorted(await listed(bucket)) for bucket in (UPLOADS, EVIDENCE, ORIGINALS)}
    return {**await scene.kept(), **files}


@pytest.mark.parametrize("name", CORPUS)
async def test_what_is_no_photo_is_refused_and_leaves_nothing(scene: Scene, name: str) -> None:
    await scene.open()
    await scene.arrived("P-1")
    signature = await scene.upload(saved(scene_of(200, 80), "PNG"), UploadPurpose.SIGNATURE)
    before = await everything(scene)
    ask = await scene.handover(photo_id=await scene.upload(CORPUS[name]()), signature_id=signature)
    refused = await scene.refused(ask)
    assert (refused.code, refused.field) == ("photo_unreadable", "photoId")
    assert await everything(scene) == before, "neither the upload's bytes nor anything made of them"
    mended = ask.model_copy(update={"photo_id": await scene.upload(saved(scene_of()))})
    assert (await scene.answer(scene.officer, mended)).status == "ACCEPTED"


async def test_eleven_megabytes_are_refused_declared_or_not(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    large = saved(scene_of()) + bytes(11 * MEGABYTE)
    before = await everything(scene)
    with pytest.raises(Refused) as caught:
        await scene.upload(large)
    assert caught.value.code == "photo_too_large"
    assert await everything(scene) == before
    smuggled = await scene.upload(saved(scene_of()), put=large)
    signature = await scene.upload(saved(scene_of(200, 80), "PNG"), UploadPurpose.SIGNATURE)
    assert (
        await scene.refused(await scene.handover(photo_id=smuggled, signature_id=signature))
    ).code == "photo_mismatch"
    assert await scene.store.objects.list(UPLOADS, smuggled) == []
    assert await scene.store.objects.list(UPLOADS, signature) == [signature], "what is good may be used again"


async def test_other_bytes_than_declared_are_refused_and_deleted(scene: Scene) -> None:
    await scene.open()
    await scene.arrived("P-1")
    declared = saved(scene_of())
    for other in (declared[:-1], declared + b"x", saved(scene_of(300, 300)), b"<svg/>"):
        photo = await scene.upload(declared, put=other)
        assert (await scene.refused(await scene.handover(photo_id=photo))).code == "photo_mismatch"
        assert await scene.store.objects.list(UPLOADS, photo) == []
    never = await scene.upload(declared)
    await scene.store.objects.delete(UPLOADS, never)
    assert (await scene.refused(await scene.handover(photo_id=never))).code == "photo_missing"


async def test_anothers_upload_is_unknown_and_stays_theirs(scene: Scene, photo: Callable[[int], bytes]) -> None:
    await scene.open()
    await scene.arrived("P-1")
    theirs = await scene.upload(photo(1), by=scene.other_officer)
    for upload in (theirs, "upl_" + "0" * 26, "../evidence/x", await scene.upload(photo(2), UploadPurpose.SIGNATURE)):
        assert (await scene.refused(await scene.handover(photo_id=upload))).code == "upload_unknown"
    ask = await scene.handover(by=scene.other_officer, photo_id=theirs)
    assert (await scene.answer(scene.other_officer, ask)).status == "ACCEPTED"


async def test_an_upload_serves_once_also_when_it_is_tried_at_once(scene: Scene, photo: Callable[[int], bytes]) -> None:
    await scene.open(8)
    await scene.arrived("P-1")
    shared = await scene.upload(photo(1))
    asks = [await scene.handover(n, photo_id=shared) for n in range(6)]

    async def attempt(ask: RecordHandover) -> str:
        try:
            return (await scene.answer(scene.officer, ask)).status
        except Refused as refused:
            return refused.code

    outcomes = await asyncio.gather(*map(attempt, asks))
    assert outcomes.count("ACCEPTED") == 1
    # Who comes after the bytes were taken away finds none.
    assert set(outcomes) - {"ACCEPTED"} <= {"upload_used", "photo_missing"}
    (handover,) = await scene.store[HANDOVERS].list({})
    assert await scene.store.objects.list(ORIGINALS, handover["photo"]["id"]) == [handover["photo"]["original"]]
    document_keys = {handover[part]["id"] for part in ("photo", "signature")}
    mine = [k for k in await scene.store.objects.list(ORIGINALS) if k.partition(".")[0] in document_keys]
    assert len(mine) == 2
    assert (await scene.refused(await scene.handover(7, photo_id=shared))).code == "upload_used"


async def _put(url: str, content: bytes) -> None:
    def send() -> None:
        with urlopen(Request(url, content, method="PUT"), timeout=5):
            pass

    await asyncio.to_thread(send)


async def test_replacing_the_object_after_verification_changes_nothing(
    scene: Scene, photo: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.open()
    await scene.arrived("P-1")
    content, swapped = photo(1), photo(2)
    ask = CreateEvidenceUpload(
        purpose=UploadPurpose.EVIDENCE_PHOTO, filename="a.jpg", content_type="image/jpeg", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    upload = await create_evidence_upload(scene.store, scene.officer, ask)
    await _put(upload.url, content)
    examine = scene.photos.examine

    async def examined_then_swapped(found: bytes, field: str) -> Any:
        shown = await examine(found, field)
        if field == "photoId":
            await _put(upload.url, swapped)
        return shown

    monkeypatch.setattr(scene.photos, "examine", examined_then_swapped)
    got = await scene.answer(scene.officer, await scene.handover(photo_id=upload.id))
    await _put(upload.url, swapped)
    kept = (await scene.one(HANDOVERS, {"_id": got.id}))["photo"]
    sealed = await scene.store.objects.get(ORIGINALS, kept["original"])
    assert sealed == content
    assert hashlib.sha256(sealed).hexdigest() == kept["sha256"] == got.photo.sha256
    assert await scene.store.objects.get(UPLOADS, upload.id) == swapped, "it lies where nobody looks"
    await scene.store.db["uploads"].update(
        {"_id": upload.id},
        {"$set": {"at": datetime.now(UTC) - timedelta(days=2)}},
    )
    assert await scene.store.uploads.sweep(timedelta(hours=24)) is True
    assert await scene.store.objects.list(UPLOADS, upload.id) == [], "and is swept away"


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
async def test_what_phones_make_is_taken_and_served_without_its_appendix(scene: Scene, kind: str) -> None:
    await scene.open()
    await scene.arrived("P-1")
    clip = b"\x00\x00\x00\x18ftypmp42" + b"a motion clip of the room" * 400
    content = saved(scene_of(1200, 900), kind, exif=b"Exif\x00\x00") if kind == "JPEG" else saved(scene_of(), kind)
    content += clip if kind == "JPEG" else b""
    got = await scene.answer(scene.officer, await scene.handover(photo_id=await scene.upload(content)))
    kept = (await scene.one(HANDOVERS, {"_id": got.id}))["photo"]
    assert kept["format"] == kind
    assert await scene.store.objects.get(ORIGINALS, kept["original"]) == content
    for copy in ("served", "thumbnail"):
        shown = await scene.store.objects.get(EVIDENCE, kept[copy])
        assert b"motion clip" not in shown
        assert b"ftyp" not in shown
        assert shown.startswith(b"\xff\xd8\xff")
        assert shown.endswith(b"\xff\xd9"), "nothing follows the picture's end"
        Image.open(io.BytesIO(shown)).load()


async def test_uploads_that_nobody_uses_are_swept_away(scene: Scene, photo: Callable[[int], bytes]) -> None:
    old, fresh = await scene.upload(photo(1)), await scene.upload(photo(2))
    uploads = scene.store.db["uploads"]
    await uploads.update({"_id": old}, {"$set": {"at": datetime.now(UTC) - timedelta(days=2)}})
    assert await scene.store.uploads.sweep(timedelta(hours=24)) is True
    assert await scene.store.uploads.sweep(timedelta(hours=24)) is False
    assert await scene.store.objects.list(UPLOADS, old) == []
    assert await uploads.get({"_id": old}) is None
    assert await scene.store.objects.list(UPLOADS, fresh) == [fresh]
    with pytest.raises(ValueError, match="under way"):
        await scene.store.uploads.sweep(timedelta(minutes=30))
