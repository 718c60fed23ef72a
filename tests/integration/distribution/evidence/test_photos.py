"""Views of a photo are noted, by an address that expires; originals are for auditors, with a reason."""

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image

from amanah.contracts.actor import Actor
from amanah.contracts.buckets import ORIGINALS
from amanah.contracts.errors import Forbidden, NotFound, Refused, Unavailable
from amanah.contracts.evidence import GetPhotoLinks, RevealOriginal
from amanah.contracts.handovers.handovers import HandoverView
from amanah.runtime.objects import Objects
from services.distribution.evidence.documents import RETENTIONS
from services.distribution.evidence.intake import retain_due
from services.distribution.handovers.commands.photos import get_photo_links, reveal_original
from services.distribution.handovers.documents import HANDOVERS
from tests.integration.distribution.scene import Scene

AUDIT = "audit.entries.v1"


async def recorded(scene: Scene, content: bytes | None = None) -> HandoverView:
    """A handover with its photo."""
    await scene.open()
    await scene.arrived("P-1")
    changes: dict[str, Any] = {} if content is None else {"photo_id": await scene.upload(content)}
    got: HandoverView = await scene.answer(scene.officer, await scene.handover(**changes))
    return got


async def fetched(url: str) -> bytes:
    """The bytes at an address."""

    def read() -> bytes:
        with urlopen(url, timeout=5) as response:
            return bytes(response.read())

    return await asyncio.to_thread(read)


async def noted(scene: Scene, action: str) -> list[Any]:
    """The audit entries of an action."""
    return [e for e in await scene.published(AUDIT) if e["action"] == action]


async def test_the_served_photo_and_its_thumbnail_are_pictures_without_metadata(scene: Scene) -> None:
    exif = Image.Exif()
    exif[271] = "a camera's maker"
    out = io.BytesIO()
    Image.radial_gradient("L").resize((2400, 1800)).convert("RGB").save(out, "JPEG", exif=exif)
    got = await recorded(scene, out.getvalue())
    (link,) = (await get_photo_links(scene.store, scene.officer, GetPhotoLinks(ids=(got.id,)))).nodes
    assert link.expires_at <= datetime.now(UTC) + timedelta(minutes=scene.store.settings.link_minutes)
    for url, side in ((link.url, 1200), (link.thumbnail_url, 320)):
        content = await fetched(url)
        assert b"camera" not in content
        with Image.open(io.BytesIO(content)) as shown:
            assert (shown.format, max(shown.size), dict(shown.getexif())) == ("JPEG", side, {})


async def test_who_looks_is_noted_once_a_day_and_the_recording_officer_is_not(
    scene: Scene, person: Callable[..., Actor]
) -> None:
    got = await recorded(scene)
    ask = GetPhotoLinks(ids=(got.id,))
    await get_photo_links(scene.store, scene.officer, ask)
    assert await noted(scene, "distribution:photo:view") == []
    await asyncio.gather(*(get_photo_links(scene.store, scene.supervisor, ask) for _ in range(6)))
    auditor = person("Gita", AUDITOR="32")
    for _ in range(3):
        assert len((await get_photo_links(scene.store, auditor, ask)).nodes) == 1
    entries = await noted(scene, "distribution:photo:view")
    assert sorted(e["actor"]["id"] for e in entries) == sorted([auditor.id, scene.supervisor.id])
    assert all({"type": "Handover", "id": got.id} in e["concerns"] for e in entries)
    elsewhere = person("Hana", SUPERVISOR="32.02")
    assert (await get_photo_links(scene.store, elsewhere, ask)).nodes == ()
    assert len(await noted(scene, "distribution:photo:view")) == 2


async def test_a_page_of_photos_is_one_entry_a_village_that_names_each(scene: Scene) -> None:
    await scene.open(4)
    await scene.arrived("P-1")
    made = [await scene.answer(scene.officer, await scene.handover(n)) for n in range(4)]
    await get_photo_links(scene.store, scene.supervisor, GetPhotoLinks(ids=tuple(each.id for each in made)))
    entries = await noted(scene, "distribution:photo:view")
    named = {e["area"]: {each["id"] for each in e["concerns"] if each["type"] == "Recipient"} for e in entries}
    first, second, third, fourth = scene.recipients
    assert named == {"32.01.05.2001": {first, third}, "32.01.05.2002": {second, fourth}}
    assert len(entries) == 2


async def test_what_cannot_be_noted_is_not_shown(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    got = await recorded(scene)

    async def away(*_: Any, **__: Any) -> str:
        raise Unavailable("unavailable.store")

    monkeypatch.setattr(scene.store.outbox, "record", away)
    with pytest.raises(Unavailable):
        await get_photo_links(scene.store, scene.supervisor, GetPhotoLinks(ids=(got.id,)))


async def test_an_original_is_for_auditors_with_a_reason(
    scene: Scene, person: Callable[..., Actor], photo: Callable[[int], bytes]
) -> None:
    content = photo(3) + b"appended motion clip"
    got = await recorded(scene, content)
    ask = RevealOriginal(handover_id=got.id, reason="Compared with the case file.")
    auditor = person("Gita", AUDITOR="32")
    link = await reveal_original(scene.store, auditor, ask)
    assert await fetched(link.url) == content
    assert link.expires_at <= datetime.now(UTC) + timedelta(minutes=5)
    await reveal_original(scene.store, auditor, ask)
    entries = await noted(scene, "distribution:photo:reveal")
    assert [(e["actor"]["id"], e["reason"]) for e in entries] == [(auditor.id, "Compared with the case file.")] * 2
    for other in (scene.officer, scene.supervisor, person("Dewi", APPROVER="32")):
        with pytest.raises(Forbidden):
            await reveal_original(scene.store, other, ask)
    with pytest.raises(NotFound):
        await reveal_original(scene.store, person("Hana", AUDITOR="33"), ask)
    numbered = ask.model_copy(update={"reason": "About 3201 0501 0100 0003, who complained."})
    with pytest.raises(Refused) as caught:
        await reveal_original(scene.store, auditor, numbered)
    assert caught.value.code == "reason_unfit"


async def test_a_store_without_object_lock_is_known_and_is_never_asked_to_retain(scene: Scene) -> None:
    await recorded(scene)
    assert await scene.store.objects.locks(ORIGINALS) is False
    assert await scene.store[RETENTIONS].count({}) == 0


@pytest.mark.parametrize("locks", [True, False])
async def test_where_the_store_locks_the_originals_are_retained_also_after_a_stop(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, locks: bool
) -> None:
    retained: list[tuple[str, str, datetime]] = []
    away = True

    class Versioned(Objects):
        """The store, as if it had versions."""

        async def put(self, bucket: str, key: str, data: bytes, content_type: str = "") -> str | None:
            await Objects.put(self, bucket, key, data, content_type)
            return "v1" if bucket == ORIGINALS else None

        async def locks(self, bucket: str) -> bool:
            return bucket == ORIGINALS and locks

        async def retain(self, bucket: str, key: str, version: str, until: datetime) -> None:
            if away:
                raise Unavailable("unavailable.objects")
            retained.append((key, version, until))

    monkeypatch.setattr(scene.store.objects, "__class__", Versioned)
    got = await recorded(scene)
    document = await scene.one(HANDOVERS, {"_id": got.id})
    if locks:
        with pytest.raises(Unavailable):
            await retain_due(scene.store)
    away = False
    assert await retain_due(scene.store) is True, "what is due stays due"
    assert await retain_due(scene.store) is False
    originals = {document[part]["original"] for part in ("photo", "signature")}
    assert {key for key, _, _ in retained} == (originals if locks else set())
    assert all(until > datetime.now(UTC) + timedelta(days=3650) for _, _, until in retained)


async def test_what_is_refused_is_not_retained(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.open()
    await scene.arrived("P-1", quantity=10)
    put = scene.store.objects.put

    async def versioned(bucket: str, *rest: Any) -> str | None:
        await put(bucket, *rest)
        return None if bucket != ORIGINALS else "null"

    monkeypatch.setattr(scene.store.objects, "put", versioned)
    asks = [await scene.handover(n) for n in (0, 2)]
    await scene.answer(scene.officer, asks[0])
    with pytest.raises(Refused):
        await scene.answer(scene.officer, asks[1])
    assert await scene.store[RETENTIONS].count({}) == 2


async def test_a_signature_is_looked_at_like_the_photo(scene: Scene) -> None:
    await scene.open(2)
    await scene.arrived("P-1")
    got = await scene.answer(scene.officer, await scene.handover(0))
    asked = GetPhotoLinks(ids=(got.id,))
    (link,) = (await scene.answer(scene.supervisor, asked)).nodes
    assert got.signature.id in link.signature_url
    assert got.photo.id in link.url
    views = [e for e in await scene.published("audit.entries.v1") if e["action"] == "distribution:photo:view"]
    assert len(views) == 1
