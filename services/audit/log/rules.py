"""Growth of the log from one published head to the next: the files to write, and the head to sign afterwards. Pure."""

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
    """The next head, and the files that must exist before it is signed. Writing them again changes nothing."""

    head: Checkpoint
    files: dict[str, bytes]


def full_bundles_end(size: int) -> int:
    """Returns the size up to which bundles are full. Growth begins there, with the entries of the last partial bundle."""
    return size // WIDTH * WIDTH


def next_size(head: int, stored: int) -> int:
    """Returns the size after one step. While more entries wait, a step ends at a full tile, so that it leaves no partial."""
    return min(stored, full_bundles_end(head) + _TILES_A_STEP * WIDTH)


def grow(head: Checkpoint, above: Sequence[Tile], entries: Sequence[bytes]) -> Growth:
    """Computes the growth from `head` by the entries after it.

    `above` are the partial tiles of level 1 and up, `entries` all entries from `full_bundles_end(head.size)` on. Raises
    LogBroken when they do not have the root that was signed for `head`.
    """
    edge = RightEdge(above)
    begin = full_bundles_end(head.size)
    leaves = [leaf_hash(entry) for entry in entries]
    edge.extend(leaves[: head.size - begin])
    if edge.size != head.size or edge.root() != head.root:
        raise LogBroken("log_broken.root", size=head.size)
    tiles = edge.extend(leaves[head.size - begin :]) + edge.partials()
    files = {tile.span.path: tile.data for tile in tiles if tile not in above}
    files |= dict(_bundles(begin, entries))
    return Growth(Checkpoint(head.origin, edge.size, edge.root()), files)


def replaced_partials(bundle: int) -> list[str]:
    """Lists the prefixes of the partial files that full bundle number `bundle`, and the tiles that it completes, replace.

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
