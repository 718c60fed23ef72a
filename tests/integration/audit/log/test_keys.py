"""Rotation of the log's signing keys in the running service; private keys are in no store."""

import base64
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol

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


class Restarted(Protocol):
    """Returns the publisher of the same log as it starts with these keys."""

    def __call__(self, *signers: Signer) -> Publisher: ...


class VerifyBy(Protocol):
    """Verifies the log as somebody does who knows one key, and has kept a checkpoint."""

    def __call__(self, key: Signer, kept: Checkpoint | None = None) -> Awaitable[VerificationReport]: ...


@pytest.fixture
def restarted(store: Store, db: Database, objects: Objects) -> Restarted:
    def start(*signers: Signer) -> Publisher:
        restarted = Store(db, objects, signers, AuditSettings(), store.outbox, store.bucket)
        return Publisher(restarted, LogFiles(restarted))

    return start


@pytest.fixture
def verify_by(files: LogFiles) -> VerifyBy:
    async def check(key: Signer, kept: Checkpoint | None = None) -> VerificationReport:
        contents = {path: await files.read(path) for path in await files.paths()}
        return verify_log(contents.__getitem__, key.verifier, earlier=kept)

    return check


async def test_a_rotation_never_leaves_anybody_without_a_signature(
    store: Store,
    files: LogFiles,
    append: Append,
    make_entry: MakeEntry,
    restarted: Restarted,
    verify_by: VerifyBy,
) -> None:
    await append(*(make_entry(i) for i in range(3)))
    await restarted(OLD).step()
    kept, _ = open_checkpoint(await files.read("checkpoint"), OLD.verifier)

    await restarted(NEW, OLD).step()
    for key in (OLD, NEW):
        assert (await verify_by(key, kept)).verified, "the head has both signatures although nothing was entered"
    await append(make_entry(3))
    await restarted(NEW, OLD).step()
    for key in (OLD, NEW):
        assert (await verify_by(key, kept)).verified

    await append(make_entry(4))
    await restarted(NEW).step()
    report = await verify_by(NEW, kept)
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
    restarted: Restarted,
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
