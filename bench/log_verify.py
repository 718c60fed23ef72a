"""The outsider's verification of a whole log in a folder, against hashing the same bytes and doing nothing else.

Twice, because "the same bytes" can be read in two ways: all that a tree over the entries must hash (each entry, and 65 bytes
for each inner node), and each entry once. Ours reads and takes apart every file besides, and compares every tile.

One process is compared by CPU time. With processes that help, as the command has them from 65,536 entries on, by wall time, which
needs a machine with free cores, and by the CPU time of all of them; both start the processes anew each time.
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from amanah.cli.audit.sources import listing, reader
from amanah.cli.log_copy import hash_processes
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Signer
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.verify import Hashers, verify_log
from bench.measure import Result, side_by_side

# As long as the entry of an accepted handover is: 15 fields, ids, two commitments, a trace.
ENTRY_BYTES = 800
SIGNER = Signer("log.example/bench", bytes(32))


def _write(folder: Path, entries: list[bytes]) -> None:
    edge = RightEdge()
    for tile in [*edge.extend(map(leaf_hash, entries)), *edge.partials()]:
        _put(folder / tile.span.path, tile.data)
    for span in layout.level_spans(0, len(entries)):
        _put(folder / span.bundle, layout.encode_bundle(entries[span.first : span.first + span.width]))
    _put(folder / layout.CHECKPOINT, Checkpoint(SIGNER.name, len(entries), edge.root()).signed(SIGNER).encode())


def _put(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _cpu_of_all() -> float:
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(spent.ru_utime + spent.ru_stime for spent in each)


def run(*, small: bool) -> Iterator[Result]:
    """Runs at sizes that grow tenfold: the cost must not grow faster than the entries."""
    for size in (1_000,) if small else (10_000, 100_000, 1_000_000):
        entries = [b"%0*d" % (ENTRY_BYTES, number) for number in range(size)]
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), entries)

            def verify(folder: str = folder) -> None:
                assert verify_log(reader(folder), SIGNER.verifier, listing=listing(folder)).verified

            def hash_tree(entries: list[bytes] = entries) -> None:
                for entry in entries:
                    sha256(entry).digest()
                    sha256(entry[:65]).digest()

            def hash_once(entries: list[bytes] = entries) -> None:
                for entry in entries:
                    sha256(entry).digest()

            of = f"{size} entries of {ENTRY_BYTES} bytes"
            yield side_by_side(f"log_verify_{size}", verify, hash_tree, goal="<= 2x", of=of, ours_over_peer=True)
            yield side_by_side(
                f"log_verify_{size}_once", verify, hash_once, goal="none", of=f"{of}, each hashed once",
                ours_over_peer=True,
            )  # fmt: skip

            if size < Hashers.least and not small:
                continue

            def verify_helped(folder: str = folder) -> None:
                with hash_processes() as found:
                    hashers = found and replace(found, least=0)
                    known = {"listing": listing(folder), "hashers": hashers}
                    assert verify_log(reader(folder), SIGNER.verifier, **known).verified

            helped = f"{of}, each hashed once; a process for each core"
            yield side_by_side(
                f"log_verify_{size}_wall", verify_helped, hash_once, goal="<= 2x", of=f"{helped}, wall time",
                ours_over_peer=True, clock=time.perf_counter,
            )  # fmt: skip
            yield side_by_side(
                f"log_verify_{size}_all", verify_helped, hash_once, goal="none", of=f"{helped}, CPU of them all",
                ours_over_peer=True, clock=_cpu_of_all,
            )  # fmt: skip
