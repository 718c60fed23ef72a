"""Finding a photo's near-duplicate among a round's, by the bands of its print in an indexed collection, against a scan.

Both ask the same embedded document store for the same answer: ours looks up 68 keys, the scan reads every print of the
round. The work is the store's as much as ours, so that wall time is compared, medians of the rounds, A B A B. How the cost
grows is printed at sizes that grow tenfold.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

from amanah.cli import embedded
from amanah.runtime import mongo, settings
from amanah.runtime.mongo import Collection
from amanah.runtime.tables import index
from bench.measure import Result
from services.distribution.evidence import similar_photos as lookalikes
from services.distribution.evidence.rules.perceptual_hash import BITS, bands, hamming_distance, hash_text

WITHIN = 6
ROUND = "rnd_1"
_LOOKS = 20
_ROUNDS = 5
_BATCH = 2000


def _prints(count: int, random: Random) -> list[int]:
    """Makes hashes like those of photos of one place: a third at random, the rest some dozen bits beside one of a hundred scenes."""
    scenes = [random.getrandbits(BITS) for _ in range(100)]
    return [
        random.getrandbits(BITS) if random.random() < 1 / 3 else _beside(random.choice(scenes), 12, random)
        for _ in range(count)
    ]


def _beside(value: int, bits: int, random: Random) -> int:
    for bit in random.sample(range(BITS), bits):
        value ^= 1 << bit
    return value


async def _scan(prints: Collection, value: int) -> int | None:
    best = BITS + 1
    async for found in prints.stream({"round": ROUND}, projection={"_id": 0, "print": 1}):
        best = min(best, hamming_distance(value, int(found["print"], 16)))
    return best if best <= WITHIN else None


async def _measure(prints: Collection, known: list[int], random: Random, looks: int) -> tuple[float, float]:
    """Seconds a look, ours and the scan's; both find the same."""
    ours, scan = [], []
    for turn in range(_ROUNDS + 1):
        # Half of them have a near-duplicate in the round.
        wanted = [_beside(random.choice(known), 5, random) if n % 2 else random.getrandbits(BITS) for n in range(looks)]
        began = time.perf_counter()
        found = [await lookalikes.nearest(prints, ROUND, value, WITHIN) for value in wanted]
        between = time.perf_counter()
        some = wanted[:2]
        expected = [await _scan(prints, value) for value in some]
        ended = time.perf_counter()
        assert found[: len(some)] == expected
        assert all(value is not None for value in found[1::2])
        if turn:
            ours.append((between - began) / len(wanted))
            scan.append((ended - between) / len(some))
    return statistics.median(ours), statistics.median(scan)


async def _all(sizes: tuple[int, ...], looks: int) -> AsyncIterator[Result]:
    random = Random(1)
    with tempfile.TemporaryDirectory() as folder:
        async with embedded.stores(settings.load(data=Path(folder))) as stores:
            assert stores.mongo_url is not None
            async with mongo.connect(stores.mongo_url) as connected:
                prints = connected("bench")["photo_prints"]
                await prints.ensure_indexes([index("round", "bands")])
                known: list[int] = []
                for size in sizes:
                    fresh = _prints(size - len(known), random)
                    for start in range(0, len(fresh), _BATCH):
                        await prints.insert_many(
                            [
                                {
                                    "_id": f"hov_{len(known) + n}", "round": ROUND,
                                    "print": hash_text(value), "bands": bands(value),
                                }
                                for n, value in enumerate(fresh[start : start + _BATCH], start)
                            ]
                        )  # fmt: skip
                    known += fresh
                    ours, scan = await _measure(prints, known, random, looks)
                    yield Result(
                        f"photo_similar_{size}",
                        ours,
                        scan,
                        ">= 20x at 100,000",
                        f"{size} photos, {1000 * ours:.1f} ms a look",
                    )


async def _collect(sizes: tuple[int, ...], looks: int) -> list[Result]:
    return [result async for result in _all(sizes, looks)]


def run(*, small: bool) -> Iterator[Result]:
    """Runs at sizes that grow tenfold."""
    yield from asyncio.run(_collect((500,) if small else (1000, 10_000, 100_000), 4 if small else _LOOKS))
