"""Each day has one anchor; with an authority it is stamped, and without an answer the log goes on all the same."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from amanah.contracts.audit.actions import AuditAction
from amanah.tlog import anchors
from amanah.tlog.checkpoint import open_checkpoint
from amanah.tlog.timestamps import Authority
from services.audit.anchors.workers import Dating, Stamping
from services.audit.log.publisher import Publisher
from services.audit.settings import AuditSettings
from services.audit.store import Store
from tests.conftest import StampingOffice
from tests.integration.audit.conftest import Append, MakeEntry

MORNING = datetime(2026, 11, 24, 0, 0, 3, tzinfo=UTC)


@pytest.fixture
async def published(store: Store, append: Append, make_entry: MakeEntry) -> Store:
    await append(make_entry(0), make_entry(1))
    await Publisher(store).step()
    return store


@pytest.fixture
async def authority(tsa: StampingOffice) -> AsyncIterator[Callable[..., str]]:
    """An authority's address; it answers what `openssl ts` does, or first so many times 503."""
    refusals = [0]

    async def answer(request: web.Request) -> web.Response:
        if refusals[0]:
            refusals[0] -= 1
            return web.Response(status=503)
        assert request.content_type == "application/timestamp-query"
        return web.Response(body=tsa.answer(await request.read()), content_type="application/timestamp-reply")

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server:

        def at(refusing: int = 0) -> str:
            refusals[0] = refusing
            return str(server.make_url("/"))

        yield at


async def told(store: Store) -> list[dict[str, Any]]:
    return [orjson.loads(bytes(d["value"])) for d in await store.outbox.pending(100)]


async def test_a_day_has_one_anchor_whatever_the_number_of_instances(
    published: Store, make_store: Callable[[], Store]
) -> None:
    checkpoint = await published.log.read("checkpoint")
    await asyncio.gather(*(Dating(make_store()).date(MORNING) for _ in range(4)))
    await Dating(published).date(MORNING + timedelta(hours=9))
    event, entry = await told(published)
    head, _ = open_checkpoint(checkpoint, published.signers[0].verifier)
    assert (event["day"], event["size"], event["origin"]) == ("2026-11-24", 2, "log.example/audit")
    assert entry["action"] == "audit:checkpoint:date"
    assert entry["subject"] == {"type": "Checkpoint", "id": "2026-11-24"}
    assert entry["event"]["type"] == "id.amanah.audit.checkpoint.dated.v1"
    await Dating(published).write()
    kept = await published.log.objects.get(published.log.bucket, anchors.path("2026-11-24", anchors.CHECKPOINT))
    assert kept == checkpoint
    assert head.size == 2


async def test_the_anchor_stays_while_the_log_grows(published: Store, append: Append, make_entry: MakeEntry) -> None:
    dating = Dating(published)
    await dating.date(MORNING)
    await dating.write()
    await append(make_entry(2))
    await Publisher(published).step()
    await dating.date(MORNING + timedelta(hours=23))
    await dating.write()
    await dating.date(MORNING + timedelta(days=1))
    await dating.write()
    sizes = {}
    for day in ("2026-11-24", "2026-11-25"):
        note = await published.log.objects.get(published.log.bucket, anchors.path(day, anchors.CHECKPOINT))
        sizes[day] = open_checkpoint(note, published.signers[0].verifier)[0].size
    assert sizes == {"2026-11-24": 2, "2026-11-25": 3}


async def test_an_empty_log_has_nothing_to_date(store: Store) -> None:
    await Publisher(store).step()
    await Dating(store).date(MORNING)
    assert await told(store) == []


async def test_an_anchor_is_stamped_as_soon_as_the_authority_answers(
    published: Store, authority: Callable[..., str], tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(refusing=2), tsa_certificates=tsa.certificates)
    dating = Dating(published)
    stamping = Stamping(published, dating)
    await dating.date(MORNING)
    for refused in (1, 2):
        await stamping.step()
        assert stamping.figures() | {"waiting": 1, "failed": refused} == stamping.figures()
    await stamping.step()
    await stamping.step()
    await dating.write()
    checkpoint, answer = [
        await published.log.objects.get(published.log.bucket, anchors.path("2026-11-24", file))
        for file in (anchors.CHECKPOINT, anchors.TIMESTAMP)
    ]
    assert Authority(tsa.certificates.read_bytes()).check(answer, checkpoint) <= datetime.now(UTC)
    assert [entry["action"] for entry in await told(published) if "action" in entry] == [
        AuditAction.CHECKPOINT_DATE,
        AuditAction.CHECKPOINT_STAMP,
    ]


async def test_what_is_not_stamped_does_not_keep_back_the_others(
    published: Store, authority: Callable[..., str], tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(refusing=1), tsa_certificates=tsa.certificates)
    dating = Dating(published)
    for day in range(2):
        await dating.date(MORNING + timedelta(days=day))
    await Stamping(published, dating).step()
    assert [anchor["_id"] for anchor in await published.anchors.unstamped(9)] == ["2026-11-25"]


async def test_an_answer_that_does_not_hold_is_not_kept(
    published: Store, authority: Callable[..., str], tsa: StampingOffice, tmp_path: Path
) -> None:
    other = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=Other")
    tsa.openssl(*other, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "other.pem"))
    published.settings = AuditSettings(tsa_url=authority(), tsa_certificates=tmp_path / "other.pem")
    dating = Dating(published)
    stamping = Stamping(published, dating)
    await dating.date(MORNING)
    await stamping.step()
    assert stamping.figures()["failed"] == 1
    assert [anchor["_id"] for anchor in await published.anchors.unstamped(9)] == ["2026-11-24"]


async def test_shorter_periods_are_stamped_and_the_day_alone_is_announced(
    published: Store, authority: Callable[..., str], tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(), tsa_certificates=tsa.certificates, tsa_every_h=6)
    dating = Dating(published)
    for hour in (1, 7, 8, 13):
        await dating.date(MORNING + timedelta(hours=hour))
    names = {anchor["_id"] for anchor in await published.anchors.unstamped(9)}
    assert names == {"2026-11-24", "2026-11-24T06", "2026-11-24T12"}
    found = await told(published)
    assert {entry["subject"]["id"] for entry in found if "subject" in entry} == names
    assert [event["day"] for event in found if "day" in event] == ["2026-11-24"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"tsa_url": "http://127.0.0.1:1/"}, "tsa_certificates"),
        ({"tsa_certificates": "/nowhere.pem"}, "tsa_certificates"),
        ({"tsa_url": "ftp://127.0.0.1/"}, "tsa_url"),
        ({"tsa_every_h": 5}, "tsa_every_h"),
    ],
)
def test_settings_that_cannot_work_are_named(given: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        AuditSettings(**given)
