"""The gateway and the four services in one process: the gateway's `/readyz` and `/metrics` tell of all of them."""

import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from amanah.cli.embedded import free_port
from amanah.cli.process import OWNERS, all_services, create_topics_and_buckets, open_runtime, serving
from amanah.runtime import mongo
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.service import Service
from amanah.runtime.settings import Settings
from services.audit import app
from services.audit.store import Store
from tests.waiting import eventually

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
PAGE = Path(__file__).parents[2] / "docs" / "operate" / "audit.md"


@dataclass
class Process:
    """Running process and the answers of its port."""

    gateway: Service
    session: aiohttp.ClientSession

    def beside(self, name: str) -> Service:
        (found,) = [service for service in self.gateway.beside if service.name == name]
        return found

    async def readyz(self) -> tuple[int, dict[str, Any]]:
        async with self.session.get("/readyz") as answer:
            return answer.status, await answer.json()

    async def troubles(self) -> list[str]:
        _, body = await self.readyz()
        found: list[str] = body["troubles"]
        return found

    async def metrics(self) -> list[Metric]:
        async with self.session.get("/metrics") as answer:
            return list(text_string_to_metric_families(await answer.text()))

    async def figures(self) -> dict[tuple[str, str, str], float]:
        """Figures of the workers by service, worker and figure."""
        (family,) = [each for each in await self.metrics() if each.name == "amanah_worker"]
        return {(s.labels["service"], s.labels["worker"], s.labels["figure"]): s.value for s in family.samples}

    async def published(self) -> float:
        return (await self.figures())["audit", "publisher", "published"]


Up = Callable[[], AbstractAsyncContextManager[Process]]


@pytest.fixture
async def bucket(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> str:
    """The log's bucket, of this test alone."""
    name = f"audit-{uuid.uuid4().hex}"
    await objects.ensure_buckets(name)
    monkeypatch.setattr(app, "Store", partial(Store, bucket=name))
    return name


@pytest.fixture
def up(stores: Settings, database: Callable[[str], Database], bucket: str, tmp_path: Path) -> Up:
    """Starts what `amanah up` does, on databases and a bucket of this test alone."""

    @asynccontextmanager
    async def started() -> AsyncIterator[Process]:
        port = free_port()
        async with open_runtime(stores.model_copy(update={"data": tmp_path})) as found:
            await create_topics_and_buckets(found)
            async with (
                all_services(replace(found, database=database)) as gateway,
                serving(gateway, "127.0.0.1", port),
                aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
            ):
                yield Process(gateway, session)

    return started


async def test_the_gateway_counts_for_all_and_what_the_alerts_look_at_is_there(up: Up) -> None:
    async with up() as process:
        await eventually(process.published)
        figures = await process.figures()
        families = [family.name for family in await process.metrics()]
        assert sorted(families) == sorted(set(families))
        assert "process_cpu_seconds" in families
    workers = {(service, worker) for service, worker, _ in figures}
    assert {service for service, _ in workers} == {"gateway", *OWNERS}
    assert {(*worker, "trouble") for worker in workers} <= set(figures)
    assert figures["audit", "publisher", "holds"] == 1

    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    watched = [
        dict(re.findall(r'(\w+)="([^"]*)"', labels)) for r in rules for labels in re.findall(r"{(.*?)}", r["expr"])
    ]
    assert watched
    counted = [dict(zip(("service", "worker", "figure"), figure, strict=True)) for figure in figures]
    assert [each for each in watched if not any(each.items() <= labels.items() for labels in counted)] == []
    page = PAGE.read_text()
    assert [rule["alert"] for rule in rules if f"`{rule['alert']}`" not in page] == [], (
        "the page says what to do about each"
    )


async def test_a_log_that_cannot_be_published_is_told_and_takes_no_traffic_away(
    up: Up, objects: Objects, bucket: str
) -> None:
    await objects.put(bucket, "checkpoint", b"another log's")
    async with up() as process:
        await eventually(process.troubles)
        status, body = await process.readyz()
        assert (status, body["service"], body["ready"]) == (200, "gateway", True)
        (trouble,) = body["troubles"]
        assert trouble.startswith("audit: publisher: The published checkpoint is not of this log's key")
        figures = await process.figures()
    assert [name for name, value in figures.items() if name[2] == "trouble" and value] == [
        ("audit", "publisher", "trouble")
    ]


async def test_a_store_that_a_service_beside_it_needs_takes_the_traffic_away(up: Up) -> None:
    async with up() as process, mongo.connect(f"mongodb://127.0.0.1:{free_port()}") as gone:
        assert await process.readyz() == (200, {"service": "gateway", "ready": True, "troubles": []})
        process.beside("reporting").pings = [gone("reporting").ping]
        status, body = await process.readyz()
        assert (status, body["ready"]) == (503, False)
        assert [trouble.split(": ")[0] for trouble in body["troubles"]] == ["reporting"]
