"""Publication in an order that survives crashes, pauses and concurrent publishers anywhere."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import count
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.audit.proofs import GetCheckpoint
from amanah.contracts.errors import NotFound, Unavailable
from amanah.runtime.mongo import Collection
from amanah.runtime.objects import Objects
from amanah.tlog.checkpoint import Checkpoint, Signer, open_checkpoint
from services.audit.log import publisher as publishing
from services.audit.log.files import LogFiles
from services.audit.log.heads import count_entries, publish_checkpoint, read_head, read_published
from services.audit.log.publisher import Publisher
from services.audit.log.queries import get_checkpoint
from services.audit.store import Store
from services.audit.witnesses.client import Witnesses
from tests.integration.audit.logs import Append, MakeEntry, MakeStore, Verify, WitnessGroup, publish_all, published_size
from tests.waiting import eventually

Agreed = Callable[[Checkpoint | None], Awaitable[Checkpoint | None]]

is_zombie: ContextVar[bool] = ContextVar("is_zombie", default=False)

# Every way in which publishing leaves something behind or shows something to others. Signing itself does neither.
CHANGES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (Objects, ("put", "delete", "clear")),
    (Collection, ("insert", "insert_many", "put", "update", "update_many", "change", "delete", "bulk")),
    (Witnesses, ("check", "cosign")),
)


class Crash(BaseException):
    """The process ends here."""


class Zombie:
    """A publisher that is paused before a change of its own, the one number `at`, and goes on when it is woken.

    `seen` has the number of published entries before each change that it tries afterwards.
    """

    def __init__(self, publisher: Publisher, at: int, store: Store) -> None:
        self._publisher = publisher
        self._left = at
        self._store = store
        self._asleep, self._woken = asyncio.Event(), asyncio.Event()
        self.seen: list[int] = []

    async def before_change(self) -> None:
        """Counts changes of its own only."""
        if not is_zombie.get():
            return
        self._left -= 1
        if self._left == -1:
            self._asleep.set()
            await self._woken.wait()
        if self._woken.is_set():
            self.seen.append(await published_size(self._store))

    async def _publish(self) -> None:
        is_zombie.set(True)
        await publish_all(self._publisher)

    async def falls_asleep(self) -> None:
        """Publishes until it is paused, or is done."""
        self._publishing = asyncio.create_task(self._publish())
        asleep = asyncio.create_task(self._asleep.wait())
        await asyncio.wait([self._publishing, asleep], return_when=asyncio.FIRST_COMPLETED)
        asleep.cancel()

    async def wakes_up(self) -> bool:
        """Publishes on to the end. Returns whether it was paused at all."""
        self._woken.set()
        await self._publishing
        return self._asleep.is_set()


@contextmanager
def before_each_change(happens: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Calls `happens` before each change of the stores."""

    def noted(original: Any) -> Any:
        async def change(*args: Any, **more: Any) -> Any:
            await happens()
            return await original(*args, **more)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for kind, names in CHANGES:
            for name in names:
                patch.setattr(kind, name, noted(getattr(kind, name)))
        yield


@pytest.fixture
def agreed(store: Store, files: LogFiles, verify: Verify) -> Agreed:
    """Verifies the bucket's copy and the published checkpoint against the files and an earlier one; returns the published."""

    async def check(earlier: Checkpoint | None) -> Checkpoint | None:
        published = await read_published(store)
        if published is None:
            return None
        copy = (await files.read("checkpoint")).decode()
        for note in {copy, published.note}:
            report = await verify(note, earlier=earlier)
            assert report.verified, report.findings
        assert earlier is None or published.checkpoint.size >= earlier.size
        return published.checkpoint

    return check


async def test_an_empty_log_has_a_checkpoint(store: Store, files: LogFiles, verify: Verify) -> None:
    assert await Publisher(store, files).step() is False
    report = await verify()
    assert report.verified
    assert report.size == 0


async def test_what_is_stored_is_published_and_continues(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, verify: Verify
) -> None:
    publisher = Publisher(store, files)
    kept: Checkpoint | None = None
    for size in (1, 2, 255, 256, 300, 900):
        before = await count_entries(store)
        await append(*(make_entry(i) for i in range(before, size)))
        await publish_all(publisher)
        report = await verify(earlier=kept)
        assert report.verified, report.findings
        assert report.size == size
        kept, _ = open_checkpoint(await files.read("checkpoint"), store.signers[0].verifier)
    assert publisher.figures()["published"] == publisher.figures()["stored"] == 900


async def test_a_backlog_is_published_in_steps(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, verify: Verify
) -> None:
    await append(*(make_entry(i) for i in range(2100)))
    publisher = Publisher(store, files)
    assert await publisher.step() is True
    assert (await verify()).size == 2048
    assert await publisher.step() is False
    report = await verify()
    assert report.verified
    assert report.size == 2100


async def test_only_who_enters_entries_publishes_them(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, verify: Verify
) -> None:
    held = False
    publisher = Publisher(store, files, holds=lambda: held)
    await append(make_entry(0))
    assert await publisher.step() is False
    assert await read_published(store) is None
    assert publisher.figures()["holds"] == 0
    held = True
    await publish_all(publisher)
    assert (await verify()).size == 1
    assert publisher.figures()["holds"] == 1


async def test_stopped_before_any_change_the_next_one_goes_on(
    append: Append, make_entry: MakeEntry, agreed: Agreed, witness_group: WitnessGroup
) -> None:
    await witness_group.start(0)
    last: Checkpoint | None = None
    await append(*(make_entry(i) for i in range(100)))
    for stopped_at in count():
        left = stopped_at

        async def stop() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Crash

        size = 100 + 256 * (stopped_at + 1)
        await append(*(make_entry(i) for i in range(size - 256, size)))
        with before_each_change(stop), suppress(Crash):
            await witness_group.publish(of=1, quorum=1)
        last = await agreed(last)
        await witness_group.publish(of=1, quorum=1)
        last = await agreed(last)
        assert last is not None
        assert last.size == size
        if left >= 0:
            break
    assert stopped_at >= 10, "the check, five files, the head, the cosignature, the checkpoint and its copy"


async def test_paused_before_any_change_it_harms_nothing_when_it_wakes_up(
    store: Store, append: Append, make_entry: MakeEntry, agreed: Agreed, witness_group: WitnessGroup
) -> None:
    await witness_group.start(0)
    last: Checkpoint | None = None
    await append(*(make_entry(i) for i in range(100)))
    for paused_at in count():
        zombie = Zombie(witness_group.publisher(of=1, quorum=1), paused_at, store)
        size = 100 + 256 * (paused_at + 1)
        await append(*(make_entry(i) for i in range(size - 256, size - 56)))
        with before_each_change(zombie.before_change):
            await zombie.falls_asleep()
            await append(*(make_entry(i) for i in range(size - 56, size)))
            await witness_group.publish(of=1, quorum=1)
            last = await agreed(last)
            assert last is not None
            assert last.size == size
            slept = await zombie.wakes_up()
        assert set(zombie.seen) <= {size}, "not for a moment it shrinks"
        assert await agreed(last) == last
        if not slept:
            break
    assert paused_at >= 10, "the check, five files, the head, the cosignature, the checkpoint and its copy"


async def test_a_head_that_was_moved_but_not_published_is_published_before_the_log_grows(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    agreed: Agreed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await append(make_entry(0))
    await publish_all(Publisher(store, files))
    await append(make_entry(1))

    async def crash(*_: object) -> bool:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "publish_checkpoint", crash)
        with pytest.raises(Crash):
            await Publisher(store, files).step()
    assert (await read_head(store)).size == 2
    await append(make_entry(2))
    publisher = Publisher(store, files)
    assert await publisher.step() is True
    last = await agreed(None)
    assert last is not None
    assert last.size == 2
    await publish_all(publisher)
    last = await agreed(last)
    assert last is not None
    assert last.size == 3


async def test_several_publishers_never_sign_two_heads(
    store: Store,
    append: Append,
    make_entry: MakeEntry,
    agreed: Agreed,
    make_store: MakeStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed: dict[int, bytes] = {}
    sign = Checkpoint.signed

    def noted(checkpoint: Checkpoint, *signers: Signer) -> str:
        assert signed.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
        return sign(checkpoint, *signers)

    monkeypatch.setattr(Checkpoint, "signed", noted)
    publishers = [Publisher(each, LogFiles(each)) for each in (make_store(), make_store(), make_store())]
    for size in (5, 200, 300, 330):
        before = await count_entries(store)
        await asyncio.gather(
            append(*(make_entry(i) for i in range(before, size))), *(publish_all(each) for each in publishers)
        )
    await asyncio.gather(*(publish_all(each) for each in publishers))
    last = await agreed(None)
    assert last is not None
    assert last.size == 330


async def test_the_published_checkpoint_never_shrinks(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry
) -> None:
    await append(make_entry(0))
    await publish_all(Publisher(store, files))
    early = await read_published(store)
    await append(make_entry(1))
    await publish_all(Publisher(store, files))
    late = await read_published(store)
    assert early is not None
    assert late is not None
    assert await publish_checkpoint(store, early, late) is False, "what it was compared with is no longer published"
    assert await publish_checkpoint(store, None, early) is False
    with pytest.raises(ValueError, match="does not replace"):
        await publish_checkpoint(store, late, early)
    assert await read_published(store) == late


async def test_one_that_is_overtaken_while_it_looks_goes_on(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = Publisher(store, files), Publisher(store, files)
    await append(make_entry(0))
    await publish_all(slow)
    await append(make_entry(1))

    async def overtaken(store: Store) -> Checkpoint:
        seen = await read_head(store)
        monkeypatch.setattr(publishing, "read_head", read_head)
        await publish_all(quick)
        return seen

    monkeypatch.setattr(publishing, "read_head", overtaken)
    await publish_all(slow)
    assert await published_size(store) == 2


async def test_what_is_published_is_what_the_service_answers(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, person: Callable[..., Actor]
) -> None:
    anyone = person("nobody")
    with pytest.raises(NotFound):
        await get_checkpoint(store, anyone, GetCheckpoint())
    await append(make_entry(0))
    publisher = Publisher(store, files)
    await publish_all(publisher)
    answer = await get_checkpoint(store, anyone, GetCheckpoint())
    assert open_checkpoint(answer.text, store.signers[0].verifier)[0] == await read_head(store)
    assert answer.text.encode() == await files.read("checkpoint")
    figures = publisher.figures()
    assert (figures["stored"], figures["published"], figures["cosignatures"]) == (1, 1, 0)
    assert 0 <= figures["checkpoint_age_s"] < 60


async def test_when_a_key_is_added_the_checkpoint_is_signed_by_it_too(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, make_store: MakeStore
) -> None:
    await append(make_entry(0))
    await publish_all(Publisher(store, files))
    rotating = make_store()
    added = Signer(store.origin, bytes(32))
    rotating.signers = (added, *store.signers)
    await publish_all(Publisher(rotating, LogFiles(rotating)))
    published = await read_published(store)
    assert published is not None
    for signer in rotating.signers:
        assert open_checkpoint(published.note, signer.verifier)[0] == published.checkpoint


async def test_while_running_it_follows_and_outlives_an_outage(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publisher = Publisher(store, files)
    down = True
    write = files.write

    async def flaky(path: str, data: bytes) -> None:
        if down:
            raise Unavailable("unavailable.objects")
        await write(path, data)

    monkeypatch.setattr(files, "write", flaky)
    running = asyncio.create_task(publisher.run())
    try:
        await append(*(make_entry(i) for i in range(10)))
        await eventually(publisher.trouble)
        down = False
        await eventually(lambda: publisher.trouble() is None and publisher.figures()["published"] == 10)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (await verify()).size == 10
