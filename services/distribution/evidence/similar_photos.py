"""Near-duplicate photos of a round, found by the bands of their perceptual hashes in an index."""

from amanah.runtime.mongo import Collection, Tx
from services.distribution.evidence.documents import PhotoHashDocument
from services.distribution.evidence.rules.perceptual_hash import bands, hamming_distance, hash_text, probes


async def remember(
    prints: Collection[PhotoHashDocument], round_id: str, handover_id: str, value: int, *, tx: Tx | None = None
) -> None:
    """Stores the hash of a handover's photo, for comparison with later ones."""
    await prints.insert(
        {"_id": handover_id, "round": round_id, "print": hash_text(value), "bands": bands(value)}, tx=tx
    )


async def nearest(
    prints: Collection[PhotoHashDocument], round_id: str, value: int, within: int, *, tx: Tx | None = None
) -> int | None:
    """Returns the Hamming distance of the most similar photo of the round; None if none is within `within` bits."""
    candidates = await prints.list(
        {"round": round_id, "bands": {"$in": list(probes(value, within))}}, projection={"_id": 0, "print": 1}, tx=tx
    )
    best = min((hamming_distance(value, int(c["print"], 16)) for c in candidates), default=within + 1)
    return best if best <= within else None
