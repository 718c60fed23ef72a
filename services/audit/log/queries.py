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
from amanah.tlog import proofs
from amanah.tlog.layout import Span
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import ProofFile
from services.audit.log.files import LogFiles
from services.audit.log.heads import PublishedCheckpoint, count_entries, read_published
from services.audit.search.documents import EntryDocument
from services.audit.search.lookup import find_entry, find_newest
from services.audit.store import Store

_POLL_S = 0.1
_READS_AT_ONCE = 8


@answers
async def get_proof(store: Store, actor: Actor, ask: GetProof, *, files: LogFiles) -> AuditProofView:
    """Returns the inclusion proof of an entry in the published log.

    Raises NotYet when a new entry has not arrived in time, or no checkpoint covers it; else NotFound.
    """
    deadline = time.monotonic() + store.settings.proof_wait_s
    entry = await _wait_for_entry(store, actor.scope(ask.roles), ask.entry_id, deadline)
    published = await _wait_for_checkpoint(store, entry["index"], deadline)
    (proof,) = await _prove(files, [entry], published)
    return AuditProofView(
        index=entry["index"],
        tree_size=published.checkpoint.size,
        leaf=bytes(entry["leaf"]).decode(),
        checkpoint=published.note,
        proof=proof,
    )


@answers
async def get_evidence(store: Store, _: Actor, ask: GetEvidence, *, files: LogFiles) -> EvidenceAnswer:
    """Returns the newest entries about each subject with their proofs. Each tile is read once for all of them."""
    published = await read_published(store)
    if published is None:
        return EvidenceAnswer()
    size = published.checkpoint.size
    found = await find_newest(store, ask.action, ask.about, size)
    entries = list({entry["_id"]: entry for entry in found.values()}.values())
    proven = await _prove(files, entries, published)
    proof_of = {entry["_id"]: proof for entry, proof in zip(entries, proven, strict=True)}
    return EvidenceAnswer(
        nodes=tuple(
            Evidence(
                subject_id=about,
                entry_id=entry["_id"],
                action=entry["action"],
                at=entry["at"],
                index=entry["index"],
                tree_size=size,
                leaf=bytes(entry["leaf"]).decode(),
                checkpoint=published.note,
                proof=proof_of[entry["_id"]],
            )
            for about, entry in found.items()
        )
    )


async def _prove(files: LogFiles, entries: Sequence[EntryDocument], published: PublishedCheckpoint) -> list[str]:
    """Returns the proof file of each of these entries, all of which the checkpoint covers."""
    head = published.checkpoint
    paths = [proofs.inclusion_path(entry["index"], head.size) for entry in entries]
    tiles = await _tiles(files, {span for path in paths for span in proofs.required_tiles(path, head.size)})
    read = proofs.node_reader(tiles.__getitem__, head.size)
    made = []
    for entry, path in zip(entries, paths, strict=True):
        proof = proofs.build(path, read)
        # A proof that does not verify here verifies nowhere: an error is better than a false proof.
        proofs.verify_inclusion(entry["index"], head.size, leaf_hash(bytes(entry["leaf"])), proof, head.root)
        made.append(str(ProofFile(entry["index"], tuple(proof), published.note)))
    return made


async def _tiles(files: LogFiles, spans: Collection[Span]) -> dict[Span, tuple[bytes, ...]]:
    slots = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(span: Span) -> tuple[bytes, ...]:
        async with slots:
            return await files.tile(span)

    return dict(zip(spans, await asyncio.gather(*map(read, spans)), strict=True))


async def _wait_for_entry(store: Store, scope: Scope, entry_id: str, deadline: float) -> EntryDocument:
    """Returns the entry. Only one that was just made may still be on its way here."""
    coming = just_made(entry_id, datetime.now(UTC))
    while True:
        entry = await find_entry(store, scope, entry_id)
        if entry is not None:
            return entry
        if not coming:
            raise NotFound("not_found.entry")
        if time.monotonic() > deadline:
            raise NotYet("not_yet.entry", "entryId")
        await asyncio.sleep(_POLL_S)


async def _wait_for_checkpoint(store: Store, index: int, deadline: float) -> PublishedCheckpoint:
    """Returns the published checkpoint once it covers entry `index`."""
    while True:
        published = await read_published(store)
        if published is not None and published.checkpoint.size > index:
            return published
        if time.monotonic() > deadline:
            raise NotYet("not_yet.checkpoint", "entryId")
        await asyncio.sleep(_POLL_S)


@answers
async def get_checkpoint(store: Store, _: Actor, __: GetCheckpoint) -> CheckpointView:
    """Returns the published checkpoint with its cosignatures."""
    published = await read_published(store)
    if published is None:
        raise NotFound("not_found.checkpoint")
    return CheckpointView(text=published.note)


@answers
async def get_log_state(store: Store, _: Actor, __: GetLogState) -> LogState:
    """Returns the size of the log, its published size, and the keys that sign and cosign it."""
    published = await read_published(store)
    return LogState(
        entries=await count_entries(store),
        tree_size=published.checkpoint.size if published else 0,
        origin=store.origin,
        key=str(store.signers[0].verifier),
        keys=tuple(str(signer.verifier) for signer in store.signers),
        witnesses=tuple(str(witness.key) for witness in store.settings.parsed_witnesses),
    )
