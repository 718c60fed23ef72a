"""What the log proves, and how far it is published."""

from typing import Annotated, ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.audit.base import READERS, AuditRequest
from amanah.contracts.message import Answer, Moment


class AuditProofView(Answer):
    """An inclusion proof: `leaf` is the entry's text (its UTF-8 bytes are the leaf), `proof` a c2sp.org/tlog-proof@v1."""

    index: int
    tree_size: int
    leaf: str
    checkpoint: str
    proof: str


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


class Evidence(Answer):
    """What the log proves of one thing: an entry about it, its proof, and what the outside may read of it.

    `leaf` is public in the log itself; so nothing here is more than anybody can read under `/log/`.
    """

    subject_id: str
    entry_id: str
    action: str
    at: Moment
    logged_at: Moment
    index: int
    tree_size: int
    leaf: str
    checkpoint: str
    proof: str


class EvidenceAnswer(Answer):
    """Evidence by subject; what has no published entry is left out."""

    nodes: tuple[Evidence, ...] = ()


class GetEvidence(AuditRequest[EvidenceAnswer]):
    """The newest published entry of `action` about each of these; public. Waits for nothing."""

    action: str = Field(max_length=100)
    about: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=100)
