"""Compares the store's head with the bucket's copy and the witnesses' checkpoints, before anything is published.

A store restored from a backup has fewer entries than were published; continuing from there would fork the log. The others'
checkpoints are read before our head, so that the head covers them even while another instance publishes.
"""

from amanah.contracts.errors import NotFound
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from amanah.tlog.witness import verify_growth
from services.audit.alarms.rules import LogBehind, LogBroken, LogForked
from services.audit.log.files import LogFiles
from services.audit.log.heads import read_head
from services.audit.store import Store
from services.audit.witnesses.client import ConsistencyProof, Prove, WitnessAhead, Witnesses


def consistency_prover(files: LogFiles, head: Checkpoint) -> Prove:
    """Returns a function that proves from the published files how the log grew to `head`; it raises LogBroken without proof."""

    async def prove(old: int) -> ConsistencyProof:
        try:
            root, hashes = await files.prove_consistency(old, head.size)
            verify_growth(root, old, head, hashes)
        except (NotFound, Malformed) as error:
            raise tile_lost(error) from error
        except NotProven as error:
            raise LogBroken("log_broken.head", error=error) from error
        return ConsistencyProof(root, hashes)

    return prove


def tile_lost(error: Exception) -> LogBroken:
    """Returns the alarm of a tile that cannot be read."""
    return LogBroken("log_broken.tile", error=error)


async def check_copy(store: Store, files: LogFiles) -> str | None:
    """Returns the bucket's checkpoint or None. Raises an Alarm when the store's log does not continue it."""
    try:
        text = (await files.read(layout.CHECKPOINT)).decode(errors="replace")
    except NotFound:
        return None
    try:
        note = Note.parse(text)
        note.verify([signer.verifier for signer in store.signers])
        seen = Checkpoint.parse(note.text)
    except (Malformed, NotSigned) as error:
        raise LogBroken("log_broken.checkpoint", error=error) from error
    head = await read_head(store)
    evidence = {"published": text, "head": head.text}
    if seen.size > head.size:
        raise LogBehind("log_behind.published", evidence, size=head.size, published=seen.size)
    if 0 < seen.size and (await consistency_prover(files, head)(seen.size)).root != seen.root:
        raise LogForked("log_forked.published", evidence, size=seen.size)
    return text


async def check_witnesses(store: Store, files: LogFiles, witnesses: Witnesses) -> dict[str, str]:
    """Returns the reasons of the witnesses without an answer. Raises an Alarm when the store's log does not continue theirs."""
    while True:
        head = await read_head(store)
        try:
            return await witnesses.check(head, head.signed(*store.signers), consistency_prover(files, head))
        except WitnessAhead as ahead:
            if (await read_head(store)).size < ahead.size:
                raise
            # Another publisher was quicker, and had that checkpoint cosigned.
