"""Inclusion proofs, checkpoints, and the state and keys of the log."""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.audit.proofs import (
    AuditProofView,
    CheckpointView,
    Evidence,
    EvidenceAnswer,
    GetCheckpoint,
    GetEvidence,
    GetLogState,
    GetProof,
    LogState,
)
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.ids import just_made
from amanah.runtime.rpc import answers
from amanah.runtime.tables import Document
from amanah.tlog import proofs
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import Span
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import ProofFile
from services.audit.store import Store
from services.audit.witnesses import rules as witnesses

_POLL = 0.1
_READS_AT_ONCE = 8


@answers
async def get_proof(store: Store, actor: Actor, ask: GetProof) -> AuditProofView:
    """Returns the inclusion proof of an entry in the published log.

    Raises NotYet when a new entry has not arrived in time, or no checkpoint covers it; else NotFound.
    """
    deadline = time.monotonic() + store.settings.proof_wait_s
    entry = await _arrived(store, actor.scope(ask.roles), ask.entry_id, deadline)
    head, text = await _covering(store, entry["index"], deadline)
    (proof,) = await _prove(store, [entry], head, text)
    return AuditProofView(
        index=entry["index"], tree_size=head.size, leaf=bytes(entry["leaf"]).decode(), checkpoint=text, proof=proof
    )


@answers
async def get_evidence(store: Store, _: Actor, ask: GetEvidence) -> EvidenceAnswer:
    """Returns the newest entries about each subject with their proofs. Each tile is read once for all of them."""
    served = await _served(store)
    if served is None:
        return EvidenceAnswer()
    head, text = served
    found = await store.entries.newest(ask.action, ask.about, head.size)
    entries = list({entry["_id"]: entry for entry in found.values()}.values())
    proven = await _prove(store, entries, head, text)
    proof_of = {entry["_id"]: proof for entry, proof in zip(entries, proven, strict=True)}
    return EvidenceAnswer(
        nodes=tuple(
            Evidence(
                subject_id=about,
                entry_id=entry["_id"],
                action=entry["action"],
                at=entry["at"],
                index=entry["index"],
                tree_size=head.size,
                leaf=bytes(entry["leaf"]).decode(),
                checkpoint=text,
                proof=proof_of[entry["_id"]],
            )
            for about, entry in found.items()
        )
    )


async def _prove(store: Store, entries: Sequence[Document], head: Checkpoint, text: str) -> list[str]:
    """The proof file of each of these entries, which `head`, the checkpoint of `text`, covers."""
    paths = [proofs.inclusion_path(entry["index"], head.size) for entry in entries]
    tiles = await _tiles(store, {span for path in paths for span in proofs.required_tiles(path, head.size)})
    read = proofs.node_reader(tiles.__getitem__, head.size)
    files = []
    for entry, path in zip(entries, paths, strict=True):
        proof = proofs.build(path, read)
        # A proof that does not verify here verifies nowhere: an error is better than a false proof.
        proofs.verify_inclusion(entry["index"], head.size, leaf_hash(bytes(entry["leaf"])), proof, head.root)
        files.append(str(ProofFile(entry["index"], tuple(proof), text)))
    return files


async def _tiles(store: Store, spans: Collection[Span]) -> dict[Span, tuple[bytes, ...]]:
    slots = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(span: Span) -> tuple[bytes, ...]:
        async with slots:
            return await store.log.tile(span)

    return dict(zip(spans, await asyncio.gather(*map(read, spans)), strict=True))


async def _arrived(store: Store, scope: Scope, entry_id: str, deadline: float) -> Document:
    """The entry. Only one that was just made may still be on its way here."""
    coming = just_made(entry_id, datetime.now(UTC))
    while True:
        entry = await store.entries.one(scope, entry_id)
        if entry is not None:
            return entry
        if not coming:
            raise NotFound("not_found.entry")
        if time.monotonic() > deadline:
            raise NotYet("not_yet.entry", "entryId")
        await asyncio.sleep(_POLL)


async def _covering(store: Store, index: int, deadline: float) -> tuple[Checkpoint, str]:
    """The served checkpoint and its text, once it covers entry `index`."""
    while True:
        served = await _served(store)
        if served is not None and served[0].size > index:
            return served
        if time.monotonic() > deadline:
            raise NotYet("not_yet.checkpoint", "entryId")
        await asyncio.sleep(_POLL)


async def _served(store: Store) -> tuple[Checkpoint, str] | None:
    published = await store.log.published()
    return (published.checkpoint, published.note) if published else None


@answers
async def get_checkpoint(store: Store, _: Actor, __: GetCheckpoint) -> CheckpointView:
    """Returns the published checkpoint with its cosignatures."""
    published = await store.log.published()
    if published is None:
        raise NotFound("not_found.checkpoint")
    return CheckpointView(text=published.note)


@answers
async def get_log_state(store: Store, _: Actor, __: GetLogState) -> LogState:
    """Returns the size of the log, its published size, and the keys that sign and cosign it."""
    served = await _served(store)
    return LogState(
        entries=await store.log.stored(),
        tree_size=served[0].size if served else 0,
        origin=store.log.origin,
        key=str(store.signers[0].verifier),
        keys=tuple(str(signer.verifier) for signer in store.signers),
        witnesses=tuple(str(witness.key) for witness in witnesses.parse(store.settings.witnesses)),
    )
