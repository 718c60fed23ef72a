"""Dated checkpoints, one a day, and their time stamps; without an authority's answer the log continues."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.errors import Unavailable
from amanah.runtime.bus.lease import Lease
from amanah.runtime.service import Service
from amanah.tlog import anchors
from amanah.tlog.checkpoint import open_checkpoint
from amanah.tlog.timestamps import Authority
from services.audit.anchors import workers
from services.audit.anchors.lookup import unstamped_anchors
from services.audit.anchors.workers import CheckpointDating, CheckpointStamping
from services.audit.log.files import LogFiles
from services.audit.log.publisher import Publisher
from services.audit.settings import AuditSettings
from services.audit.store import Store
from tests.conftest import StampingOffice
from tests.integration.audit.logs import Append, MakeEntry
from tests.waiting import eventually

MORNING = datetime(2026, 11, 24, 0, 0, 3, tzinfo=UTC)


class AuthorityUrl(Protocol):
    """Returns the URL of an authority that answers as `openssl ts` does, after `refusing` answers with status 503."""

    def __call__(self, refusing: int = 0) -> str: ...


@pytest.fixture
async def published(store: Store, files: LogFiles, append: Append, make_entry: MakeEntry) -> Store:
    """The store of a log with a published checkpoint of two entries."""
    await append(make_entry(0), make_entry(1))
    await Publisher(store, files).step()
    return store


@pytest.fixture
async def authority(tsa: StampingOffice) -> AsyncIterator[AuthorityUrl]:
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
    published: Store, files: LogFiles, make_store: Callable[..., Store]
) -> None:
    checkpoint = await files.read("checkpoint")
    await asyncio.gather(*(CheckpointDating(make_store(), files).date(MORNING) for _ in range(4)))
    await CheckpointDating(published, files).date(MORNING + timedelta(hours=9))
    event, entry = await told(published)
    head, _ = open_checkpoint(checkpoint, published.signers[0].verifier)
    assert (event["day"], event["size"], event["origin"]) == ("2026-11-24", 2, "log.example/audit")
    assert entry["action"] == "audit:checkpoint:date"
    assert entry["subject"] == {"type": "Checkpoint", "id": "2026-11-24"}
    assert entry["event"]["type"] == "id.amanah.audit.checkpoint.dated.v1"
    await CheckpointDating(published, files).write()
    kept = await published.objects.get(published.bucket, anchors.path("2026-11-24", anchors.CHECKPOINT))
    assert kept == checkpoint
    assert head.size == 2


async def test_the_anchor_stays_while_the_log_grows(
    published: Store, files: LogFiles, append: Append, make_entry: MakeEntry
) -> None:
    dating = CheckpointDating(published, files)
    await dating.date(MORNING)
    await dating.write()
    await append(make_entry(2))
    await Publisher(published, files).step()
    await dating.date(MORNING + timedelta(hours=23))
    await dating.write()
    await dating.date(MORNING + timedelta(days=1))
    await dating.write()
    sizes = {}
    for day in ("2026-11-24", "2026-11-25"):
        note = await published.objects.get(published.bucket, anchors.path(day, anchors.CHECKPOINT))
        sizes[day] = open_checkpoint(note, published.signers[0].verifier)[0].size
    assert sizes == {"2026-11-24": 2, "2026-11-25": 3}


async def test_an_empty_log_has_nothing_to_date(store: Store, files: LogFiles) -> None:
    await Publisher(store, files).step()
    await CheckpointDating(store, files).date(MORNING)
    assert await told(store) == []


async def test_an_anchor_is_stamped_as_soon_as_the_authority_answers(
    published: Store, files: LogFiles, authority: AuthorityUrl, tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(refusing=2), tsa_certificates=tsa.certificates)
    dating = CheckpointDating(published, files)
    stamping = CheckpointStamping(published, dating)
    await dating.date(MORNING)
    for refused in (1, 2):
        await stamping.step()
        assert stamping.figures() | {"waiting": 1, "failed": refused} == stamping.figures()
    await stamping.step()
    await stamping.step()
    await dating.write()
    checkpoint, answer = [
        await published.objects.get(published.bucket, anchors.path("2026-11-24", file))
        for file in (anchors.CHECKPOINT, anchors.TIMESTAMP)
    ]
    assert Authority(tsa.certificates.read_bytes()).check(answer, checkpoint) <= datetime.now(UTC)
    assert [entry["action"] for entry in await told(published) if "action" in entry] == [
        AuditAction.CHECKPOINT_DATE,
        AuditAction.CHECKPOINT_STAMP,
    ]


async def test_an_authority_that_fails_for_an_hour_is_a_trouble_until_it_answers(
    published: Store, files: LogFiles, authority: AuthorityUrl, tsa: StampingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: now))
    published.settings = AuditSettings(tsa_url=authority(refusing=3), tsa_certificates=tsa.certificates)
    dating = CheckpointDating(published, files)
    stamping = CheckpointStamping(published, dating)
    service = Service("audit", prepare=dating.write, workers=[stamping], ready=True)
    await dating.date(MORNING)
    told: list[list[str]] = []
    for moment in (0.0, 3599.0, 3600.0, 3630.0):
        now = moment
        await stamping.step()
        told.append(service.troubles())
    line = "time stamps: no time stamp for the checkpoint of 2026-11-24: the authority answered 503"
    assert told == [[], [], [line], []]
    assert await service.readiness_failures() == []


async def test_an_instance_without_the_lease_has_no_trouble_with_the_authority(
    published: Store, files: LogFiles, authority: AuthorityUrl, tsa: StampingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_TROUBLE_AFTER_S", 0.0)
    published.settings = AuditSettings(tsa_url=authority(refusing=1), tsa_certificates=tsa.certificates)
    dating = CheckpointDating(published, files)
    stamping = CheckpointStamping(published, dating)
    await dating.date(MORNING)
    await stamping.step()
    assert stamping.trouble() is not None

    async def lost(_: Lease) -> bool:
        return False

    monkeypatch.setattr(Lease, "hold", lost)
    await stamping.step()
    assert (stamping.trouble(), stamping.figures()["waiting"]) == (None, 0)


async def test_a_store_that_does_not_answer_is_a_trouble_of_the_worker(
    published: Store, files: LogFiles, authority: AuthorityUrl, tsa: StampingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_: Lease) -> bool:
        raise Unavailable("unavailable.store")

    monkeypatch.setattr(Lease, "hold", down)
    published.settings = AuditSettings(tsa_url=authority(), tsa_certificates=tsa.certificates)
    stamping = CheckpointStamping(published, CheckpointDating(published, files))
    running = asyncio.create_task(stamping.run())
    try:
        assert await eventually(stamping.trouble) == Unavailable("unavailable.store").message
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_is_not_stamped_does_not_keep_back_the_others(
    published: Store, files: LogFiles, authority: Callable[..., str], tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(refusing=1), tsa_certificates=tsa.certificates)
    dating = CheckpointDating(published, files)
    for day in range(2):
        await dating.date(MORNING + timedelta(days=day))
    await CheckpointStamping(published, dating).step()
    assert [anchor["_id"] for anchor in await unstamped_anchors(published, 9)] == ["2026-11-25"]


async def test_an_answer_that_does_not_hold_is_not_kept(
    published: Store, files: LogFiles, authority: Callable[..., str], tsa: StampingOffice, tmp_path: Path
) -> None:
    other = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=Other")
    tsa.openssl(*other, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "other.pem"))
    published.settings = AuditSettings(tsa_url=authority(), tsa_certificates=tmp_path / "other.pem")
    dating = CheckpointDating(published, files)
    stamping = CheckpointStamping(published, dating)
    await dating.date(MORNING)
    await stamping.step()
    assert stamping.figures()["failed"] == 1
    assert [anchor["_id"] for anchor in await unstamped_anchors(published, 9)] == ["2026-11-24"]


async def test_shorter_periods_are_stamped_and_the_day_alone_is_announced(
    published: Store, files: LogFiles, authority: Callable[..., str], tsa: StampingOffice
) -> None:
    published.settings = AuditSettings(tsa_url=authority(), tsa_certificates=tsa.certificates, tsa_every_h=6)
    dating = CheckpointDating(published, files)
    for hour in (1, 7, 8, 13):
        await dating.date(MORNING + timedelta(hours=hour))
    names = {anchor["_id"] for anchor in await unstamped_anchors(published, 9)}
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
