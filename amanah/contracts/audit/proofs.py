"""Proofs of entries and things, and the published state of the log."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from amanah.contracts.actor import Role
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.errors import Unfit
from amanah.contracts.message import Answer, Moment


class AuditProofView(Answer):
    """Inclusion proof of one audit entry."""

    index: int = Field(description="Place of the entry in the log.")
    tree_size: int = Field(description="Size of the log at the checkpoint.")
    leaf: str = Field(description="Text of the entry; its UTF-8 bytes are the leaf.")
    checkpoint: str = Field(description="Signed checkpoint that the proof leads to.")
    proof: str = Field(description="The proof as c2sp.org/tlog-proof@v1 text.")


class GetProof(AuditRequest[AuditProofView]):
    """Returns the proof of an entry. Waits up to 5 s for the entry and for a checkpoint that covers it, then raises NotYet."""

    roles: ClassVar[frozenset[Role]] = READERS
    entry_id: str


class LogState(Answer):
    """Size of the log, and size of its published checkpoint.

    `keys` has every key that signs now, `witnesses` the keys of the configured witnesses.
    """

    entries: int
    tree_size: int
    origin: str
    key: str
    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()


class GetLogState(AuditRequest[LogState]):
    """Returns the log's size and verifier keys; public."""


class CheckpointView(Answer):
    """Published checkpoint as a signed note, with the witnesses' cosignatures."""

    text: str


class GetCheckpoint(AuditRequest[CheckpointView]):
    """Returns the published checkpoint; public. Raises NotFound before the first."""


class Evidence(AuditProofView):
    """Proof of one thing by the log: the entry that proves it, with its inclusion proof.

    `leaf` is public in the log itself, so nothing here is more than anybody can read under `/log/`.
    """

    subject_id: str
    entry_id: str
    action: str
    at: Moment


class EvidenceAnswer(Answer):
    """Evidence by subject; a thing without a published entry is left out."""

    nodes: tuple[Evidence, ...] = ()


PROVES: Mapping[str, str] = {
    AuditAction.REPORT_GENERATE: "Report",
    AuditAction.ROSTER_APPROVE: "Roster",
    AuditAction.HANDOVER_ACCEPT: "Handover",
    AuditAction.HANDOVER_DISPUTE: "Handover",
    AuditAction.CORRECTION_APPROVE: "Handover",
}
"""Actions whose entries prove a thing, with the thing's type.

The thing is the entry's subject or, if that has another type, the first of this type in `concerns`: the subject of an acceptance
is the entitlement, of a reversal the correction.
"""


def _proving(action: AuditAction) -> AuditAction:
    if action not in PROVES:
        raise Unfit("invalid.proving_action")
    return action


class GetEvidence(AuditRequest[EvidenceAnswer]):
    """Returns the newest published entry of `action`, one of `PROVES`, that proves each thing; public. Does not wait.

    Other entries about a thing, however many, make no difference.
    """

    action: Annotated[AuditAction, AfterValidator(_proving)]
    about: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=100)
