"""What the log proves, and how far it is published."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from amanah.contracts.actor import Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.message import Answer, Moment


class AuditProofView(Answer):
    """Inclusion proof of one audit entry."""

    index: int = Field(description="Place of the entry in the log.")
    tree_size: int = Field(description="Size of the log at the checkpoint.")
    leaf: str = Field(description="Text of the entry; its UTF-8 bytes are the leaf.")
    checkpoint: str = Field(description="Signed checkpoint that the proof leads to.")
    proof: str = Field(description="The proof as c2sp.org/tlog-proof@v1 text.")


class GetProof(AuditRequest[AuditProofView]):
    """A proof for one entry; waits up to 5 s for an entry just made and for a checkpoint that covers it, then NotYet."""

    roles: ClassVar[frozenset[Role]] = READERS
    entry_id: str


class LogState(Answer):
    """How large the log is, and how far its published checkpoint reaches.

    `keys` has every key that signs now, `witnesses` the keys of those who are asked to cosign.
    """

    entries: int
    tree_size: int
    origin: str
    key: str
    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()


class GetLogState(AuditRequest[LogState]):
    """The log's size and verifier key; public."""


class CheckpointView(Answer):
    """The published checkpoint as a signed note, with the witnesses' cosignatures."""

    text: str


class GetCheckpoint(AuditRequest[CheckpointView]):
    """The checkpoint that is published; public. Raises NotFound before the first."""


class Evidence(AuditProofView):
    """Proof of one thing by the log: the entry that proves it, with its inclusion proof.

    `leaf` is public in the log itself, so nothing here is more than anybody can read under `/log/`.
    """

    subject_id: str
    entry_id: str
    action: str
    at: Moment


class EvidenceAnswer(Answer):
    """Evidence by subject; what has no published entry is left out."""

    nodes: tuple[Evidence, ...] = ()


PROVES: Mapping[str, str] = {
    AuditAction.REPORT_GENERATE: "Report",
    AuditAction.ROSTER_APPROVE: "Roster",
    AuditAction.HANDOVER_ACCEPT: "Handover",
    AuditAction.HANDOVER_DISPUTE: "Handover",
    AuditAction.CORRECTION_APPROVE: "Handover",
}
"""The actions whose entries prove something, and of which kind that is: their subject or, if it is of another kind, the first
of that kind which they concern. An acceptance has the entitlement as its subject, a reversal the correction.
"""


def _proving(action: AuditAction) -> AuditAction:
    if action not in PROVES:
        raise ValueError("is no action that proves something")
    return action


class GetEvidence(AuditRequest[EvidenceAnswer]):
    """The newest published entry of `action`, one of `PROVES`, that proves each of these; public. Waits for nothing.

    What else is written about a thing, and how much, makes no difference.
    """

    action: Annotated[AuditAction, AfterValidator(_proving)]
    about: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=100)
