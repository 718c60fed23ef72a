"""`/log/`: the files of the public log, and a checkpoint that does not go back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from amanah.contracts.audit.proofs import CheckpointView, GetCheckpoint
from amanah.contracts.errors import AmanahError, Forbidden, NotFound, Unavailable
from amanah.tlog.checkpoint import Checkpoint, Signer
from tests.unit.gateway.conftest import Built, House

Tick = Callable[[], None]


def note(size: int, origin: str = "log.example/audit", root: bytes = bytes(32)) -> bytes:
    return Checkpoint(origin, size, root).signed(Signer(origin, bytes(32))).encode()


def publish(house: House, checkpoint: bytes | AmanahError) -> None:
    """Sets the audit service's answer from here on."""
    if isinstance(checkpoint, bytes):
        house.owners.answers[GetCheckpoint] = CheckpointView(text=checkpoint.decode())
    else:
        house.owners.answers[GetCheckpoint] = checkpoint


async def served(house: House) -> bytes:
    answer = await house.send("GET", "/log/checkpoint", token=None)
    assert answer.status == 200
    body: bytes = answer.body
    return body


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Tick:
    """A clock that moves on a second when it is told to."""
    now = 100.0
    monkeypatch.setattr("gateway.log.routes.time.monotonic", lambda: now)

    def move() -> None:
        nonlocal now
        now += 1

    return move


class TestFiles:
    async def test_the_log_is_public(self, house: House) -> None:
        publish(house, note(3))
        house.files.files = {"tile/0/000.p/3": b"h" * 96}
        checkpoint = await house.send("GET", "/log/checkpoint", token=None)
        assert (checkpoint.status, checkpoint.body) == (200, note(3))
        assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
        assert checkpoint.headers["cache-control"] == "public, max-age=1"
        tile = await house.send("GET", "/log/tile/0/000.p/3", token=None)
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        assert (await house.send("GET", "/log/tile/0/001", token=None)).status == 404

    async def test_dated_checkpoints_lie_beside_it_for_good(self, house: House) -> None:
        house.files.files = {"anchor/2026-11-24/checkpoint": b"note", "anchor/2026-11-24/timestamp.tsr": b"0"}
        for file, kind in (("checkpoint", "text/plain; charset=utf-8"), ("timestamp.tsr", "application/octet-stream")):
            found = await house.send("GET", f"/log/anchor/2026-11-24/{file}", token=None)
            assert (found.status, found.headers["content-type"]) == (200, kind)
            assert "immutable" in found.headers["cache-control"]
        assert (await house.send("GET", "/log/anchor/2026-11-25/checkpoint", token=None)).status == 404

    async def test_no_cache_keeps_that_a_file_is_missing_for_it_may_come(self, house: House) -> None:
        publish(house, NotFound("not_found.checkpoint"))
        for path in ("tile/0/001", "checkpoint", "nothing"):
            missing = await house.send("GET", f"/log/{path}", token=None)
            assert (missing.status, missing.headers["cache-control"]) == (404, "no-store")
        house.files.files = {"tile/0/001": b"h" * 8192}
        assert (await house.send("GET", "/log/tile/0/001", token=None)).status == 200

    @pytest.mark.parametrize(
        "path", ["keys/audit.key", "tile/0/../secret", "tile/64/000", "tile/0/000.p/256", "checkpoint%0A", "", "tile"]
    )
    async def test_only_paths_of_a_log_reach_the_store(self, house: House, path: str) -> None:
        assert (await house.send("GET", f"/log/{path}", token=None)).status == 404
        assert house.files.read == []

    @pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/3", "tile/0/000", "anchor/2026-11-24/checkpoint"])
    @pytest.mark.parametrize("more", ["%0A", "%0a%0a", "%0D", "%20", "/", "%00"])
    async def test_a_path_with_anything_behind_it_is_another(self, house: House, path: str, more: str) -> None:
        publish(house, note(3))
        house.files.files = {path: b"a file of the log"}
        assert (await house.send("GET", f"/log/{path}", token=None)).status == 200
        assert (await house.send("GET", f"/log/{path}{more}", token=None)).status == 404

    async def test_one_address_has_a_budget_of_files(self, build: Built) -> None:
        house = build(log_rate="2/day")
        house.files.files = {"tile/0/000": b"h" * 8192}
        for _ in range(2):
            assert (await house.send("GET", "/log/tile/0/000", token=None)).status == 200
        refused = await house.send("GET", "/log/tile/0/000", token=None)
        assert (refused.status, refused.json["code"]) == (429, "throttled")
        assert int(refused.headers["retry-after"]) > 0
        assert house.files.read == ["tile/0/000"] * 2

    async def test_whoever_reads_the_log_has_not_spent_what_other_pages_allow(self, build: Built) -> None:
        house = build(log_rate="1/day", anonymous_rate="1/day")
        for _ in range(2):
            await house.send("GET", "/log/tile/0/000", token=None)
        assert (await house.send("GET", "/verify/nothing", token=None)).status == 404


class TestCheckpoint:
    async def test_it_is_remembered_for_a_second_and_through_an_outage(self, house: House, tick: Tick) -> None:
        house.files.files = {"checkpoint": note(1)}
        publish(house, Unavailable("unavailable.audit"))
        assert await served(house) == note(1)
        publish(house, note(2))
        assert await served(house) == note(1), "an outage is not asked about with every request"
        tick()
        assert await served(house) == note(2)
        publish(house, note(3))
        assert await served(house) == note(2)
        tick()
        assert await served(house) == note(3)
        publish(house, Unavailable("unavailable.audit"))
        tick()
        assert await served(house) == note(3)

    async def test_before_the_first_there_is_none(self, house: House) -> None:
        publish(house, NotFound("not_found.checkpoint"))
        assert (await house.send("GET", "/log/checkpoint", token=None)).status == 404

    @pytest.mark.parametrize("copy", [None, b"no checkpoint"])
    async def test_a_failure_is_remembered_for_a_second_as_well(
        self, house: House, tick: Tick, copy: bytes | None
    ) -> None:
        publish(house, Unavailable("unavailable.audit"))
        house.files.files = {"checkpoint": copy} if copy else {}
        asked = [house.send("GET", "/log/checkpoint", token=None) for _ in range(10)]
        assert {answer.status for answer in await asyncio.gather(*asked)} == {503}
        assert (len(house.owners.asked), house.files.read) == (1, ["checkpoint"])
        tick()
        publish(house, note(1))
        assert await served(house) == note(1)

    async def test_who_comes_while_nothing_answers_waits_for_one_question(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[Any] = []

        async def silent(*question: Any) -> None:
            asked.append(question)
            await asyncio.Event().wait()

        monkeypatch.setattr("gateway.log.routes._TIMEOUT_SECONDS", 0.01)
        monkeypatch.setattr(house.owners, "call", silent)
        monkeypatch.setattr(house.files, "get", silent)
        many = [house.send("GET", "/log/checkpoint", token=None) for _ in range(10)]
        assert {answer.status for answer in await asyncio.gather(*many)} == {503}
        assert len(asked) == 2, "the service, and the object store"

    @pytest.mark.parametrize("failure", [NotFound("not_found"), Forbidden("forbidden"), AmanahError("internal")])
    async def test_whatever_the_service_fails_with_a_known_one_is_served(
        self, house: House, tick: Tick, failure: AmanahError, capsys: pytest.CaptureFixture[str]
    ) -> None:
        publish(house, note(5))
        await served(house)
        tick()
        publish(house, failure)
        assert await served(house) == note(5)
        assert "gives no checkpoint" in capsys.readouterr().out

    async def test_of_its_own_and_the_copy_the_larger_is_served_in_an_outage(self, house: House, tick: Tick) -> None:
        """Behind a load balancer another process may have served the larger one already."""
        publish(house, note(5))
        await served(house)
        publish(house, Unavailable("unavailable.audit"))
        for copy, expected in ((4, 5), (5, 5), (7, 7), (6, 7)):
            tick()
            house.files.files = {"checkpoint": note(copy)}
            assert await served(house) == note(expected)

    async def test_the_copy_of_another_log_is_none(self, house: House, tick: Tick) -> None:
        publish(house, note(5))
        await served(house)
        tick()
        publish(house, Unavailable("unavailable.audit"))
        house.files.files = {"checkpoint": note(9, "other.example/log")}
        assert await served(house) == note(5)

    async def test_it_never_goes_back(self, house: House, tick: Tick, capsys: pytest.CaptureFixture[str]) -> None:
        publish(house, note(5))
        await served(house)
        publish(house, note(4))
        tick()
        assert await served(house) == note(5)
        assert "smaller than one that was served" in capsys.readouterr().out
        tick()
        later = note(5, root=bytes([1] * 32))
        publish(house, later)
        assert await served(house) == later, "of one size, the service has the last word"

    async def test_the_service_says_which_log_it_is(self, house: House, tick: Tick) -> None:
        publish(house, note(5))
        await served(house)
        tick()
        publish(house, note(1, "other.example/log"))
        assert await served(house) == note(1, "other.example/log")
