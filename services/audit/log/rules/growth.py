"""From one published head of the log to the next: which files to write, and what to sign afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint
from amanah.tlog.layout import WIDTH, Tile
from amanah.tlog.merkle import RightEdge, leaf_hash
from services.audit.alarms.rules import LogBroken

_TILES_A_STEP = 8


@dataclass(frozen=True)
class Growth:
    """The next head, and every file that must be there before it is signed. Writing them again changes nothing."""

    head: Checkpoint
    files: dict[str, bytes]


def kept(size: int) -> int:
    """The size up to which bundles are full: growth begins there, over the entries of the last partial bundle."""
    return size // WIDTH * WIDTH


def reach(head: int, stored: int) -> int:
    """How far one step goes. While more waits it ends at a full tile, so that no partial is made only to be passed."""
    return min(stored, kept(head) + _TILES_A_STEP * WIDTH)


def grow(head: Checkpoint, above: Sequence[Tile], entries: Sequence[bytes]) -> Growth:
    """Grow from `head` by the entries after it.

    `above` are the partial tiles of level 1 and up, `entries` all entries from `kept(head.size)` on. Raises LogBroken
    when they do not lead to the root that was signed for `head`.
    """
    edge = RightEdge(above)
    begin = kept(head.size)
    leaves = [leaf_hash(entry) for entry in entries]
    edge.extend(leaves[: head.size - begin])
    if edge.size != head.size or edge.root() != head.root:
        raise LogBroken("log_broken.root", size=head.size)
    tiles = edge.extend(leaves[head.size - begin :]) + edge.partials()
    files = {tile.span.path: tile.data for tile in tiles if tile not in above}
    files |= dict(_bundles(begin, entries))
    return Growth(Checkpoint(head.origin, edge.size, edge.root()), files)


def outgrown(bundle: int) -> list[str]:
    """Where the partials lie that nobody needs once bundle number `bundle` is full, and with it the tiles that it completes.

    Each is the prefix of the partials of one bundle or tile (C2SP tlog-tiles, "Partial Tiles").
    """
    full = [layout.bundle_path(bundle), layout.tile_path(0, bundle)]
    level, number = 0, bundle
    while number % WIDTH == WIDTH - 1:
        level, number = level + 1, number // WIDTH
        full.append(layout.tile_path(level, number))
    return [f"{path}.p/" for path in full]


def _bundles(begin: int, entries: Sequence[bytes]) -> Iterable[tuple[str, bytes]]:
    for at in range(0, len(entries), WIDTH):
        bundle = entries[at : at + WIDTH]
        yield layout.bundle_path((begin + at) // WIDTH, len(bundle)), layout.encode_bundle(bundle)
