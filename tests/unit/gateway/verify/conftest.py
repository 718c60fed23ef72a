"""Things that were recorded, and a small log that proves them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit import AuditEntry, Evidence, Origin, Subject
from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.layout import WIDTH
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import ProofFile

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

Prove = Callable[..., Evidence]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("log.example/audit", bytes(range(32)))


@pytest.fixture(scope="session")
def prove(signer: Signer) -> Prove:
    """Evidence of an entry about `subject`, at `index` of a log of `size` entries."""

    def made(action: str, subject: str, after: str, *, index: int = 4, size: int = 7, **more: Any) -> Evidence:
        entry = AuditEntry(
            id="aud_1", time=AT, actor=Acting(id="usr_1", name="Sari", role="OFFICER", area="32.01"), action=action,
            subject=Subject(type="Entitlement", id=more.pop("entitlement", subject)), area="32.01.05.2001",
            concerns=(Subject(type="Thing", id=subject),), origin=Origin(service="distribution"), after=after,
        )  # fmt: skip
        leaves = [leaf_hash(b"entry %d" % i) for i in range(size)]
        leaves[index] = leaf_hash(entry.canonical())
        head = Checkpoint(signer.name, size, tree_root(leaves)).signed(signer) + more.pop("cosigned", "")
        path = proofs.inclusion_leaves(index, size)
        assert size <= WIDTH
        proof = [tree_root(leaves[first:end]) for first, end in path]
        return Evidence(
            subject_id=subject, entry_id=entry.id, action=action, at=AT, logged_at=AT, index=index, tree_size=size,
            leaf=entry.canonical().decode(), checkpoint=head, proof=str(ProofFile(index, tuple(proof), head)),
        )  # fmt: skip

    return made
