"""Things that were recorded, and a small log that proves them."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject
from amanah.contracts.audit.proofs import Evidence, EvidenceAnswer, GetEvidence, GetLogState, LogState
from amanah.contracts.handovers.public import Seal, VerifiedHandover, VerifiedItem, VerifyHandover
from amanah.contracts.reports import VerifiedReport, VerifyReport
from amanah.contracts.rosters import VerifiedRoster, VerifyRoster
from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.layout import WIDTH
from amanah.tlog.merkle import leaf_hash, tree_root
from amanah.tlog.proofs import ProofFile
from tests.unit.gateway.conftest import House

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SEEN = AT + timedelta(minutes=7)

Prove = Callable[..., Evidence]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("log.example/audit", bytes(range(32)))


@pytest.fixture(scope="session")
def prove(signer: Signer) -> Prove:
    """Evidence of an entry about `subject`, at `index` of a log of `size` entries."""

    def made(action: str, subject: str, after: str, *, index: int = 4, size: int = 7, **more: Any) -> Evidence:
        entry = AuditEntry(
            id="aud_1", time=more.pop("time", AT), actor=Acting(id="usr_1", name="Sari", role="OFFICER", area="32.01"), action=action,
            subject=Subject(type="Entitlement", id=more.pop("entitlement", subject)), area="32.01.05.2001",
            concerns=(Subject(type="Record", id=subject),), origin=Origin(service="distribution"), after=after,
        )  # fmt: skip
        leaves = [leaf_hash(b"entry %d" % i) for i in range(size)]
        leaves[index] = leaf_hash(entry.canonical())
        head = Checkpoint(signer.name, size, tree_root(leaves)).signed(signer)
        path = proofs.inclusion_path(index, size)
        assert size <= WIDTH
        proof = [tree_root(leaves[first:end]) for first, end in path]
        return Evidence(
            subject_id=subject, entry_id=entry.id, action=action, at=AT, index=index, tree_size=size,
            leaf=entry.canonical().decode(), checkpoint=head, proof=str(ProofFile(index, tuple(proof), head)),
        )  # fmt: skip

    return made


REPORT, HANDOVER, ROSTER = "rep_1", "hov_1", "ros_1"
FILE, PHOTO, SIGNATURE = b"%PDF laporan", b"\xff\xd8\xff foto", b"\xff\xd8\xff tanda tangan"
LIST = b'{"recipientId":"rcp_1"}\n{"recipientId":"rcp_2"}\n'


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SEAL = Seal(photo=sha256(PHOTO), signature=sha256(SIGNATURE), state="hmac-sha256:" + "e" * 64)

VERIFIED: dict[type, Any] = {
    VerifyReport: VerifiedReport(
        id=REPORT, title="Laporan akhir", template="FINAL", format="PDF", area="32.01", made_at=AT, sha256=sha256(FILE),
        size=12_345,
    ),
    VerifyHandover: VerifiedHandover(
        id=HANDOVER, status="ACCEPTED", program="Sembako", round="Tahap 1", area="32.01.05", occurred_at=AT,
        received_at=AT, items=(VerifiedItem(name="Beras", unit="kg", quantity=Decimal("12.5")),), seal=SEAL,
    ),
    VerifyRoster: VerifiedRoster(
        id=ROSTER, period="2026-11", area="32.01", size=1234, decree="SK 12/2026", approved_at=AT, hash=sha256(LIST),
    ),
}  # fmt: skip
AFTER = {REPORT: sha256(FILE), HANDOVER: SEAL.hash, ROSTER: sha256(LIST)}
ACTIONS = {
    REPORT: "reporting:report:generate",
    HANDOVER: "distribution:handover:accept",
    ROSTER: "recipients:roster:approve",
}


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """The files whose hashes are on record."""
    return {"report": FILE, "photo": PHOTO, "signature": SIGNATURE, "list": LIST}


@pytest.fixture
def recorded(house: House, prove: Prove, signer: Signer) -> House:
    """The house, with a report, a handover and a roster on record, each proven; `house.evidence` may be changed."""
    house.evidence = {
        (action, about): prove(action, about, f"sha256:{AFTER[about]}") for about, action in ACTIONS.items()
    }

    def found(ask: GetEvidence) -> EvidenceAnswer:
        return EvidenceAnswer(nodes=tuple(e for i in ask.about if (e := house.evidence.get((ask.action, i)))))

    key = str(signer.verifier)
    house.owners.answers |= {
        **VERIFIED,
        GetEvidence: found,
        GetLogState: LogState(entries=7, tree_size=7, origin=signer.name, key=key, keys=(key,)),
    }
    return house


@pytest.fixture
def cosigned(recorded: House) -> Callable[..., None]:
    """Has a witness cosign the head that proves a thing; `asked` says whether the log knows it."""

    def sign(
        about: str, *, asked: bool = True, name: str = "saksi.example/w1", at: int = int(SEEN.timestamp())
    ) -> None:
        witness = Signer(name, hashlib.sha256(name.encode()).digest())
        found = recorded.evidence[ACTIONS[about], about]
        line = witness.cosign(found.checkpoint.partition("\n\n")[0] + "\n", at)
        more = {"checkpoint": found.checkpoint + line, "proof": found.proof + line}
        recorded.evidence[ACTIONS[about], about] = found.model_copy(update=more)
        keys = (str(witness.cosigner),) if asked else ()
        state = recorded.owners.answers[GetLogState]
        recorded.owners.answers[GetLogState] = state.model_copy(update={"witnesses": state.witnesses + keys})

    return sign
