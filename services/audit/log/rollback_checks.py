"""The store's head against what others have seen of the log, before anything is published.

A store that was set back to a backup knows of fewer entries than were published; going on from there would fork the log.
What others have seen is read before our head, which they took it from: so the head covers it, whoever publishes meanwhile.
"""

from amanah.contracts.errors import NotFound
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from amanah.tlog.witness import verify_growth
from services.audit.log.rules.alarms import LogBehind, LogBroken, LogForked
from services.audit.store import Store
from services.audit.witnesses.client import Ahead, Grown, Prove, Witnesses


def growth_of(store: Store, head: Checkpoint) -> Prove:
    """How the log grew to `head`, from the files that are published; raises LogBroken when they do not show it."""

    async def prove(old: int) -> Grown:
        try:
            root, *proof = await store.log.roots(old, head.size)
            verify_growth(root, old, head, proof)
        except (NotFound, Malformed) as error:
            raise tile_lost(error) from error
        except NotProven as error:
            raise LogBroken("log_broken.head", error=error) from error
        return Grown(root, proof)

    return prove


def tile_lost(error: Exception) -> LogBroken:
    """What is told of a tile that cannot be read."""
    return LogBroken("log_broken.tile", error=error)


async def check_copy(store: Store) -> str | None:
    """The bucket's checkpoint, None when there is none. Raises an Alarm when the store's log does not continue it."""
    try:
        text = (await store.log.read(layout.CHECKPOINT)).decode(errors="replace")
    except NotFound:
        return None
    try:
        note = Note.parse(text)
        note.verify([signer.verifier for signer in store.signers])
        seen = Checkpoint.parse(note.text)
    except (Malformed, NotSigned) as error:
        raise LogBroken("log_broken.checkpoint", error=error) from error
    head = await store.log.head()
    evidence = {"published": text, "head": head.text}
    if seen.size > head.size:
        raise LogBehind("log_behind.published", evidence, size=head.size, published=seen.size)
    if 0 < seen.size and (await growth_of(store, head)(seen.size)).root != seen.root:
        raise LogForked("log_forked.published", evidence, size=seen.size)
    return text


async def check_witnesses(store: Store, witnesses: Witnesses) -> dict[str, str]:
    """Who did not tell what they saw last, and why. Raises an Alarm when the store's log does not continue it."""
    while True:
        head = await store.log.head()
        try:
            return await witnesses.check(head, head.signed(*store.signers), growth_of(store, head))
        except Ahead as ahead:
            if (await store.log.head()).size < ahead.size:
                raise
            # Another publisher was quicker, and it is what that one had cosigned.
