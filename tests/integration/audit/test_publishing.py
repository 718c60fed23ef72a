import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from amanah.bus.lease import Lease
from amanah.contracts.audit import AuditEntry
from amanah.contracts.errors import NotFound, Unavailable
from amanah.tlog.checkpoint import Checkpoint, Signer, open_checkpoint
from amanah.tlog.verify import Report
from services.audit.domain.growth import LogBroken
from services.audit.publisher import Publisher
from services.audit.store import Store

MakeEntry = Callable[..., AuditEntry]
Append = Callable[..., Awaitable[None]]
Verified = Callable[..., Awaitable[Report]]


class Crash(BaseException):
    """The process ends here."""


async def settle(publisher: Publisher) -> None:
    """Publish all that waits, and let another publisher have the lease."""
    while await publisher.step():
        pass
    await publisher._lease.release()


async def test_an_empty_log_has_a_checkpoint(store: Store, verified: Verified) -> None:
    assert await Publisher(store).step() is False
    report = await verified()
    assert report.verified
    assert report.size == 0


async def test_what_is_stored_is_published_and_continues(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified
) -> None:
    publisher = Publisher(store)
    kept: Checkpoint | None = None
    for size in (1, 2, 255, 256, 300, 900):
        before = await store.log.stored()
        await append(*(make_entry(i) for i in range(before, size)))
        await settle(publisher)
        report = await verified(kept=kept)
        assert report.verified, report.findings
        assert report.size == size
        kept, _ = open_checkpoint(await store.log.read("checkpoint"), store.signers[0].verifier)
    assert publisher.figures()["published"] == publisher.figures()["stored"] == 900
    assert await store.log.read("tile/entries/000.p/2"), "every published size stays served"


async def test_a_backlog_is_published_in_steps(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified
) -> None:
    await append(*(make_entry(i) for i in range(2100)))
    publisher = Publisher(store)
    assert await publisher.step() is True
    assert (await verified()).size == 2048
    assert await publisher.step() is False
    report = await verified()
    assert report.verified
    assert report.size == 2100


async def test_an_entry_delivered_again_keeps_its_place(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(make_entry(1), make_entry(2), make_entry(1))
    await append(make_entry(2), make_entry(3))
    assert await store.log.stored() == 3
    assert await store.entries.leaves(0, 3) == [make_entry(i).canonical() for i in (1, 2, 3)]


async def test_instances_that_append_at_once_leave_no_gap(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await asyncio.gather(*(append(*(make_entry(i) for i in range(n, n + 40))) for n in (0, 20, 40, 0)))
    assert await store.log.stored() == 80
    assert len(set(await store.entries.leaves(0, 80))) == 80


@pytest.mark.parametrize("writes", [0, 2, 4, 5, 6])
async def test_stopped_anywhere_the_next_one_goes_on(
    store: Store,
    append: Append,
    make_entry: MakeEntry,
    verified: Verified,
    make_store: Callable[[], Store],
    monkeypatch: pytest.MonkeyPatch,
    writes: int,
) -> None:
    await append(*(make_entry(i) for i in range(300)))
    await settle(Publisher(store))
    kept, _ = open_checkpoint(await store.log.read("checkpoint"), store.signers[0].verifier)
    await append(*(make_entry(i) for i in range(300, 600)))

    left = writes
    write = store.log.write

    async def failing(path: str, data: bytes) -> None:
        nonlocal left
        if left == 0:
            raise Crash
        left -= 1
        await write(path, data)

    monkeypatch.setattr(store.log, "write", failing)
    publisher = Publisher(store)
    publisher._checked = float("inf")
    with suppress(Crash):  # none when all writes of the step went well
        await settle(publisher)
    await publisher._lease.release()
    assert (await verified(kept=kept)).verified, "what was published before stays so"

    await settle(Publisher(make_store()))
    report = await verified(kept=kept)
    assert report.verified, report.findings
    assert report.size == 600


async def test_a_head_that_was_moved_but_not_served_is_served_at_the_next_start(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(make_entry(0))
    publisher = Publisher(store)
    await publisher.step()
    await append(make_entry(1))

    async def crash(_: Checkpoint) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(publisher, "_serve", crash)
        with pytest.raises(Crash):
            await publisher.step()
    assert (await store.log.head()).size == 2
    assert (await verified()).size == 1
    await Publisher(store).step()
    report = await verified()
    assert report.verified
    assert report.size == 2


async def test_two_publishers_never_sign_two_heads(
    store: Store,
    append: Append,
    make_entry: MakeEntry,
    verified: Verified,
    make_store: Callable[[], Store],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def always(_: Lease) -> bool:
        return True

    monkeypatch.setattr(Lease, "hold", always)
    signed: dict[int, bytes] = {}
    sign = Checkpoint.signed

    def noted(checkpoint: Checkpoint, signer: Signer) -> str:
        assert signed.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
        return sign(checkpoint, signer)

    monkeypatch.setattr(Checkpoint, "signed", noted)
    publishers = [Publisher(make_store()) for _ in range(3)]
    for size in (5, 200, 300, 330):
        before = await store.log.stored()
        await asyncio.gather(
            append(*(make_entry(i) for i in range(before, size))), *(settle(each) for each in publishers)
        )
    await asyncio.gather(*(settle(each) for each in publishers))
    await settle(publishers[0])
    report = await verified()
    assert report.verified, report.findings
    assert report.size == 330


async def test_a_publisher_that_was_overtaken_signs_nothing(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(*(make_entry(i) for i in range(5)))
    await settle(Publisher(store))
    head = await store.log.head()
    await append(make_entry(5))
    slow = Publisher(store)
    write = slow._write

    async def overtaken(files: dict[str, bytes]) -> None:
        await write(files)
        await append(make_entry(6), make_entry(7))
        await settle(Publisher(store))

    monkeypatch.setattr(slow, "_write", overtaken)
    assert await slow.publish(head, 6) is False
    assert (await store.log.head()).size == 8
    assert (await verified()).size == 8


async def test_a_late_publisher_does_not_set_the_served_head_back(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified
) -> None:
    publisher = Publisher(store)
    await append(make_entry(0))
    await publisher.step()
    early = await store.log.head()
    await append(make_entry(1))
    await publisher.step()
    await publisher._serve(early)
    assert (await verified()).size == 2


async def test_a_store_set_back_to_a_backup_signs_nothing(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(make_entry(0), make_entry(1))
    await settle(Publisher(store))
    served = await store.log.read("checkpoint")
    await store.entries.documents.delete({"index": 1})
    await store.log.heads.update({"_id": "tree"}, {"$set": {"size": 1}})
    old = Checkpoint(store.log.origin, 1, bytes(32))
    await store.log.heads.update({"_id": "head"}, {"$set": {"size": old.size, "root": old.root}})
    await append(make_entry(7), make_entry(8))
    with pytest.raises(LogBroken, match="Restore"):
        await settle(Publisher(store))
    assert await store.log.read("checkpoint") == served


async def test_a_changed_entry_is_never_signed_over(store: Store, append: Append, make_entry: MakeEntry) -> None:
    await append(*(make_entry(i) for i in range(5)))
    publisher = Publisher(store)
    await settle(publisher)
    await store.entries.documents.update({"index": 2}, {"$set": {"leaf": b"forged"}})
    await append(make_entry(5))
    with pytest.raises(LogBroken, match="root"):
        await publisher.step()
    assert (await store.log.head()).size == 5


async def test_another_key_does_not_take_the_log_over(
    store: Store, append: Append, make_entry: MakeEntry, make_store: Callable[[], Store]
) -> None:
    await settle(Publisher(store))
    other = make_store()
    other.signers = (Signer(store.log.origin, bytes(32)),)
    with pytest.raises(LogBroken, match="key"):
        await Publisher(other).step()


async def test_a_lost_tile_stops_the_log_and_names_itself(
    store: Store, append: Append, make_entry: MakeEntry, lost: Callable[[str], Awaitable[None]]
) -> None:
    await append(*(make_entry(i) for i in range(300)))
    publisher = Publisher(store)
    await settle(publisher)
    await lost("tile/1/000.p/1")
    await append(make_entry(300))
    with pytest.raises(LogBroken, match="tile"):
        await publisher.step()


async def test_while_running_it_follows_and_outlives_an_outage(
    store: Store, append: Append, make_entry: MakeEntry, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Publisher(store)
    down = True
    write = store.log.write

    async def flaky(path: str, data: bytes) -> None:
        if down:
            raise Unavailable("The object store does not answer; try again shortly.")
        await write(path, data)

    monkeypatch.setattr(store.log, "write", flaky)
    running = asyncio.create_task(publisher.run())
    try:
        await append(*(make_entry(i) for i in range(10)))
        async with asyncio.timeout(10):
            while publisher.trouble() is None:
                await asyncio.sleep(0.01)
        down = False
        async with asyncio.timeout(10):
            while publisher.trouble() or publisher.figures()["published"] < 10:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (await verified()).size == 10


async def test_nothing_but_a_log_s_files_is_read(store: Store) -> None:
    for path in ("../secret", "tile/0/0", "", "tile/entries/000/../../x"):
        with pytest.raises(NotFound):
            await store.log.read(path)
