"""Photos of a round that look alike, found by the bands of their prints in an indexed collection."""

from amanah.runtime.mongo import Collection, Tx
from amanah.runtime.tables import Document
from services.distribution.evidence.rules.perceptual_hash import bands, hamming_distance, hash_text, probes


async def remember(
    prints: Collection[Document], round_id: str, handover_id: str, value: int, *, tx: Tx | None = None
) -> None:
    """Keeps the print of a handover's photo, so that later ones are compared with it."""
    await prints.insert(
        {"_id": handover_id, "round": round_id, "print": hash_text(value), "bands": bands(value)}, tx=tx
    )


async def nearest(
    prints: Collection[Document], round_id: str, value: int, within: int, *, tx: Tx | None = None
) -> int | None:
    """In how many bits the nearest print of the round differs; None when none is within that many."""
    candidates = await prints.list(
        {"round": round_id, "bands": {"$in": list(probes(value, within))}}, projection={"_id": 0, "print": 1}, tx=tx
    )
    best = min((hamming_distance(value, int(c["print"], 16)) for c in candidates), default=within + 1)
    return best if best <= within else None
