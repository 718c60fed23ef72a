"""The store's head against what others have seen of the log, before anything is published.

A store that was set back to a backup knows of fewer entries than were published; going on from there would fork the log.
What others have seen is read before our head, which they took it from: so the head covers it, whoever publishes meanwhile.
"""

from collections.abc import Mapping

from amanah.contracts.errors import NotFound
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from amanah.tlog.witness import check_growth
from services.audit.domain.alarms import LogBehind, LogBroken, LogForked
from services.audit.store import Store


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
        raise LogBroken(
            f"The published checkpoint is not of this log's key and origin ({error}). Restore keys/audit.key or "
            "AMANAH_AUDIT_ORIGIN; nothing is signed until then."
        ) from error
    await _check_continued(store, seen, "the published log", {"checkpoint": text})
    return text


async def _check_continued(store: Store, seen: Checkpoint, where: str, evidence: Mapping[str, str]) -> None:
    head = await store.log.head()
    evidence = {**evidence, "head": head.text}
    if seen.size > head.size:
        raise LogBehind(
            f"The store knows of {head.size} signed entries, {where} of {seen.size}. Restore the store to the published "
            "state; nothing is signed until then.",
            evidence,
        )
    try:
        proof = await store.log.prove(seen.size, head.size)
        check_growth(seen.root, seen.size, head, proof)
    except (NotFound, Malformed) as error:
        raise LogBroken(f"A tile of the published log is lost ({error}); restore the bucket.") from error
    except NotProven as error:
        raise LogForked(
            f"The first {seen.size} entries of the store are not those of {where}. Restore the store to the published "
            "state; nothing is signed until then.",
            evidence,
        ) from error
