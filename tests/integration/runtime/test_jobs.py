"""The contract of jobs, on the real store, for both forms in which collections store leases."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from amanah.contracts.errors import Unavailable
from amanah.runtime.jobs import NEVER, Job, Jobs, LeaseLost
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.tables import Document

LEASE = timedelta(seconds=30)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["the end and the owner", "the last work"])
async def jobs(request: pytest.FixtureRequest, db: Database, clock: Clock) -> AsyncIterator[Jobs]:
    await db["jobs"].ensure_indexes([])
    await db["effects"].ensure_indexes([])
    make = partial(Jobs, db["jobs"], {"status": "OPEN"}, LEASE, order=[("_id", 1)], clock=clock)
    if request.param == "the last work":
        yield make("workedAt", time_is_start=True)
    else:
        yield make("leaseUntil", owner_field="leaseBy")


@pytest.fixture
def document(jobs: Jobs) -> Document:
    """A job as nobody has worked on it."""
    fields = {jobs.time_field: NEVER} | ({jobs.owner_field: None} if jobs.owner_field else {})
    return {"_id": "job_1", "status": "OPEN", "position": 0, **fields}


@pytest.fixture
async def one(jobs: Jobs, document: Document) -> None:
    await jobs.collection.insert(document)


async def step(db: Database, job: Job) -> None:
    """One step of the work: an effect, and the position moved with it."""
    position = job.document["position"]

    async def work(tx: Tx) -> None:
        await job.move({"status": "OPEN", "position": position}, {"$set": {"position": position + 1}}, tx=tx)
        await db["effects"].insert({"_id": position}, tx=tx)

    await db.transaction(work)


async def claimed(jobs: Jobs) -> Job:
    job = await jobs.claim()
    assert job is not None
    return job


@pytest.mark.usefixtures("one")
async def test_of_many_that_race_one_gets_the_job(jobs: Jobs) -> None:
    claims = await asyncio.gather(*(jobs.claim() for _ in range(8)))
    assert [claim.id for claim in claims if claim] == ["job_1"]


async def test_each_gets_another_job_in_order(jobs: Jobs, document: Document) -> None:
    await jobs.collection.insert_many([{**document, "_id": f"job_{n}"} for n in (2, 3, 1)])
    assert [(await claimed(jobs)).id for _ in range(3)] == ["job_1", "job_2", "job_3"]
    assert await jobs.claim() is None


@pytest.mark.usefixtures("one")
async def test_a_claim_changes_what_it_is_told(jobs: Jobs) -> None:
    job = await jobs.claim({"$inc": {"attempts": 1}, "$set": {"note": "begun"}})
    assert job is not None
    assert (job.document["attempts"], job.document["note"]) == (1, "begun")
    assert await jobs.collection.get({"_id": "job_1"}) == job.document


async def test_what_is_done_is_nobodys_job(jobs: Jobs, document: Document) -> None:
    await jobs.collection.insert({**document, "status": "DONE"})
    assert await jobs.claim() is None


@pytest.mark.usefixtures("one")
async def test_a_lease_that_runs_out_is_taken_over_where_the_work_stands(
    jobs: Jobs, clock: Clock, db: Database
) -> None:
    await step(db, await claimed(jobs))  # and the instance is killed
    clock.go_on(29)
    assert await jobs.claim() is None
    clock.go_on(1)
    assert (await claimed(jobs)).document["position"] == 1


@pytest.mark.usefixtures("one")
async def test_what_a_zombie_writes_is_rolled_back(jobs: Jobs, clock: Clock, db: Database) -> None:
    zombie = await claimed(jobs)
    clock.go_on(31)
    await step(db, await claimed(jobs))

    async def late(tx: Tx) -> None:
        await db["effects"].insert({"_id": "late"}, tx=tx)
        await zombie.move({"position": 0}, {"$set": {"position": 7}}, tx=tx)

    with pytest.raises(LeaseLost):
        await db.transaction(late)
    with pytest.raises(LeaseLost):
        await zombie.move({"position": 0}, {"$set": {"position": 7}})
    assert zombie.document["position"] == 0
    assert [e["_id"] for e in await db["effects"].list({})] == [0]
    assert (await jobs.collection.get({}) or {})["position"] == 1


async def test_an_owner_keeps_a_zombie_out_before_the_next_step(db: Database, clock: Clock) -> None:
    jobs = Jobs(db["jobs"], {"status": "OPEN"}, LEASE, "leaseUntil", owner_field="leaseBy", clock=clock)
    await jobs.collection.insert({"_id": "job_1", "status": "OPEN", "leaseBy": None, "leaseUntil": clock.now})
    zombie = await claimed(jobs)
    clock.go_on(31)
    await claimed(jobs)
    with pytest.raises(LeaseLost):
        await zombie.move({}, {"$set": {"note": "late"}})
    assert not await zombie.renew()
    await zombie.release()
    assert await jobs.claim() is None, "the release was not the zombie's to make"


@pytest.mark.usefixtures("one")
async def test_a_move_renews_the_lease_and_the_document_follows(jobs: Jobs, clock: Clock, db: Database) -> None:
    job = await claimed(jobs)
    clock.go_on(25)
    await step(db, job)
    await step(db, job)
    assert job.document["position"] == 2
    clock.go_on(25)
    assert await jobs.claim() is None


@pytest.mark.usefixtures("one")
async def test_the_document_does_not_follow_what_is_rolled_back(jobs: Jobs, db: Database) -> None:
    job = await claimed(jobs)

    async def broken(tx: Tx) -> None:
        await job.move({"position": 0}, {"$set": {"position": 1}}, tx=tx)
        raise Unavailable("unavailable.objects")

    with pytest.raises(Unavailable):
        await db.transaction(broken)
    assert job.document["position"] == 0
    await step(db, job)
    assert job.document["position"] == 1


@pytest.mark.usefixtures("one")
async def test_a_heartbeat_keeps_the_job(jobs: Jobs, clock: Clock) -> None:
    job = await claimed(jobs)
    clock.go_on(25)
    assert await job.renew()
    clock.go_on(25)
    assert await jobs.claim() is None
    clock.go_on(5)
    await claimed(jobs)


async def test_heartbeats_last_as_long_as_the_work(db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(db["jobs"], {}, timedelta(milliseconds=3), "leaseUntil", owner_field="leaseBy", clock=clock)
    await jobs.collection.insert({"_id": "job_1", "leaseBy": None, "leaseUntil": NEVER})
    job = await claimed(jobs)
    beats: list[bool] = []
    thrice, renew = asyncio.Event(), job.renew

    async def counted() -> bool:
        beats.append(await renew())
        if len(beats) == 1:
            raise Unavailable("unavailable.store")
        if len(beats) == 3:
            thrice.set()
        return True

    monkeypatch.setattr(job, "renew", counted)
    async with asyncio.timeout(10), job.heartbeat():
        await thrice.wait()
    assert beats[:3] == [True] * 3, "a store that is away for a moment ends no heartbeat"
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "lease of job_1"]


@pytest.mark.usefixtures("one")
async def test_a_released_job_is_free_at_once_or_after_a_wait(jobs: Jobs, clock: Clock) -> None:
    await (await claimed(jobs)).release()
    job = await claimed(jobs)
    await job.release(timedelta(seconds=5), {"$inc": {"attempts": 1}})
    assert await jobs.claim() is None
    clock.go_on(5)
    assert (await claimed(jobs)).document["attempts"] == 1


@pytest.mark.usefixtures("one")
async def test_a_job_that_is_done_is_not_leased_again(jobs: Jobs) -> None:
    job = await claimed(jobs)
    done = await job.move({"status": "OPEN"}, {"$set": {"status": "DONE"}})
    assert not await job.renew()
    await job.release()
    assert await jobs.collection.get({"_id": "job_1"}) == done == job.document


@pytest.mark.usefixtures("one")
async def test_the_holder_is_read_from_the_document(jobs: Jobs) -> None:
    document = (await claimed(jobs)).document
    assert (await jobs.of(document).move({}, {"$set": {"note": "mine"}}))["note"] == "mine"


# ---------------------------------------------------------------- a whole piece of work


@pytest.mark.usefixtures("one")
async def test_work_answers_whether_there_was_a_job(jobs: Jobs, db: Database) -> None:
    async def do(job: Job) -> None:
        await step(db, job)
        await job.move({"position": 1}, {"$set": {"status": "DONE"}})

    assert await jobs.work(do)
    assert not await jobs.work(do)


@pytest.mark.usefixtures("one")
async def test_a_lost_lease_ends_the_work_quietly(jobs: Jobs, clock: Clock, db: Database) -> None:
    async def slow(job: Job) -> None:
        clock.go_on(31)
        await step(db, await claimed(jobs))
        await step(db, job)

    assert await jobs.work(slow)
    assert [e["_id"] for e in await db["effects"].list({})] == [0]


@pytest.mark.usefixtures("one")
async def test_an_error_passes_and_the_lease_stays(jobs: Jobs, clock: Clock) -> None:
    async def fail(job: Job) -> None:
        raise Unavailable("unavailable.objects")

    with pytest.raises(Unavailable):
        await jobs.work(fail)
    assert await jobs.claim() is None
    clock.go_on(30)
    await claimed(jobs)


@pytest.mark.usefixtures("one")
async def test_cancelled_work_is_anybodys_at_once(jobs: Jobs) -> None:
    started = asyncio.Event()

    async def endless(job: Job) -> None:
        started.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(jobs.work(endless))
    await asyncio.wait_for(started.wait(), 10)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await claimed(jobs)


# ---------------------------------------------------------------- documents of older versions


@pytest.mark.parametrize(
    ("make", "stored"),
    [
        (partial(Jobs, time_field="leaseUntil", owner_field="leaseBy"), {"leaseBy": "a7", "leaseUntil": -1}),
        (partial(Jobs, time_field="leaseUntil", owner_field="lease"), {"lease": None, "leaseUntil": 0}),
        (partial(Jobs, time_field="workedAt", time_is_start=True), {"workedAt": -31}),
    ],
)
async def test_what_an_earlier_version_left_is_resumed(
    db: Database, clock: Clock, make: Callable[..., Jobs], stored: dict[str, int | str | None]
) -> None:
    jobs = make(collection=db["jobs"], waiting={"status": "OPEN"}, lease=LEASE, clock=clock)
    times = {k: clock.now + timedelta(seconds=v) if isinstance(v, int) else v for k, v in stored.items()}
    await jobs.collection.insert({"_id": "job_1", "status": "OPEN", "position": 4, **times})
    job = await claimed(jobs)
    assert job.document.keys() == {"_id", "status", "position", *stored}
    assert (await job.move({"position": 4}, {"$set": {"position": 5}}))["position"] == 5
