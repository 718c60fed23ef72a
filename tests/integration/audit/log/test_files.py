"""Deletion of partial files that full ones replace, and retention of full ones."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from amanah.contracts.errors import Unavailable
from amanah.runtime.objects import Objects
from amanah.tlog import layout
from amanah.tlog.layout import Span
from services.audit.log import publisher as publisher_module
from services.audit.log.documents import CLEARED
from services.audit.log.files import LogFiles
from services.audit.log.heads import count_cleared_bundles
from services.audit.log.publisher import Publisher
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry, Verify, publish_all


async def partials(files: LogFiles) -> list[str]:
    """Lists the partial files in the bucket."""
    return sorted(path for path in await files.paths() if ".p/" in path)


def needed(*sizes: int) -> list[str]:
    """The partial files of logs of these sizes."""
    return sorted({path for size in sizes for path in layout.paths(size) if ".p/" in path})


async def test_partials_of_published_sizes_are_served_until_the_full_tile_stands(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, verify: Verify
) -> None:
    publisher = Publisher(store, files)
    published: list[int] = []
    for size in (3, 200, 256, 300, 511, 600):
        await append(*(make_entry(i) for i in range(published[-1] if published else 0, size)))
        await publish_all(publisher)
        published.append(size)
        here = [each for each in published if each // 256 == size // 256]
        assert await partials(files) == [
            path for path in needed(*published) if path in needed(*here) or path.startswith("tile/1/")
        ]
        assert (await verify()).verified
    assert await count_cleared_bundles(store) == 2


async def test_a_tile_of_an_earlier_size_is_read_from_the_full_one(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry
) -> None:
    await append(*(make_entry(i) for i in range(200)))
    await publish_all(Publisher(store, files))
    before = await files.tile(Span(0, 0, 200))
    await append(*(make_entry(i) for i in range(200, 300)))
    await publish_all(Publisher(store, files))
    assert await files.tile(Span(0, 0, 200)) == before


async def test_what_earlier_runs_left_goes_a_few_bundles_at_a_time_and_the_rest_stays(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(*(make_entry(i) for i in range(600)))
    await publish_all(Publisher(store, files))
    await store[CLEARED].delete({"_id": "cleared"})
    left = [layout.tile_path(0, 0, 255), layout.bundle_path(1, 5), layout.tile_path(0, 1, 5)]
    for path in left:
        await files.write(path, b"left")
    monkeypatch.setattr(publisher_module, "_CLEARED_A_STEP", 1)
    publisher = Publisher(store, files)
    await publisher.step()
    assert await partials(files) == sorted([*left[1:], *needed(600)])
    await publisher.step()
    assert await partials(files) == needed(600)


async def test_what_cannot_be_deleted_is_let_rest_while_publishing_goes_on(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def refuse(*args: object) -> None:
        asked.append(args)
        raise Unavailable("unavailable.objects")

    monkeypatch.setattr(Objects, "clear", refuse)
    publisher = Publisher(store, files)
    for first, end in ((0, 300), (300, 400), (400, 600)):
        await append(*(make_entry(i) for i in range(first, end)))
        await publish_all(publisher)
        await publisher.step()
    assert publisher.figures()["published"] == 600
    assert len(asked) == 1


async def test_what_cannot_be_deleted_stops_nothing(
    store: Store, files: LogFiles, append: Append, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise Unavailable("unavailable.objects")

    monkeypatch.setattr(publisher_module, "_RETRY_CLEARING_S", 0.0)
    publisher = Publisher(store, files)
    await append(*(make_entry(i) for i in range(200)))
    await publish_all(publisher)
    with monkeypatch.context() as patched:
        patched.setattr(Objects, "clear", refuse)
        for first, end in ((200, 300), (300, 600)):
            await append(*(make_entry(i) for i in range(first, end)))
            await publish_all(publisher)
    assert publisher.figures()["published"] == 600
    assert set(needed(200)) <= set(await partials(files))
    await publisher.step()
    assert await partials(files) == sorted({*needed(600), *(p for p in needed(300) if p.startswith("tile/1/"))})


@pytest.fixture
def vault(store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Makes the store's objects answer as if they had versions and object lock; lists the requests to retain and to delete."""
    asked: dict[str, list[str]] = {"kept": [], "deleted": []}
    versions = count()
    put = store.objects.put

    async def locks(_: str) -> bool:
        return True

    async def written(bucket: str, key: str, data: bytes, kind: str) -> str:
        await put(bucket, key, data, kind)
        return f"v{next(versions)}"

    async def retain(_: str, key: str, version: str, until: datetime) -> None:
        assert version.startswith("v")
        assert timedelta(days=3651) <= until - datetime.now(UTC) <= timedelta(days=3653)
        asked["kept"].append(key)

    async def delete(_: str, key: str, *, version: str) -> None:
        asked["deleted"].append(f"{key} {version}")

    for name, answer in (("locks", locks), ("put", written), ("retain", retain), ("delete", delete)):
        monkeypatch.setattr(store.objects, name, answer)
    return asked


async def test_where_the_store_has_object_lock_full_files_are_kept_and_one_checkpoint(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    vault: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def clear(*_: object) -> None:
        """Does nothing: there are no versions to list here."""

    monkeypatch.setattr(store.objects, "clear", clear)
    publisher = Publisher(store, files)
    for first, end in ((0, 3), (3, 300), (300, 600)):
        await append(*(make_entry(i) for i in range(first, end)))
        await publish_all(publisher)
    assert sorted(vault["kept"]) == ["tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"]
    written = [each for each in vault["deleted"] if each.startswith("checkpoint v")]
    assert written == vault["deleted"]
    assert len(written) == 2, "of three checkpoints the last one stays"
