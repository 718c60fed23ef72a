"""What the log proves: that an entry is in it, how far it is published, and with which key."""

import asyncio
import time
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.audit import AuditProofView, GetLogState, GetProof, LogState
from amanah.contracts.errors import NotFound, NotYet
from amanah.contracts.ids import just_made
from amanah.mongo import Document
from amanah.tlog import layout, proofs
from amanah.tlog.checkpoint import Checkpoint, open_checkpoint
from amanah.tlog.merkle import leaf_hash
from amanah.tlog.proofs import ProofFile
from services.audit.store import Store

_POLL = 0.1


async def get_proof(store: Store, actor: Actor, ask: GetProof) -> AuditProofView:
    """The proof that an entry is in the published log.

    Raises NotYet when the entry, if it was just made, has not arrived in time, or no checkpoint covers it; else NotFound.
    """
    deadline = time.monotonic() + store.settings.proof_wait_s
    entry = await _arrived(store, actor.scope(ask.roles), ask.entry_id, deadline)
    index, leaf = entry["index"], bytes(entry["leaf"])
    checkpoint, text = await _covering(store, index, deadline)
    path = proofs.inclusion_leaves(index, checkpoint.size)
    tiles = {span: await store.log.tile(span) for span in proofs.tiles(path, checkpoint.size)}
    proof = proofs.make(path, lambda node: node.root_in(tiles[node.tile(checkpoint.size)]))
    # What does not verify here would not verify anywhere: better an alarm in our logs than a false proof in a court.
    proofs.verify_inclusion(index, checkpoint.size, leaf_hash(leaf), proof, checkpoint.root)
    return AuditProofView(
        index=index,
        tree_size=checkpoint.size,
        leaf=leaf.decode(),
        checkpoint=text,
        proof=str(ProofFile(index, tuple(proof), text)),
    )


async def _arrived(store: Store, scope: Scope, entry_id: str, deadline: float) -> Document:
    """The entry. Only one that was just made may still be on its way here."""
    coming = just_made(entry_id, datetime.now(UTC))
    while True:
        entry = await store.entries.one(scope, entry_id)
        if entry is not None:
            return entry
        if not coming:
            raise NotFound("There is no such entry.")
        if time.monotonic() > deadline:
            raise NotYet("This entry has not arrived in the log; ask again in a few seconds.", "entryId")
        await asyncio.sleep(_POLL)


async def _covering(store: Store, index: int, deadline: float) -> tuple[Checkpoint, str]:
    """The served checkpoint and its text, once it covers entry `index`."""
    while True:
        served = await _served(store)
        if served is not None and served[0].size > index:
            return served
        if time.monotonic() > deadline:
            raise NotYet("No published checkpoint covers this entry yet; ask again in a few seconds.", "entryId")
        await asyncio.sleep(_POLL)


async def _served(store: Store) -> tuple[Checkpoint, str] | None:
    try:
        data = await store.log.read(layout.CHECKPOINT)
    except NotFound:
        return None
    checkpoint, _ = open_checkpoint(data, store.signers[0].verifier)
    return checkpoint, data.decode()


async def get_log_state(store: Store, _: Actor, __: GetLogState) -> LogState:
    """How large the log is, how far it is published, and its key."""
    served = await _served(store)
    return LogState(
        entries=await store.log.stored(),
        tree_size=served[0].size if served else 0,
        origin=store.log.origin,
        key=str(store.signers[0].verifier),
        keys=tuple(str(signer.verifier) for signer in store.signers),
    )
