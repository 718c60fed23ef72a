"""The log's keys in the running service: a rotation that nobody who checks the log falls over, and a key that stays apart."""

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.tlog.checkpoint import Checkpoint, NotSigned, Signer, open_checkpoint
from amanah.tlog.verify import VerificationReport, verify_log
from services.audit.log.files import LogFiles
from services.audit.log.publisher import Publisher
from services.audit.settings import AuditSettings
from services.audit.store import Store
from tests.integration.audit.logs import Append, MakeEntry

OLD, NEW = (Signer("log.example/audit", bytes([i] * 32)) for i in (1, 2))


@pytest.fixture
def restarted(store: Store, db: Database, objects: Objects) -> Callable[..., Publisher]:
    """The publisher of the same log as it starts with these keys."""

    def start(*signers: Signer) -> Publisher:
        return Publisher(Store(db, objects, signers, AuditSettings(), bucket=store.bucket))

    return start


@pytest.fixture
def seen_by(store: Store) -> Callable[..., Awaitable[VerificationReport]]:
    """The log as somebody checks it who knows one key, and has kept a checkpoint."""

    async def check(key: Signer, kept: Checkpoint | None = None) -> VerificationReport:
        files = {path: await files.read(path) for path in await files.paths()}
        return verify_log(files.__getitem__, key.verifier, earlier=kept)

    return check


async def test_a_rotation_never_leaves_anybody_without_a_signature(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    restarted: Callable[..., Publisher],
    seen_by: Callable[..., Awaitable[VerificationReport]],
) -> None:
    await append(*(make_entry(i) for i in range(3)))
    await restarted(OLD).step()
    kept, _ = open_checkpoint(await files.read("checkpoint"), OLD.verifier)

    await restarted(NEW, OLD).step()
    for key in (OLD, NEW):
        assert (await seen_by(key, kept)).verified, "the head has both signatures although nothing was entered"
    await append(make_entry(3))
    await restarted(NEW, OLD).step()
    for key in (OLD, NEW):
        assert (await seen_by(key, kept)).verified

    await append(make_entry(4))
    await restarted(NEW).step()
    report = await seen_by(NEW, kept)
    assert report.verified, report.findings
    assert (report.size, report.continued_sizes) == (5, [3])
    with pytest.raises(NotSigned):
        open_checkpoint(await files.read("checkpoint"), OLD.verifier)


async def test_the_private_key_is_in_no_store_and_no_log_line(
    store: Store,
    files: LogFiles,
    db: Database,
    append: Append,
    make_entry: MakeEntry,
    restarted: Callable[..., Publisher],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    await append(*(make_entry(i) for i in range(300)))
    await restarted(NEW, OLD).step()
    held = [repr(each) for name in ("entries", "log", "outbox", "leases") for each in await db[name].list({})]
    held += [repr(await files.read(path)) for path in await files.paths()]
    held += [*capfd.readouterr()]
    assert len(held) > 300
    for seed in (bytes([i] * 32) for i in (1, 2)):
        for written in (repr(seed)[2:-1], seed.hex(), base64.b64encode(seed).decode()):
            assert not any(written in each for each in held)
